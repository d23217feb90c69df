"""What holds for the value of any kind: what can be one, and what is stored of it."""

import hashlib

LONGEST = 4096


def is_presentable(value: str) -> bool:
    """Whether a value can be a credential at all: 1 to 4,096 visible ASCII characters."""
    return (
        0 < len(value) <= LONGEST and value.isascii() and value.isprintable() and (" " not in value)
    )


def digest(value: str) -> bytes:
    """What is stored of a token, and what it is found by: SHA-256 of the whole value."""
    return hashlib.sha256(value.encode()).digest()


def presented_digest(value: str) -> bytes:
    """The digest of what somebody presents in a body: nobody's, if it cannot be a credential."""
    return digest(value if is_presentable(value) else "")
