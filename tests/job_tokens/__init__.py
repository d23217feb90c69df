"""What job tokens open, and for how long."""
