"""Clusters and their maintainers."""
