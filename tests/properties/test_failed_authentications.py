"""Failures to authenticate: each address has its own, and however many there are, few are kept."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.failed_authentications import MOST_ADDRESSES, FailedAuthentications

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1", "unix"])
PAUSES = st.sampled_from([0, 0, 0.25, 1, 20, 59.75, 60, 61])


@given(st.integers(1, 4), st.lists(st.tuples(ADDRESSES, PAUSES), max_size=60))
def test_each_address_has_as_many_in_every_minute_that_a_failure_begins(
    limit: int, failures: list[tuple[str, float]]
) -> None:
    counted, now = FailedAuthentications(limit), BEGIN
    begun: dict[str, datetime] = {}
    had: defaultdict[str, int] = defaultdict(int)

    for address, pause in failures:
        now += timedelta(seconds=pause)
        if address not in begun or now >= begun[address] + MINUTE:
            begun[address], had[address] = now, 0
        had[address] += 1
        refusal = counted.count(address, now)

        assert (refusal is not None) == (had[address] > limit)
        if refusal is not None:
            over = begun[address] + MINUTE
            wait = timedelta(seconds=refusal.retry_after_seconds)
            assert now + wait - timedelta(seconds=1) < over <= now + wait
            assert refusal.limit == limit


@given(st.lists(st.tuples(ADDRESSES, PAUSES), max_size=60))
def test_where_there_is_no_limit_nothing_is_kept(failures: list[tuple[str, float]]) -> None:
    counted, now = FailedAuthentications(None), BEGIN

    for address, pause in failures:
        now += timedelta(seconds=pause)
        assert counted.count(address, now) is None

    assert len(counted) == 0


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_of_a_64_is_one_host(one: int, other: int) -> None:
    counted, network = FailedAuthentications(1), 0x20010DB8 << 96

    counted.count(str(IPv6Address(network + one)), BEGIN)

    assert counted.count(str(IPv6Address(network + other)), BEGIN) is not None
    assert counted.count(str(IPv6Address(network + (1 << 64) + other)), BEGIN) is None


def test_an_ipv4_address_is_the_same_in_both_forms() -> None:
    counted = FailedAuthentications(1)

    counted.count("::ffff:192.0.2.1", BEGIN)

    assert counted.count("192.0.2.1", BEGIN) is not None
    assert counted.count("::ffff:192.0.2.2", BEGIN) is None


def test_a_flood_of_addresses_is_not_kept_and_forgives_the_oldest() -> None:
    counted = FailedAuthentications(1)

    for number in range(3 * MOST_ADDRESSES):
        counted.count(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", BEGIN)

    assert len(counted) == MOST_ADDRESSES
    assert counted.count("10.0.0.0", BEGIN) is None
    number = 3 * MOST_ADDRESSES - 1
    last = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    assert counted.count(last, BEGIN) is not None


def test_what_no_address_is_counts_as_one() -> None:
    counted = FailedAuthentications(1)

    for number in range(100):
        counted.count(f"somebody {number}", BEGIN)

    assert len(counted) == 1


def test_those_whose_minute_is_over_are_forgotten() -> None:
    counted = FailedAuthentications(1)
    for number in range(100):
        counted.count(f"192.0.2.{number}", BEGIN)

    counted.count("198.51.100.1", BEGIN + MINUTE)

    assert len(counted) == 1
