"""A signature has one spelling: whatever is changed in it, it is not believed any more."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.leaks.signatures import P256_ORDER, draw_key_pair

PAIR, OTHER = draw_key_pair(), draw_key_pair()
BODIES = st.binary(max_size=200)
PLACES = st.integers(0, 100)
LENGTHS = st.integers(0, 3)


def is_believed(body: bytes, der: bytes) -> bool:
    return PAIR.public.has_signed(body, base64.b64encode(der).decode())


@given(BODIES)
def test_a_key_knows_what_it_signed_and_nothing_else(body: bytes) -> None:
    signature = PAIR.sign(body)

    assert PAIR.public.has_signed(body, signature)
    assert not OTHER.public.has_signed(body, signature)
    assert not PAIR.public.has_signed(body + b"\n", signature)


@given(BODIES, PLACES, LENGTHS, st.binary(max_size=3))
def test_no_byte_can_be_changed_added_or_left_out(
    body: bytes, start: int, length: int, instead: bytes
) -> None:
    der = base64.b64decode(PAIR.sign(body))
    changed = der[:start] + instead + der[start + length :]

    assert is_believed(body, changed) == (changed == der)


@given(BODIES, PLACES, LENGTHS, st.text(max_size=3))
def test_no_character_can_be_changed_added_or_left_out(
    body: bytes, start: int, length: int, instead: str
) -> None:
    signature = PAIR.sign(body)
    changed = signature[:start] + instead + signature[start + length :]

    assert PAIR.public.has_signed(body, changed) == (changed == signature)


@given(st.binary(max_size=80))
def test_nothing_made_up_is_believed(der: bytes) -> None:
    assert not is_believed(b"[]", der)


@given(
    st.sampled_from([0, P256_ORDER, -1, P256_ORDER + 1, 2 * P256_ORDER, 1, 2**256]),
    st.sampled_from([0, P256_ORDER, -1, P256_ORDER + 1, 2 * P256_ORDER, 1, 2**256]),
)
def test_numbers_at_the_edge_are_not_believed(r: int, s: int) -> None:
    content = b"".join(
        bytes([2, length]) + number.to_bytes(length, signed=True)
        for number in (r, s)
        for length in [number.bit_length() // 8 + 1]
    )

    assert not is_believed(b"[]", bytes([0x30, len(content)]) + content)
