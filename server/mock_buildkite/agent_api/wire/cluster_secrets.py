"""A secret as a job is told it.

Source: buildkite/agent api/secrets.go.
"""

from mock_buildkite.cluster_secrets.model import ReadSecret


def secret(read: ReadSecret) -> dict[str, str]:
    """The answer to a job that reads a secret."""
    return {"key": read.key, "value": read.value, "uuid": read.uuid}
