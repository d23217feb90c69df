"""What an OIDC token claims, and what can be chosen about it.

Source: pages/agent/cli/reference/oidc.md of Buildkite's documentation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

DEFAULT_LIFETIME_SECONDS = 300
LONGEST_LIFETIME_SECONDS = 24 * 60 * 60  # Unverified: no maximum is published
AWS_TAGS = "https://aws.amazon.com/tags"

STANDARD = ("iss", "sub", "aud", "iat", "nbf", "exp", "jti")
ALWAYS = (
    "organization_slug",
    "pipeline_slug",
    "build_number",
    "build_branch",
    "build_tag",
    "build_commit",
    "step_key",
    "job_id",
    "agent_id",
    "build_source",
    "runner_environment",
)
"""Claims of every token, but for `build_tag`, which only builds of a tag have."""
OPTIONAL = (
    "organization_id",
    "pipeline_id",
    "build_id",
    "cluster_id",
    "cluster_name",
    "queue_id",
    "queue_key",
)
"""Claims that are added where they are asked for; so is any `agent_tag:NAME`."""
SUBJECTS = (
    "organization_id",
    "pipeline_id",
    "cluster_id",
    "queue_id",
    "build_id",
    "job_id",
    "agent_id",
)
"""Those that never change, which the subject may be."""
_AGENT_TAG = "agent_tag:"


class Request(Struct, frozen=True):
    """What a job chooses about its token."""

    audience: str | None = None
    lifetime_seconds: int = 0
    """0 for the default."""
    claims: Sequence[str] = ()
    aws_session_tags: Sequence[str] = ()
    subject_claim: str | None = None


class Facts(Struct, frozen=True):
    """What is true of a job, named as the claims are."""

    organization_id: str
    organization_slug: str
    pipeline_id: str
    pipeline_slug: str
    cluster_id: str | None
    cluster_name: str | None
    queue_id: str | None
    queue_key: str | None
    build_id: str
    build_number: int
    build_branch: str
    build_tag: str | None
    build_commit: str
    build_source: str
    step_key: str | None
    job_id: str
    agent_id: str
    runner_environment: str
    agent_tags: Mapping[str, str]

    def claim(self, name: str) -> str | int | None:
        """The value of a claim that was checked."""
        if name.startswith(_AGENT_TAG):
            return self.agent_tags.get(name.removeprefix(_AGENT_TAG))
        value: str | int | None = getattr(self, name)
        return value

    @property
    def subject(self) -> str:
        """The subject of a token that does not ask for another. A step may have no key."""
        ref = f"heads/{self.build_branch}" if self.build_tag is None else f"tags/{self.build_tag}"
        return (
            f"organization:{self.organization_slug}:pipeline:{self.pipeline_slug}"
            f":ref:refs/{ref}:commit:{self.build_commit}:step:{self.step_key or ''}"
        )


def checked(request: Request) -> Request:
    """What can be chosen.

    Raises:
        InvalidInputError: a claim is not known, or the lifetime is out of bounds.
    """
    if not 0 <= request.lifetime_seconds <= LONGEST_LIFETIME_SECONDS:
        msg = f"Lifetime must be between 0 and {LONGEST_LIFETIME_SECONDS} seconds"
        raise InvalidInputError(msg)
    for name in request.claims:
        _require(_is_known(name), f"Claim {name!r} is not known")
    for name in request.aws_session_tags:
        _require(_is_known(name), f"AWS session tag {name!r} is not known")
    if request.subject_claim:
        allowed = ", ".join(SUBJECTS)
        _require(
            request.subject_claim in SUBJECTS,
            f"Subject claim {request.subject_claim!r} is not one of {allowed}",
        )
    return request


def claims(
    request: Request, facts: Facts, *, issuer: str, token_id: str, issued_at: int
) -> dict[str, Any]:
    """The claims of a token, for a request that was checked.

    There is a `jti` though the documentation has none: Buildkite's tokens have had one since 2025.

    Source: https://github.com/rubygems/rubygems.org/issues/5412, where Buildkite shows a token.

    Raises:
        InvalidInputError: the subject is to be something that the job does not have.
    """
    claimed: dict[str, Any] = {
        "iss": issuer,
        "sub": _subject(request, facts),
        "aud": request.audience or f"https://buildkite.com/{facts.organization_slug}",
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + (request.lifetime_seconds or DEFAULT_LIFETIME_SECONDS),
        "jti": token_id,
    }
    added = [*request.claims, *([request.subject_claim] if request.subject_claim else [])]
    for name in [*ALWAYS, *added]:
        # Unverified: that what a job does not have is null; of a tag alone it is known.
        if name != "build_tag" or facts.build_tag is not None:
            claimed[name] = facts.claim(name)
    if request.aws_session_tags:
        tags = {name: [_aws_text(facts.claim(name))] for name in request.aws_session_tags}
        claimed[AWS_TAGS] = {"principal_tags": tags}
    return claimed


def _subject(request: Request, facts: Facts) -> str:
    if not request.subject_claim:
        return facts.subject
    subject = facts.claim(request.subject_claim)
    _require(subject is not None, f"This job has no {request.subject_claim}")
    return str(subject)


def _aws_text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _is_known(name: str) -> bool:
    return (
        name in ALWAYS or name in OPTIONAL or (name.startswith(_AGENT_TAG) and name != _AGENT_TAG)
    )


def _require(condition: object, message: str) -> None:
    if not condition:
        raise InvalidInputError(message)
