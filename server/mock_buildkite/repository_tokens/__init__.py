"""Tokens with which jobs clone repositories: those that a seed lists, encrypted, and no others."""
