"""Logs of jobs: what their commands printed, as it came, unchanged."""
