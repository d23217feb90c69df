"""Lists of allowed addresses: CIDR blocks separated by spaces, IPv4 only, at most 24.

Source: pages/pipelines/security/clusters/manage.md of Buildkite's documentation.
"""

import ipaddress
from functools import lru_cache

from mock_buildkite.errors import InvalidInputError

ANYWHERE = "0.0.0.0/0"
MOST_BLOCKS = 24


def checked(text: str | None) -> str:
    """A list in the form that is shown: single spaces; nothing given means anywhere.

    Raises:
        InvalidInputError: a block is not IPv4 CIDR, or there are too many.
    """
    blocks = (text or "").split()
    if len(blocks) > MOST_BLOCKS:
        msg = f"Allowed IP addresses can have at most {MOST_BLOCKS} CIDR blocks"
        raise InvalidInputError(msg)
    for block in blocks:
        _require_block(block)
    return " ".join(blocks) or ANYWHERE


def allows(text: str, address: str) -> bool:
    """Whether an address is in one of the blocks of a checked list."""
    if text == ANYWHERE:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address):
        if caller.ipv4_mapped is None:
            return False
        caller = caller.ipv4_mapped
    return any(caller in block for block in _blocks(text))


def _require_block(block: str) -> None:
    if not _is_block(block):
        msg = f"Allowed IP addresses must be IPv4 CIDR blocks separated by spaces, not {block!r}"
        raise InvalidInputError(msg)


def _is_block(text: str) -> bool:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        return False
    # Python also reads a netmask after the slash, and zeros before a length.
    return str(network) in {text, f"{text}/32"}


@lru_cache(maxsize=1024)
def _blocks(text: str) -> tuple[ipaddress.IPv4Network, ...]:
    return tuple(ipaddress.IPv4Network(block) for block in text.split())
