"""What the parts of a value decode to. Nothing here says that a value is good."""

import base64
import binascii
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from mock_buildkite import signing
from mock_buildkite.token_forms.kinds import REGISTRY_TOKEN, Kind, exact_form


class RegistryClaims(Struct, frozen=True):
    """What a package registry's token says."""

    subject_uuid: str
    """Whose token it is: a registry token's UUID, or that of whoever had a temporary one made."""
    registry_uuid: str
    expires_at: datetime | None
    """Exclusive; None for one that never expires."""


def verified_registry_claims(key: bytes, value: str) -> RegistryClaims | None:
    """What a package registry's token says; None if it was not signed with this key.

    Whether it has expired, and whether it is still on record, is left to the caller.
    """
    if not value.startswith(REGISTRY_TOKEN.prefix):
        return None
    text = value.removeprefix(REGISTRY_TOKEN.prefix)
    return _registry_claims(signing.verified_message(text, key))


def parts(kind: Kind, value: str) -> dict[str, Any]:
    """What each part of a value in its kind's exact form decodes to, but for the secret itself.

    Nothing, for a value in another form.
    """
    form = exact_form(kind)
    found = None if form is None else form.fullmatch(value)
    if found is None:
        return {}
    decoded: dict[str, Any] = {}
    for name, text in found.groupdict().items():
        match name, text:
            case _, None:
                pass
            case "id", _:
                decoded[name] = int(_base64(text))
            case "secret", _:
                decoded["secret_characters"] = len(text)
            case "signature", _:
                decoded["signature_characters"] = len(text)
            case _:
                decoded[name] = _json(text)
    return decoded


def _registry_claims(said: Any) -> RegistryClaims | None:  # noqa: ANN401 - whatever JSON holds
    match said:
        case {"_rails": {"data": [str(subject), str(registry)], **rest}}:
            expires_at = rest.get("exp")
        case _:
            return None
    # As Rails has it: what says no end has none.
    if expires_at is None:
        return RegistryClaims(subject, registry, None)
    moment = _moment(expires_at)
    return None if moment is None else RegistryClaims(subject, registry, moment)


def _moment(text: object) -> datetime | None:
    """A moment with its time zone; None if it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment


def _json(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What base64 of JSON holds, in either alphabet; None if it is none."""
    try:
        return msgspec.json.decode(_base64(text))
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _base64(text: str) -> bytes:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded, altchars=b"-_" if set(text) & set("-_") else None)
