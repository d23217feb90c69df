"""`mock-buildkite run`: one build of the repository at hand, on agents of its own, shown live."""
