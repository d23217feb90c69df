"""The one module that signs: what is minted as a JSON Web Token.

PyJWT is imported where it is used: it takes a fifth of a start, and most servers sign late.
"""

from datetime import datetime
from typing import Any


def hmac_token(claims: dict[str, Any], key: bytes) -> str:
    """A token signed with HMAC-SHA-512 whose header says nothing else, as a job token's does."""
    import jwt  # noqa: PLC0415 - only where something is signed

    return jwt.encode(claims, key, algorithm="HS512", headers={"typ": None})


def numeric_date(moment: datetime) -> int:
    """A moment as tokens have it: whole seconds."""
    return int(moment.timestamp())
