"""Jobs: their life cycle, what an agent is given of one, its job token, its log."""
