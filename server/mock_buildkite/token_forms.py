"""The written form of every kind of Buildkite token: prefix, id segment, secret.

The forms choose labels only. Whether a value is good is decided by looking up its digest
(`digest`), so values in any older or foreign form work where they are on record.

Source: pages/platform/security/tokens.md of Buildkite's documentation.
"""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache

from mock_buildkite import signing
from mock_buildkite.ids import BASE58, Ids

LONGEST_VALUE = 4096
AGENT_TOKEN_SECRET_LENGTH = 77
API_ACCESS_TOKEN_SECRET_LENGTH = 40


@lru_cache
def id_segment(number: int) -> str:
    """The middle part of a token: the base64 of a decimal number, without padding."""
    return base64.b64encode(str(number).encode()).decode().rstrip("=")


def cluster_agent_token(ids: Ids, organization_number: int) -> str:
    """A value for an agent token of a cluster (`bkct_`)."""
    return _agent_value("bkct", ids, organization_number)


def unclustered_agent_token(ids: Ids, organization_number: int) -> str:
    """A value for an agent token of an organization, outside any cluster (`bkar_`)."""
    return _agent_value("bkar", ids, organization_number)


def session_token(ids: Ids, organization_number: int) -> str:
    """A value for the session token of one agent (`bkaa_`)."""
    return _agent_value("bkaa", ids, organization_number)


def api_access_token(ids: Ids, user_number: int) -> str:
    """A value for a user's API access token (`bkua_`).

    A user's token belongs to no single organization, so its id segment is the user's number.
    """
    secret = ids.hexadecimal(API_ACCESS_TOKEN_SECRET_LENGTH)
    return f"bkua_{id_segment(user_number)}.{secret}"


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
    return f"bkaj_{signing.hmac_token(claims, key)}"


def is_presentable(value: str) -> bool:
    """Whether a value can be a credential at all: 1 to 4,096 visible ASCII characters."""
    return (
        0 < len(value) <= LONGEST_VALUE
        and value.isascii()
        and value.isprintable()
        and (" " not in value)
    )


def digest(value: str) -> bytes:
    """What is stored of a token, and what it is found by: SHA-256 of the whole value."""
    return hashlib.sha256(value.encode()).digest()


def _agent_value(prefix: str, ids: Ids, number: int) -> str:
    return f"{prefix}_{id_segment(number)}.{ids.text(BASE58, AGENT_TOKEN_SECRET_LENGTH)}"
