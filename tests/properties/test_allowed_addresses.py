"""Lists of allowed addresses: what is one, and whom it lets in."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mock_buildkite import ip_addresses
from mock_buildkite.errors import InvalidInputError

ADDRESSES = st.integers(min_value=0, max_value=2**32 - 1)
PREFIX_LENGTHS = st.integers(min_value=0, max_value=32)
GAPS = st.text(alphabet=" \t\n", min_size=1, max_size=3)


def mask(length: int) -> int:
    return 2**32 - (1 << 32 - length)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def spelled(block: tuple[int, int]) -> str:
    address, length = block
    return f"{IPv4Address(address)}/{length}"


BLOCKS = st.builds(
    lambda address, length: (address & mask(length), length), ADDRESSES, PREFIX_LENGTHS
)
"""Blocks as the number of their first address and the length of their prefix."""

LISTS = st.lists(BLOCKS, min_size=1, max_size=24)


@given(LISTS, GAPS)
def test_a_list_is_kept_with_single_spaces(blocks: list[tuple[int, int]], gap: str) -> None:
    written = [spelled(block) for block in blocks]

    kept = ip_addresses.checked(gap + gap.join(written) + gap)

    assert kept == " ".join(written)
    assert ip_addresses.checked(kept) == kept


@given(st.none() | st.text(alphabet=" \t\n"))
def test_a_list_of_nothing_lets_everybody_in(text: str | None) -> None:
    kept = ip_addresses.checked(text)

    assert kept == "0.0.0.0/0"
    assert ip_addresses.allows(kept, "192.0.2.1")
    assert ip_addresses.allows(kept, "2001:db8::1")


@given(LISTS, ADDRESSES)
def test_a_list_lets_in_whoever_shares_the_prefix_of_a_block(
    blocks: list[tuple[int, int]], caller: int
) -> None:
    kept = ip_addresses.checked(" ".join(spelled(block) for block in blocks))

    inside = any(caller & mask(length) == first for first, length in blocks)
    assert ip_addresses.allows(kept, str(IPv4Address(caller))) is inside


@given(LISTS, st.data())
def test_a_list_lets_in_the_ends_of_its_blocks_and_nobody_beside_them(
    blocks: list[tuple[int, int]], data: st.DataObject
) -> None:
    kept = ip_addresses.checked(" ".join(spelled(block) for block in blocks))
    first, length = data.draw(st.sampled_from(blocks))
    last = first + (1 << 32 - length) - 1

    beside = [number for number in (first - 1, last + 1) if 0 <= number < 2**32]
    outside = [
        number
        for number in beside
        if not any(number & mask(length) == start for start, length in blocks)
    ]

    assert ip_addresses.allows(kept, str(IPv4Address(first)))
    assert ip_addresses.allows(kept, str(IPv4Address(last)))
    assert not any(ip_addresses.allows(kept, str(IPv4Address(number))) for number in outside)


@given(LISTS, ADDRESSES)
def test_a_caller_by_ipv4_over_ipv6_is_the_same_caller(
    blocks: list[tuple[int, int]], caller: int
) -> None:
    kept = ip_addresses.checked(" ".join(spelled(block) for block in blocks))
    address = IPv4Address(caller)

    mapped = ip_addresses.allows(kept, f"::ffff:{address}")

    assert mapped is ip_addresses.allows(kept, str(address))


@given(BLOCKS.filter(lambda block: block[1] > 0), st.ip_addresses(v=6))
def test_a_block_lets_in_no_caller_by_ipv6(block: tuple[int, int], caller: IPv6Address) -> None:
    assume(caller.ipv4_mapped is None)
    kept = ip_addresses.checked(spelled(block))

    assert not ip_addresses.allows(kept, str(caller))


@given(BLOCKS.filter(lambda block: block[1] > 0), st.text())
def test_a_block_lets_in_nobody_without_an_address(block: tuple[int, int], caller: str) -> None:
    assume(not is_address(caller))
    kept = ip_addresses.checked(spelled(block))

    assert not ip_addresses.allows(kept, caller)


@given(st.lists(BLOCKS, min_size=25, max_size=40))
def test_more_than_24_blocks_are_refused(blocks: list[tuple[int, int]]) -> None:
    with pytest.raises(InvalidInputError, match="at most 24"):
        ip_addresses.checked(" ".join(spelled(block) for block in blocks))


@given(
    BLOCKS.filter(lambda block: block[1] < 32),
    st.integers(min_value=1),
)
def test_a_block_that_does_not_begin_at_its_first_address_is_refused(
    block: tuple[int, int], offset: int
) -> None:
    first, length = block
    inside = first + 1 + offset % ((1 << 32 - length) - 1)

    with pytest.raises(InvalidInputError, match="must be IPv4 CIDR blocks"):
        ip_addresses.checked(spelled((inside, length)))


@given(LISTS.filter(lambda blocks: len(blocks) < 24), st.text())
@example([(0, 0)], "2001:db8::/32")
@example([(0, 0)], "10.0.0.0/33")
@example([(0, 0)], "10.0.0.0/255.0.0.0")
@example([(0, 0)], "10.0.0.0/0.255.255.255")
@example([(0, 0)], "10.0.0.0/08")
@example([(0, 0)], "010.0.0.0/8")
@example([(0, 0)], "10.0.0.0/")
@example([(0, 0)], "10.0.0.0/8,10.1.0.0/16")
def test_whatever_is_no_block_is_refused_with_the_whole_list(
    blocks: list[tuple[int, int]], text: str
) -> None:
    given_list = " ".join([*(spelled(block) for block in blocks), text])

    try:
        kept = ip_addresses.checked(given_list)
    except InvalidInputError:
        return
    for block in kept.split():
        assert str(IPv4Network(block)) in {block, f"{block}/32"}
