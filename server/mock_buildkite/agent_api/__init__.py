"""The Agent API at `/v3`, as `buildkite-agent` speaks it."""
