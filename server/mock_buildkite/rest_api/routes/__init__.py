"""What is served, noun by noun: handlers, and the endpoints that lead to them."""
