"""Annotations: Markdown that jobs and users put on a build, or on one of its jobs."""
