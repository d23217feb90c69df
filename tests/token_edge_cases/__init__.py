"""What hostile and careless clients do with tokens, case by case."""
