"""`mock-buildkite github`: play GitHub's secret scanning for this server, or for anybody's."""
