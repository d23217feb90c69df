"""Speed, start and memory of the server, as ratios to a bare Starlette application."""
