"""Policies and values of secrets, whatever is in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite import encryption
from mock_buildkite.cluster_secrets import policy
from mock_buildkite.errors import InvalidInputError, NotImplementedHereError, UnavailableError
from mock_buildkite.ids import SystemIds

EXACT = [claim for claim in policy.CLAIMS if claim != policy.BRANCH]
values = st.sampled_from(["main", "release/1", "x", "", "null", "1.0"])
rules = st.dictionaries(
    st.sampled_from(EXACT), values | st.lists(values, min_size=1, max_size=3), min_size=1
)
claims = st.fixed_dictionaries(
    {claim: (values | st.none() if claim in EXACT else st.just("main")) for claim in policy.CLAIMS}
)


@given(st.lists(rules, min_size=1, max_size=4), claims)
def test_a_policy_admits_whom_every_claim_of_some_rule_describes(
    said: list[dict[str, str | list[str]]], about: dict[str, str | None]
) -> None:
    text = json.dumps(said)

    admitted = policy.admits(policy.checked(text), about)

    assert admitted == any(
        all(
            about[claim] in (wanted if isinstance(wanted, list) else [wanted])
            for claim, wanted in rule.items()
        )
        for rule in said
    )


@given(st.text() | st.recursive(st.text() | st.none(), st.lists).map(json.dumps))
def test_any_text_is_a_policy_or_is_refused(text: str) -> None:
    try:
        policy.checked(text)
    except (InvalidInputError, NotImplementedHereError):
        return

    assert policy.admits(text, dict.fromkeys(policy.CLAIMS)) is not bool(policy.read(text))


@given(st.text(), st.binary(min_size=32, max_size=32), st.uuids(), st.uuids())
def test_a_value_opens_with_its_key_at_its_place_only(
    value: str, key: bytes, place: object, elsewhere: object
) -> None:
    sealed = encryption.encrypt(key, SystemIds(), value, str(place))

    assert encryption.decrypt(key, sealed, str(place)) == value
    for other_key, other_place in ((bytes(32), place), (key, elsewhere)):
        if (other_key, other_place) != (key, place):
            with pytest.raises(UnavailableError):
                encryption.decrypt(other_key, sealed, str(other_place))
