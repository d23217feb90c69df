"""Everything that is drawn by chance, and the derived draws that repeat themselves."""

import hashlib
import hmac
import os
import random  # noqa: TID251 - the one place
from functools import lru_cache
from typing import Protocol

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Ids(Protocol):
    """A source of identifiers and secrets."""

    def uuid(self) -> str:
        """A lower-case version 4 UUID."""
        ...

    def text(self, alphabet: str, length: int) -> str:
        """`length` independent characters of `alphabet`."""
        ...

    def hexadecimal(self, length: int) -> str:
        """`length` lower-case hexadecimal digits."""
        ...


class SystemIds:
    """Random ones, from the operating system."""

    def uuid(self) -> str:
        return _uuid(os.urandom(16))

    def text(self, alphabet: str, length: int) -> str:
        drawn = ""
        while len(drawn) < length:
            drawn += _spell(os.urandom(2 * length), alphabet)
        return drawn[:length]

    def hexadecimal(self, length: int) -> str:
        return os.urandom((length + 1) // 2).hex()[:length]


class SeededIds:
    """Ones that repeat for the same seed, each drawn once; for tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - tests want it to repeat

    def uuid(self) -> str:
        return _uuid(self._random.randbytes(16))

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def hexadecimal(self, length: int) -> str:
        return self.text("0123456789abcdef", length)


class DerivedIds:
    """Ones that follow from a key, a place and a kind: asking again gives the same answer."""

    def __init__(self, key: bytes, place: str) -> None:
        self._key = key
        self._place = place

    def uuid(self) -> str:
        return _uuid(self._bytes("uuid", 16))

    def uuids(self, count: int) -> list[str]:
        """Many at once, for less."""
        drawn = self._bytes("uuids", 16 * count)
        return [_uuid(drawn[start : start + 16]) for start in range(0, len(drawn), 16)]

    def text(self, alphabet: str, length: int) -> str:
        # Over twice the length in bytes: enough, however many of them are passed over.
        stream = self._bytes(f"text {len(alphabet)}", 4 * length + 64)
        return _spell(stream, alphabet)[:length]

    def hexadecimal(self, length: int) -> str:
        return self._bytes("hexadecimal", (length + 1) // 2).hex()[:length]

    def _bytes(self, kind: str, count: int) -> bytes:
        drawn = b""
        while len(drawn) < count:
            message = f"{kind}\0{self._place}\0{len(drawn)}".encode()
            drawn += hmac.digest(self._key, message, hashlib.sha512)
        return drawn[:count]


def _uuid(drawn: bytes) -> str:
    """A version 4 UUID of 16 bytes, whose six bits for version and variant are not used."""
    text = drawn.hex()
    variant = "89ab"[drawn[8] & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


@lru_cache
def _spelling(alphabet: str) -> tuple[bytes, bytes]:
    """A translation of bytes to characters, and the bytes to pass over.

    Those above the last full multiple of the alphabet's size, so that every character is
    equally likely.
    """
    usable = 256 - 256 % len(alphabet)
    table = bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256))
    return table, bytes(range(usable, 256))


def _spell(stream: bytes, alphabet: str) -> str:
    table, passed_over = _spelling(alphabet)
    return stream.translate(table, passed_over).decode()
