"""How token values and UUIDs are written, whatever they are drawn from."""

import base64
import re
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.ids import ALPHANUMERIC, BASE58, DerivedIds, Ids, SeededIds, SystemIds
from mock_buildkite.token_forms import minting, values
from tests.shapes import TOKEN_FORMS, UUID

MINTED = {
    "bkct": minting.cluster_agent_token,
    "bkar": minting.unclustered_agent_token,
    "bkaa": minting.session_token,
    "bkua": minting.api_access_token,
}
SECRETS = {
    "bkct": (BASE58, 77),
    "bkar": (BASE58, 77),
    "bkaa": (BASE58, 77),
    "bkua": ("0123456789abcdef", 40),
}
PREFIXES = st.sampled_from(sorted(MINTED))
NUMBERS = st.integers(min_value=1, max_value=10**12)
KEYS = st.binary(min_size=16, max_size=64)
PLACES = st.text(max_size=40)
ALPHABETS = st.one_of(
    st.sampled_from([BASE58, ALPHANUMERIC]),
    st.sets(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1).map(
        lambda characters: "".join(sorted(characters))
    ),
)
SOURCES = st.one_of(
    st.builds(SystemIds),
    st.builds(SeededIds, st.integers()),
    st.builds(DerivedIds, KEYS, PLACES),
)
"""Every kind of source that identifiers and secrets are drawn from."""


@given(PREFIXES, SOURCES, NUMBERS)
def test_a_minted_value_has_the_form_of_its_kind_and_of_no_other(
    prefix: str, ids: Ids, number: int
) -> None:
    value = MINTED[prefix](ids, number)

    matching = [kind for kind, form in TOKEN_FORMS.items() if form.fullmatch(value)]
    assert matching == [prefix]


@given(PREFIXES, SOURCES, NUMBERS)
def test_a_minted_value_is_prefix_id_and_secret_and_nothing_else(
    prefix: str, ids: Ids, number: int
) -> None:
    value = MINTED[prefix](ids, number)

    alphabet, length = SECRETS[prefix]
    kind, _, rest = value.partition("_")
    segment, _, secret = rest.partition(".")
    assert (kind, segment) == (prefix, minting.id_segment(number))
    assert len(secret) == length
    assert set(secret) <= set(alphabet)


@given(NUMBERS)
def test_an_id_segment_holds_the_decimal_digits_of_its_number(number: int) -> None:
    segment = minting.id_segment(number)

    padded = segment + "=" * (-len(segment) % 4)
    assert base64.b64decode(padded, validate=True).decode() == str(number)
    assert re.fullmatch("[A-Za-z0-9]+", segment)


@pytest.mark.parametrize(
    ("number", "segment"),
    [(3, "Mw"), (10, "MTA"), (12, "MTI"), (14, "MTQ"), (15, "MTU"), (100, "MTAw")],
)
def test_id_segments_are_those_of_published_examples(number: int, segment: str) -> None:
    assert minting.id_segment(number) == segment


@given(PREFIXES, SOURCES, NUMBERS)
def test_a_minted_value_can_be_presented(prefix: str, ids: Ids, number: int) -> None:
    value = MINTED[prefix](ids, number)

    assert values.is_presentable(value)


@given(st.integers(min_value=0, max_value=5000))
def test_a_value_is_presented_in_1_to_4096_characters(length: int) -> None:
    assert values.is_presentable("x" * length) is (1 <= length <= 4096)


@given(st.characters(), st.text(alphabet=ALPHANUMERIC), st.text(alphabet=ALPHANUMERIC))
def test_a_value_is_presented_in_visible_ascii_only(
    character: str, before: str, after: str
) -> None:
    value = before + character + after

    assert values.is_presentable(value) is ("!" <= character <= "~")


@given(SOURCES)
def test_uuids_are_of_version_4_in_lower_case(ids: Ids) -> None:
    text = ids.uuid()

    parsed = uuid.UUID(text)
    assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert text == str(parsed)
    assert UUID.fullmatch(text)


@given(SOURCES, ALPHABETS, st.integers(min_value=0, max_value=300))
def test_a_text_has_its_length_and_its_alphabet(ids: Ids, alphabet: str, length: int) -> None:
    text = ids.text(alphabet, length)

    assert len(text) == length
    assert set(text) <= set(alphabet)


@given(SOURCES, st.integers(min_value=0, max_value=300))
def test_hexadecimal_digits_are_in_lower_case_and_as_many_as_asked(ids: Ids, length: int) -> None:
    assert re.fullmatch(f"[0-9a-f]{{{length}}}", ids.hexadecimal(length))


def test_every_character_is_equally_likely() -> None:
    drawn = 10_000 * len(BASE58)

    counted = Counter(SystemIds().text(BASE58, drawn))

    # 600 is six standard deviations; bytes taken modulo 58 would be off by 900 and more.
    assert set(counted) == set(BASE58)
    assert all(9_400 < count < 10_600 for count in counted.values())


@given(st.one_of(st.builds(SystemIds), st.builds(SeededIds, st.integers())))
def test_no_two_draws_of_chance_are_alike(ids: Ids) -> None:
    uuids = [ids.uuid() for _ in range(20)]
    minted = [mint(ids, 1) for mint in MINTED.values() for _ in range(5)]
    secrets = [value.partition(".")[2] for value in minted]

    assert len(set(uuids)) == len(uuids)
    assert len(set(secrets)) == len(secrets)


@given(KEYS, PLACES, PREFIXES, NUMBERS)
def test_what_is_derived_repeats_for_its_key_and_place(
    key: bytes, place: str, prefix: str, number: int
) -> None:
    once, again = DerivedIds(key, place), DerivedIds(key, place)

    assert MINTED[prefix](once, number) == MINTED[prefix](again, number)
    assert MINTED[prefix](once, number) == MINTED[prefix](once, number)
    assert once.uuid() == again.uuid()


@given(KEYS, st.sets(PLACES, min_size=2, max_size=5), PREFIXES)
def test_what_is_derived_differs_from_place_to_place(
    key: bytes, places: set[str], prefix: str
) -> None:
    derived = [DerivedIds(key, place) for place in places]

    assert len({MINTED[prefix](ids, 1) for ids in derived}) == len(places)
    assert len({ids.uuid() for ids in derived}) == len(places)


@given(st.sets(KEYS, min_size=2, max_size=5), PLACES, PREFIXES)
def test_what_is_derived_differs_from_key_to_key(keys: set[bytes], place: str, prefix: str) -> None:
    # HMAC pads a short key with zeros, so keys that differ in those alone are the same key.
    different = {key.rstrip(b"\0") for key in keys}
    derived = [DerivedIds(key, place) for key in keys]

    assert len({MINTED[prefix](ids, 1) for ids in derived}) == len(different)
    assert len({ids.uuid() for ids in derived}) == len(different)


@given(KEYS, PLACES)
def test_a_uuid_gives_away_nothing_of_a_secret_of_the_same_place(key: bytes, place: str) -> None:
    ids = DerivedIds(key, place)

    assert ids.uuid()[:8] != ids.hexadecimal(40)[:8]


@given(st.sets(st.text(alphabet=ALPHANUMERIC, max_size=100), min_size=2))
def test_values_are_told_apart_by_their_digests(texts: set[str]) -> None:
    digests = {values.digest(text) for text in texts}

    assert len(digests) == len(texts)
    assert {len(digest) for digest in digests} == {32}
