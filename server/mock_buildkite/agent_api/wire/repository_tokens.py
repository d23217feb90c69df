"""What a job's git asks and is told.

Source: buildkite/agent api/repository_access_token.go.
"""

import msgspec

from mock_buildkite.bodies import decode


class RepositoryBody(msgspec.Struct):
    """The body of `POST jobs/{uuid}/repository_access_token`."""

    repo_url: str = ""


def repository_url(body: bytes) -> str:
    """The address of the repository.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: the address is no text.
    """
    return decode(body, RepositoryBody).repo_url


def token(value: str) -> dict[str, str]:
    """The answer: the password to the user name `token`."""
    return {"token": value}
