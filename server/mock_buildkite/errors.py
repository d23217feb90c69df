"""The one family of refusals.

They carry a message and facts, never a status: each API's `errors.py` says how it spells them.
"""

from collections.abc import Sequence


class BuildkiteError(Exception):
    """A request that is refused, with a message for whoever sent it."""

    keeps_writes = False
    """Whether what the refused unit wrote stays: true where the refusal itself is recorded."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AuthenticationError(BuildkiteError):
    """No credential, or none that lives. The same words for unknown, revoked and expired ones.

    The words are the Agent API's; REST and GraphQL have sentences of their own.
    """

    is_failure = True
    """Whether it counts as a failed attempt: something was presented, and it opens nothing."""

    def __init__(self, advice: str = "") -> None:
        super().__init__(f"Invalid access token{advice}")


class NothingPresentedError(AuthenticationError):
    """No credential that could be one: nobody has tried anything.

    It is no failure, since some clients ask once without a password to be challenged for it: pip
    could not present its good one if that were refused in another way.
    """

    is_failure = False


class SessionOverError(AuthenticationError):
    """A session that the server had ended; that its agent has now heard so is kept.

    It is no failure: the agent must hear just this, or it hangs on its next refused heartbeat.
    """

    keeps_writes = True
    is_failure = False


class TooManyFailuresError(BuildkiteError):
    """A failed attempt to authenticate, after more of them than an address has in a minute."""

    def __init__(self, limit: int, retry_after_seconds: int) -> None:
        super().__init__(
            "Too many failed authentications from this IP address."
            f" Please try again in {retry_after_seconds} seconds."
        )
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


class PermissionDeniedError(BuildkiteError):
    """A good credential whose owner may not do this."""


class NotFoundError(BuildkiteError):
    """Something addressed that is not there, or not visible to the one who asks."""


class MethodNotAllowedError(BuildkiteError):
    """A path that is served, but not with this method."""

    def __init__(self, message: str, allowed_methods: str) -> None:
        super().__init__(message)
        self.allowed_methods = allowed_methods


class NotImplementedHereError(BuildkiteError):
    """Something that Buildkite has and this server does not: refused by its name.

    Never a 5xx: official clients retry those for minutes, and take a 404 for a deleted object.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"mock-buildkite does not implement {name}")
        self.name = name


class MalformedBodyError(BuildkiteError):
    """A body that is not what its API reads at all: not JSON, or not an object."""


class InvalidInputError(BuildkiteError):
    """A body that can be read and says something impossible."""


class InvalidFieldsError(InvalidInputError):
    """A body of which fields say something impossible: each field, and what is wrong with it.

    What is wrong is the rest of a sentence that begins with the field; or a sentence of its own,
    which begins with a capital letter.
    """

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(_sentence(field, problem) for field, problem in problems))
        self.problems = problems


def _sentence(field: str, problem: str) -> str:
    if problem[:1].isupper():
        return problem
    return f"{field.replace('_', ' ').capitalize()} {problem}"


class MalformedParameterError(BuildkiteError):
    """A parameter of a query that cannot be read."""


class AmbiguousQueryError(BuildkiteError):
    """A search for one artifact that has found several."""

    def __init__(self, query: str) -> None:
        super().__init__(
            f"Multiple artifacts were found for query: `{query}`."
            " Try scoping by the job ID or name."
        )


class TooLargeError(BuildkiteError):
    """A body over the size that its route takes."""


class HeadersTooLargeError(BuildkiteError):
    """Request headers that are together over the limit."""


class UnsupportedEncodingError(BuildkiteError):
    """A compressed body where only plain ones are read."""


class ConflictError(BuildkiteError):
    """Something that cannot be beside what is there already."""


class PromisedOtherwiseError(ConflictError):
    """A promise that is another than the one given before."""


class InvalidStateError(BuildkiteError):
    """An act that the thing's present state does not allow."""


class InapplicableError(InvalidStateError):
    """An act that REST calls a bad request: there is nothing here that it could be done to."""


class LockedError(BuildkiteError):
    """Something that cannot be taken yet: the one who asks is to ask again."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnavailableError(BuildkiteError):
    """The server cannot do this now, through no fault of the one who asks."""


class StartupError(Exception):
    """Why the server cannot start, in one line for the person who started it."""
