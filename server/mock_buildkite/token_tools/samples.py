"""Values of exact form that open nothing anywhere, to test scanners and redaction with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from mock_buildkite.ids import BASE58, Ids
from mock_buildkite.token_forms import kinds, minting
from mock_buildkite.token_forms.kinds import Kind
from mock_buildkite.token_forms.recognising import Form

NOBODY = 0
"""The number in their id segments: nothing has it, so no server mints such a value."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""When signed ones were issued; they are expired, and their key is drawn and thrown away."""
LIFE = timedelta(minutes=65)
KEY_DIGITS = 128

MINTED = tuple(kind for kind in kinds.KINDS if kind.is_minted)


class Sample(Struct, frozen=True):
    """A value of a kind, in one of its forms."""

    kind: Kind
    form: Form
    value: str


def draw(ids: Ids, kind: Kind, count: int) -> Iterator[Sample]:
    """So many values of each form that a kind has."""
    for _ in range(count):
        yield Sample(kind, Form.EXACT, _exact(ids, kind))
    for _ in range(count):
        older = _older(ids, kind)
        if older is not None:
            yield Sample(kind, Form.OLDER, older)


def _exact(ids: Ids, kind: Kind) -> str:
    mint = {
        kinds.API_ACCESS_TOKEN: minting.api_access_token,
        kinds.CLUSTER_AGENT_TOKEN: minting.cluster_agent_token,
        kinds.UNCLUSTERED_AGENT_TOKEN: minting.unclustered_agent_token,
        kinds.SESSION_TOKEN: minting.session_token,
        kinds.JOB_TOKEN: _job_token,
        kinds.REGISTRY_TOKEN: _registry_token,
        kinds.PORTAL_TOKEN: minting.portal_token,
        kinds.PORTAL_SECRET: minting.portal_secret,
    }
    return mint[kind](ids, NOBODY)


def _older(ids: Ids, kind: Kind) -> str | None:
    match kind:
        case kinds.API_ACCESS_TOKEN:
            return ids.hexadecimal(40)
        case kinds.UNCLUSTERED_AGENT_TOKEN:
            return ids.hexadecimal(50)
        case kinds.CLUSTER_AGENT_TOKEN:
            return ids.text(BASE58, 24)
    return None


def _job_token(ids: Ids, _number: int) -> str:
    return minting.job_token(
        _key(ids),
        job_uuid=ids.uuid(),
        agent_uuid=ids.uuid(),
        organization_uuid=ids.uuid(),
        issued_at=LONG_AGO,
        expires_at=LONG_AGO + LIFE,
    )


def _registry_token(ids: Ids, _number: int) -> str:
    return minting.registry_token(
        _key(ids), subject_uuid=ids.uuid(), registry_uuid=ids.uuid(), expires_at=LONG_AGO
    )


def _key(ids: Ids) -> bytes:
    return bytes.fromhex(ids.hexadecimal(KEY_DIGITS))
