"""Leaked tokens: what GitHub's secret scanning reports, whom it is believed, what is done about it.

What a report looks like as JSON is `github_api`'s.

Source: pages/platform/security/tokens.md of Buildkite's documentation, and
secret-scanning-partner-program.md of GitHub's.
"""
