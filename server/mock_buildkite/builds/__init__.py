"""Builds: runs of a pipeline, from their creation to their end."""
