"""Pipelines: what they define, and how that becomes steps."""
