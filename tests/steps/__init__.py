"""What jobs ask of the steps of their build."""
