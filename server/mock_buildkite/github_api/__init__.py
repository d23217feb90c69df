"""The door at which GitHub's secret scanning reports what it has found."""
