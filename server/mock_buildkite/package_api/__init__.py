"""Package registries at `/packages/{organization}/{registry}`: an index of Python packages.

Buildkite's are at a host of their own, which speaks for other ecosystems as well. Tools present
what opens a registry as a password of the user `buildkite`, or as a bearer.
"""
