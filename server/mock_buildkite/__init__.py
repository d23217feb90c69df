"""mock-buildkite: a local Buildkite control plane that unmodified Buildkite clients accept."""
