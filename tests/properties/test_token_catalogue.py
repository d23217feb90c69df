"""The catalogue of kinds: what is minted, recognised, decoded, found in text and hidden."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite import signing
from mock_buildkite.ids import BASE58, SystemIds
from mock_buildkite.token_forms import decoding, kinds, minting, recognising
from mock_buildkite.token_forms.kinds import KINDS, Kind
from mock_buildkite.token_forms.recognising import Form

IDS = SystemIds()
KEY = bytes(range(64))
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NUMBERS = st.integers(min_value=1, max_value=10**9)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def job_token(_number: int) -> str:
    return minting.job_token(
        KEY,
        job_uuid=IDS.uuid(),
        agent_uuid=IDS.uuid(),
        organization_uuid=IDS.uuid(),
        issued_at=NOON,
        expires_at=NOON + timedelta(minutes=65),
    )


def registry_token(_number: int) -> str:
    return minting.registry_token(
        KEY, subject_uuid=IDS.uuid(), registry_uuid=IDS.uuid(), expires_at=NOON
    )


MINTED: dict[Kind, Callable[[int], str]] = {
    kinds.API_ACCESS_TOKEN: lambda number: minting.api_access_token(IDS, number),
    kinds.CLUSTER_AGENT_TOKEN: lambda number: minting.cluster_agent_token(IDS, number),
    kinds.UNCLUSTERED_AGENT_TOKEN: lambda number: minting.unclustered_agent_token(IDS, number),
    kinds.SESSION_TOKEN: lambda number: minting.session_token(IDS, number),
    kinds.JOB_TOKEN: job_token,
    kinds.REGISTRY_TOKEN: registry_token,
    kinds.PORTAL_TOKEN: lambda number: minting.portal_token(IDS, number),
    kinds.PORTAL_SECRET: lambda number: minting.portal_secret(IDS, number),
}
"""How each kind is minted."""

MESSAGE = {
    "_rails": {
        "data": ["01966028-8998-43d7-9024-f8e4b2ae8bfa", "600911f1-dfe4-4f07-8d98-0aff0b9d0218"],
        "exp": "2025-05-16T02:36:34.076Z",
    }
}
CLAIMS = {
    "sub": "0196601b-5a74-4e95-bca8-06343a2b9079",
    "aud": "0196601b-5470-44af-b4f6-129e572455e5",
    "iss": "buildkite",
    "exp": 1747104938,
    "iat": 1747101038,
    "organization_id": "64899a65-2abe-414b-8625-a9c9a7263ddc",
}


# Without their prefixes: whole ones would be taken for leaked ones where this file is pushed to.
PUBLISHED = {
    kinds.API_ACCESS_TOKEN: (
        "MTA.4f6ccde8c73e26244d73c5a77c91c242c0c818ce",
        {"id": 10, "secret_characters": 40},
    ),
    kinds.SESSION_TOKEN: (
        "MTA.Miyf6S3a3g9j8pyBGTyLC1frg9k6gDHTJdL9Fy7FXzRhrAVPckkzK6oEmdQVLvzUjt4rvW7cRPJEu",
        {"id": 10, "secret_characters": 77},
    ),
    kinds.JOB_TOKEN: (
        (
            "eyJhbGciOiJIUzUxMiJ9"
            ".eyJzdWIiOiIwMTk2NjAxYi01YTc0LTRlOTUtYmNhOC0wNjM0M2EyYjkwNzkiLCJhdWQiOiIwMTk2NjAxYi01NDcw"
            "LTQ0YWYtYjRmNi0xMjllNTcyNDU1ZTUiLCJpc3MiOiJidWlsZGtpdGUiLCJleHAiOjE3NDcxMDQ5MzgsImlhdCI6"
            "MTc0NzEwMTAzOCwib3JnYW5pemF0aW9uX2lkIjoiNjQ4OTlhNjUtMmFiZS00MTRiLTg2MjUtYTljOWE3MjYzZGRjIn0"
            ".p-IZUkRWJOkbTuVrxa4yaWrb7b1h-X2KsxfcCRHoxsb8h4rMjc47Ox1InAdku5fCjfdQ5hFKxXF2JUJc-YoWHQ"
        ),
        {"header": {"alg": "HS512"}, "claims": CLAIMS, "signature_characters": 86},
    ),
    kinds.UNCLUSTERED_AGENT_TOKEN: (
        "MTU.D3Efk6R62Fj7uprMGXsGjLhqugSfAXtAvpSjpMsykTzrHQnCH3rKETjo1NJ4yD9cSuGxsW5t3LJ6C",
        {"id": 15, "secret_characters": 77},
    ),
    kinds.CLUSTER_AGENT_TOKEN: (
        "MTI.nYMxCVxgALbhwoc7pvvMfEURJgXXvzUVrogdmo1NKZqCcUTsmWRUWu9h3tW9j3nRvJ54aXyaKAdf6",
        {"id": 12, "secret_characters": 77},
    ),
    kinds.REGISTRY_TOKEN: (
        (
            "eyJfcmFpbHMiOnsiZGF0YSI6WyIwMTk2NjAyOC04OTk4LTQzZDctOTAyNC1mOGU0YjJhZThiZmEiLCI2MDA5MTFm"
            "MS1kZmU0LTRmMDctOGQ5OC0wYWZmMGI5ZDAyMTgiXSwiZXhwIjoiMjAyNS0wNS0xNlQwMjozNjozNC4wNzZaIn19"
            "--3116a4b837e78265cc7d3a90a12d90c263729880"
        ),
        {"message": MESSAGE, "signature_characters": 40},
    ),
    kinds.PORTAL_TOKEN: (
        "MTQ_5f6ccde8c73e26244d73c5a77c91c242c0c818ce",
        {"id": 14, "secret_characters": 40},
    ),
    kinds.PORTAL_SECRET: (
        "Mw_388c52458682d4e2621f28df4b3018f27b130ee6c7a263bbd3f96eb86916",
        {"id": 3, "secret_characters": 60},
    ),
}
"""The documentation's examples, and what they decode to."""
PUBLISHED_LENGTHS = {
    kinds.API_ACCESS_TOKEN: 49,
    kinds.SESSION_TOKEN: 86,
    kinds.UNCLUSTERED_AGENT_TOKEN: 86,
    kinds.CLUSTER_AGENT_TOKEN: 86,
    kinds.JOB_TOKEN: 380,
    kinds.REGISTRY_TOKEN: 223,
    kinds.PORTAL_TOKEN: 50,
    kinds.PORTAL_SECRET: 68,
}


@pytest.mark.parametrize("kind", MINTED, ids=lambda kind: kind.name)
@given(number=NUMBERS)
def test_what_is_minted_has_the_exact_form_of_its_kind_and_of_no_other(
    kind: Kind, number: int
) -> None:
    value = MINTED[kind](number)

    exact = [each for each in KINDS if (form := kinds.exact_form(each)) and form.fullmatch(value)]
    assert exact == [kind]
    assert recognising.recognise(value) == recognising.Recognised(kind, Form.EXACT)


def test_every_kind_that_is_said_to_be_minted_is() -> None:
    assert {kind for kind in KINDS if kind.is_minted} == set(MINTED)


@pytest.mark.parametrize("kind", PUBLISHED, ids=lambda kind: kind.name)
def test_published_examples_are_exact_and_decode(kind: Kind) -> None:
    body, parts = PUBLISHED[kind]

    value = kind.prefix + body

    assert len(value) == PUBLISHED_LENGTHS[kind]
    assert recognising.recognise(value) == recognising.Recognised(kind, Form.EXACT)
    assert decoding.parts(kind, value) == parts


def test_an_api_access_token_may_lack_its_id() -> None:
    value = kinds.API_ACCESS_TOKEN.prefix + "4f6c" * 10

    recognised = recognising.recognise(value)

    assert recognised == recognising.Recognised(kinds.API_ACCESS_TOKEN, Form.EXACT)
    assert decoding.parts(kinds.API_ACCESS_TOKEN, value) == {"secret_characters": 40}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_prefix_alone_makes_a_value_one_of_its_kind_but_not_exact(kind: Kind) -> None:
    value = kind.prefix + "Zz0." * 10

    recognised = recognising.recognise(value)

    assert recognised == recognising.Recognised(kind, Form.PREFIX)
    assert decoding.parts(kind, value) == {}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("0a" * 20, kinds.API_ACCESS_TOKEN),
        ("0a" * 25, kinds.UNCLUSTERED_AGENT_TOKEN),
        (BASE58[:24], kinds.CLUSTER_AGENT_TOKEN),
    ],
)
def test_values_from_before_the_prefixes_are_told_by_their_alphabets_and_lengths(
    value: str, kind: Kind
) -> None:
    assert recognising.recognise(value) == recognising.Recognised(kind, Form.OLDER)


@pytest.mark.parametrize("kind", MINTED, ids=lambda kind: kind.name)
@given(number=NUMBERS, before=st.sampled_from(" \n\"'=:/@,({"), after=st.sampled_from(" \n\"'.,)@"))
def test_a_token_is_found_where_it_stands_in_a_text(
    kind: Kind, number: int, before: str, after: str
) -> None:
    value = MINTED[kind](number)
    text = f"see {before}{value}{after} there"

    found = list(recognising.find(text))

    assert [(each.kind, each.form) for each in found] == [(kind, Form.EXACT)]
    assert text[found[0].start : found[0].end] == value
    assert recognising.redacted(text) == text.replace(value, recognising.masked(value))


@pytest.mark.parametrize("kind", MINTED, ids=lambda kind: kind.name)
def test_what_is_masked_shows_the_prefix_and_the_id_and_nothing_of_the_secret(kind: Kind) -> None:
    value = MINTED[kind](10)

    masked = recognising.masked(value)

    shown = masked.removesuffix(recognising.HIDDEN)
    assert masked != shown
    assert shown in {kind.prefix, f"{kind.prefix}MTA.", f"{kind.prefix}MTA_"}


def test_older_values_are_found_beside_a_word_that_says_so_and_nowhere_else() -> None:
    secret = "0a" * 20

    assert [each.form for each in recognising.find(f'token="{secret}"')] == [Form.OLDER]
    assert [each.form for each in recognising.find(f"API_KEY: {secret}")] == [Form.OLDER]
    assert list(recognising.find(f"commit {secret}")) == []
    assert secret not in recognising.redacted(f"Authorization: Bearer {secret}")


@given(st.text(max_size=200))
def test_text_without_tokens_stays_as_it_is(text: str) -> None:
    if not list(recognising.find(text)):
        assert recognising.redacted(text) == text


@given(MOMENTS, st.uuids().map(str), st.uuids().map(str))
def test_what_a_registry_token_says_is_what_it_was_signed_for(
    expires_at: datetime, subject: str, registry: str
) -> None:
    value = minting.registry_token(
        KEY, subject_uuid=subject, registry_uuid=registry, expires_at=expires_at
    )

    claims = decoding.verified_registry_claims(KEY, value)

    rounded = expires_at.replace(microsecond=expires_at.microsecond // 1000 * 1000)
    assert claims == decoding.RegistryClaims(subject, registry, rounded)
    assert decoding.verified_registry_claims(KEY[1:], value) is None


def test_a_registry_token_without_an_end_has_none_if_it_was_signed_so() -> None:
    value = minting.registry_token(KEY, subject_uuid="s", registry_uuid="r", expires_at=None)
    null = "bkpt_" + signing.message({"_rails": {"data": ["s", "r"], "exp": None}}, KEY)

    for each in (value, null):
        assert decoding.verified_registry_claims(KEY, each) == decoding.RegistryClaims(
            "s", "r", None
        )


def test_forged_registry_tokens_say_nothing() -> None:
    value = registry_token(1)
    message, _, digest = value.removeprefix("bkpt_").rpartition("--")
    endless = base64.b64encode(base64.b64decode(message).replace(b"exp", b"nbf")).decode()

    forged = {
        "another message": f"bkpt_{endless}--{digest}",
        "digest in upper case": f"bkpt_{message}--{digest.upper()}",
        "digest of the JSON": f"bkpt_{message}--{signing.message(0, KEY).rpartition('--')[2]}",
        "another separator": f"bkpt_{message}----{digest}",
        "no separator": f"bkpt_{message}{digest}",
        "unpadded differently": f"bkpt_{message}==--{digest}",
        "no prefix": f"{message}--{digest}",
        "another prefix": f"bkrt_{message}--{digest}",
        "cut off": value[:-1],
        "nothing": "bkpt_",
        "beyond ASCII": f"bkpt_é--{digest}",
    }

    for name, each in forged.items():
        assert decoding.verified_registry_claims(KEY, each) is None, name


def test_the_form_of_a_signed_message_is_that_of_rails() -> None:
    signed = signing.message(MESSAGE, b"key")

    message, _, digest = signed.rpartition("--")
    assert json.loads(base64.b64decode(message, validate=True)) == MESSAGE
    assert len(digest) == 40
    assert signing.verified_message(signed, b"key") == MESSAGE
