"""OIDC tokens: what a job can prove of itself to services that know nothing of Buildkite."""
