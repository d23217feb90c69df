"""Lists and objects as they are stored: JSON text."""

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def to_json(value: object) -> str:
    """The text of a list or an object."""
    return _encoder.encode(value).decode()


def from_json(text: str) -> Any:  # noqa: ANN401 - what was stored
    """The inverse of `to_json`."""
    return _decoder.decode(text)
