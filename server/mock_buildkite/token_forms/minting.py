"""New values of every kind: prefix, id segment and secret, or prefix and something signed."""

import base64
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from mock_buildkite import signing
from mock_buildkite.ids import BASE58, Ids
from mock_buildkite.token_forms.kinds import (
    API_ACCESS_TOKEN,
    CLUSTER_AGENT_TOKEN,
    JOB_TOKEN,
    PORTAL_SECRET,
    PORTAL_TOKEN,
    REGISTRY_TOKEN,
    SESSION_TOKEN,
    UNCLUSTERED_AGENT_TOKEN,
    Kind,
)

AGENT_TOKEN_SECRET_LENGTH = 77
API_ACCESS_TOKEN_SECRET_LENGTH = 40
PORTAL_TOKEN_SECRET_LENGTH = 40
PORTAL_SECRET_SECRET_LENGTH = 60


@lru_cache
def id_segment(number: int) -> str:
    """The middle part of a token: the base64 of a decimal number, without padding."""
    return base64.b64encode(str(number).encode()).decode().rstrip("=")


def cluster_agent_token(ids: Ids, organization_number: int) -> str:
    """A value for an agent token of a cluster (`bkct_`)."""
    return _agent_value(CLUSTER_AGENT_TOKEN, ids, organization_number)


def unclustered_agent_token(ids: Ids, organization_number: int) -> str:
    """A value for an agent token of an organization, outside any cluster (`bkar_`)."""
    return _agent_value(UNCLUSTERED_AGENT_TOKEN, ids, organization_number)


def session_token(ids: Ids, organization_number: int) -> str:
    """A value for the session token of one agent (`bkaa_`)."""
    return _agent_value(SESSION_TOKEN, ids, organization_number)


def api_access_token(ids: Ids, user_number: int) -> str:
    """A value for a user's API access token (`bkua_`).

    A user's token belongs to no single organization, so its id segment is the user's number.
    """
    secret = ids.hexadecimal(API_ACCESS_TOKEN_SECRET_LENGTH)
    return f"{API_ACCESS_TOKEN.prefix}{id_segment(user_number)}.{secret}"


def job_token(
    key: bytes,
    *,
    job_uuid: str,
    agent_uuid: str,
    organization_uuid: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """The value of one job's token (`bkaj_`): the same for the same arguments.

    Unverified: that `sub` is the job and `aud` the agent; the documentation names neither.
    """
    claims = {
        "sub": job_uuid,
        "aud": agent_uuid,
        "iss": "buildkite",
        "exp": signing.numeric_date(expires_at),
        "iat": signing.numeric_date(issued_at),
        "organization_id": organization_uuid,
    }
    return JOB_TOKEN.prefix + signing.hmac_token(claims, key)


def registry_token(
    key: bytes, *, subject_uuid: str, registry_uuid: str, expires_at: datetime | None
) -> str:
    """The value of a package registry's token (`bkpt_`): the same for the same arguments.

    Anybody can read what it says. It does not say whether it is a registry's own or a temporary
    one, nor what it is for: whoever verifies it asks whose the subject is.

    Unverified: that the two UUIDs are a subject and the registry; the documentation names neither.
    """
    said: dict[str, Any] = {"data": [subject_uuid, registry_uuid]}
    if expires_at is not None:
        # With three digits of a second, as Rails has it.
        said["exp"] = expires_at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    return REGISTRY_TOKEN.prefix + signing.message({"_rails": said}, key)


def portal_token(ids: Ids, organization_number: int) -> str:
    """A value for a portal's token (`bkpat_`), whoever it acts as."""
    segment = id_segment(organization_number)
    return f"{PORTAL_TOKEN.prefix}{segment}_{ids.hexadecimal(PORTAL_TOKEN_SECRET_LENGTH)}"


def portal_secret(ids: Ids, organization_number: int) -> str:
    """A value for a portal's secret (`bkps_`), which is exchanged for portal tokens."""
    segment = id_segment(organization_number)
    return f"{PORTAL_SECRET.prefix}{segment}_{ids.hexadecimal(PORTAL_SECRET_SECRET_LENGTH)}"


def _agent_value(kind: Kind, ids: Ids, number: int) -> str:
    return f"{kind.prefix}{id_segment(number)}.{ids.text(BASE58, AGENT_TOKEN_SECRET_LENGTH)}"
