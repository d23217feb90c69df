"""Encrypting what is kept to be told again. Only the key beside the database opens it.

`cryptography` is imported where it is used: most servers start without a secret.
"""

from mock_buildkite.errors import UnavailableError
from mock_buildkite.ids import Ids

_NONCE_BYTES = 12


def encrypt(key: bytes, ids: Ids, value: str, place: str) -> bytes:
    """A value sealed with AES-256-GCM for one place, in whose stead no other sealed one opens.

    `ids` must not repeat themselves: the nonce is drawn from them.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    nonce = bytes.fromhex(ids.hexadecimal(2 * _NONCE_BYTES))
    return nonce + AESGCM(key).encrypt(nonce, value.encode(), place.encode())


def decrypt(key: bytes, sealed: bytes, place: str) -> str:
    """The value that was sealed for a place.

    Raises:
        UnavailableError: it was sealed with another key, or for another place.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, encrypted, place.encode()).decode()
    except InvalidTag as error:
        msg = "The data directory's keys are not those that this was encrypted with"
        raise UnavailableError(msg) from error
