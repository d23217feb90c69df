"""What matchers say to claims, and which tokens no policy is asked about.

The tokens are signed with the server's own key, which a test finds in the data directory.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from mock_buildkite.settings import Settings
from tests.registries.actors import Registry, bearer
from tests.registries.jobs import SANDBOX, KeyHolder, set_policy, statement, statuses

NOW = 1_767_225_600
"""The moment at which the clock stands still."""

SCALARS = ["fig", "Fig", "fig ", "", "1", "true", "null", 0, 1, 1.0, -7, 1.5, True, False, None]
CLAIMS = [*SCALARS, [], ["fig"], {"fig": 1}]


def is_same(one: object, other: object) -> bool:
    """Whether two values of JSON are equal: it has numbers, and no kinds of them."""

    def kind(value: object) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return "number" if is_number else type(value).__name__

    return kind(one) == kind(other) and one == other


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a data directory, which has the key."""
    return replace(Settings(), data=tmp_path)


@pytest.fixture
async def key_holder(registry: Registry, settings: Settings) -> KeyHolder:
    """Who signs for a registry that lets in whoever claims to be of the first organization."""
    assert settings.data is not None
    await set_policy(registry, statement())
    return await KeyHolder.of(settings.data, registry)


async def status_of_look(registry: Registry, token: str) -> int:
    return (await registry.look(bearer(token))).status_code


async def let_in(key_holder: KeyHolder, rule: object, claims: list[Any]) -> list[Any]:
    """Those of some values of the claim `fruit` that a rule lets in."""
    registry = key_holder.registry
    await set_policy(registry, statement(claims={"fruit": rule}))
    return [
        claim
        for claim in claims
        if await status_of_look(registry, key_holder.token(fruit=claim)) == 200
    ]


@pytest.mark.parametrize("argument", SCALARS, ids=repr)
async def test_equal_is_what_is_of_a_kind_and_the_same(
    key_holder: KeyHolder, argument: object
) -> None:
    same = [claim for claim in CLAIMS if is_same(claim, argument)]
    others = [claim for claim in CLAIMS if not is_same(claim, argument)]

    assert same
    assert repr(await let_in(key_holder, argument, CLAIMS)) == repr(same)
    assert repr(await let_in(key_holder, {"equals": argument}, CLAIMS)) == repr(same)
    assert repr(await let_in(key_holder, {"not_equals": argument}, CLAIMS)) == repr(others)


@pytest.mark.parametrize(
    "arguments",
    [[], ["fig"], ["apple", "fig", "1"], [1, None], [False, 1.5], ["Fig", "fig"]],
    ids=repr,
)
async def test_in_is_what_equals_one_of_several(
    key_holder: KeyHolder, arguments: list[object]
) -> None:
    inside = [claim for claim in CLAIMS if any(is_same(claim, each) for each in arguments)]
    outside = [claim for claim in CLAIMS if not any(is_same(claim, each) for each in arguments)]

    assert repr(await let_in(key_holder, {"in": arguments}, CLAIMS)) == repr(inside)
    assert repr(await let_in(key_holder, {"not_in": arguments}, CLAIMS)) == repr(outside)


@pytest.mark.parametrize(
    ("globs", "fitting", "others"),
    [
        ("main", ["main"], ["Main", "main2", "amain", "main\n", ""]),
        ("", [""], ["a"]),
        ("*", ["", "main", "a/b/c", "a\nb", "é", "\ud800"], []),
        ("feature/*", ["feature/", "feature/a", "feature/a/b"], ["feature", "a/feature/b"]),
        ("*-fix", ["-fix", "a-fix", "a-fix-fix"], ["a-fixes", "fix"]),
        ("v?.?", ["v1.2", "va.b", "v/./"], ["v1.", "v10.2", "v1x2", "v1.2.3"]),
        ("a*b*c", ["abc", "a1b2c", "abcbc", "a/b/c"], ["acb", "abcd", "ac"]),
        ("a*?c", ["abc", "abbc", "accc"], ["ac", "c"]),
        ("**", ["", "a"], []),
        ("[ab].+", ["[ab].+"], ["a.+", "abb", "a"]),
        ("\\*", ["\\", "\\a"], ["*"]),
        ("(?s).*$", ["(as).$", "(as).x$"], ["(?s)", "abc"]),
        ("ma*in", ["main", "maiin", "ma/in"], ["man"]),
        (["main", "release/*"], ["main", "release/1"], ["release", "maine"]),
        ([], [], ["", "main"]),
    ],
)
async def test_a_glob_stands_for_what_its_wildcards_do(
    key_holder: KeyHolder, globs: object, fitting: list[str], others: list[str]
) -> None:
    assert await let_in(key_holder, {"matches": globs}, fitting + others) == fitting


async def test_globs_are_ignored_where_a_claim_is_no_text(key_holder: KeyHolder) -> None:
    no_texts = [claim for claim in CLAIMS if not isinstance(claim, str)]

    passing = await let_in(key_holder, {"matches": "apple"}, CLAIMS)
    with_another = await let_in(key_holder, {"matches": "apple", "equals": None}, CLAIMS)

    assert repr(passing) == repr(no_texts)
    assert with_another == [None]


@pytest.mark.parametrize(
    "rule",
    [None, "fig", {"not_equals": "fig"}, {"in": [None]}, {"not_in": []}, {"matches": "*"}],
    ids=repr,
)
async def test_a_claim_that_is_missing_meets_no_rule(key_holder: KeyHolder, rule: object) -> None:
    await set_policy(key_holder.registry, statement(claims={**SANDBOX, "fruit": rule}))

    assert await status_of_look(key_holder.registry, key_holder.token()) == 401


async def test_all_matchers_of_a_rule_must_agree(key_holder: KeyHolder) -> None:
    rule = {"matches": ["main", "release/*"], "not_equals": "release/none", "not_in": ["release/"]}
    never = {"equals": "main", "not_equals": "main"}
    branches = ["main", "release/1", "release/none", "release/", "other"]

    assert await let_in(key_holder, rule, branches) == ["main", "release/1"]
    assert await let_in(key_holder, never, branches) == []


async def test_all_rules_of_a_statement_must_be_met(key_holder: KeyHolder) -> None:
    await set_policy(key_holder.registry, statement(claims={"fruit": "fig", "number": 1}))

    cases: list[tuple[dict[str, Any], int]] = [
        ({"fruit": "fig", "number": 1}, 200),
        ({"fruit": "fig", "number": 2}, 401),
        ({"fruit": "apple", "number": 1}, 401),
        ({"fruit": "fig"}, 401),
        ({"number": 1}, 401),
    ]
    for claims, status in cases:
        assert await status_of_look(key_holder.registry, key_holder.token(**claims)) == status


async def test_a_glob_that_would_take_others_very_long_takes_no_time(
    key_holder: KeyHolder,
) -> None:
    claims = ["a" * 1_500, "a" * 1_500 + "b"]

    assert await let_in(key_holder, {"matches": "*a" * 700 + "*b"}, claims) == claims[1:]


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iat": NOW - 299, "nbf": NOW - 299, "exp": NOW + 1},
        {"nbf": NOW - 10_000},
        {"iss": "https://agent.buildkite.com"},
        {"sub": None, "jti": [1], "anything": {"else": [None]}},
    ],
    ids=repr,
)
async def test_a_token_with_what_is_required_is_good(
    key_holder: KeyHolder, claims: dict[str, Any]
) -> None:
    assert await statuses(key_holder.registry, key_holder.token(**claims)) == (200, 200)


MOMENTS: list[Any] = [None, "", str(NOW), float(NOW), NOW + 0.5, 1e300, True, [NOW], {}]


@pytest.mark.parametrize(
    "claims",
    [
        *({name: odd} for name in ("iat", "nbf", "exp") for odd in MOMENTS),
        {"iat": NOW + 1, "exp": NOW + 200},
        {"nbf": NOW + 1},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": NOW + 301},
        {"exp": 10**30},
        {"iat": -(10**30)},
        {"iat": NOW - 300, "exp": NOW + 1},
        {"iat": NOW - 600, "exp": NOW - 300},
        {"iat": NOW, "exp": NOW - 300, "nbf": NOW - 900},
        {"aud": None},
        {"aud": ["https://packages.buildkite.com/sandbox/fruits"]},
        {"aud": {"https://packages.buildkite.com/sandbox/fruits": 1}},
        {"aud": "https://packages.buildkite.com/sandbox/fruits\n"},
        {"iss": None},
        {"iss": ["https://agent.buildkite.com"]},
        {"organization_slug": ["sandbox"]},
    ],
    ids=repr,
)
async def test_a_token_with_an_odd_claim_is_refused(
    key_holder: KeyHolder, claims: dict[str, Any]
) -> None:
    assert await statuses(key_holder.registry, key_holder.token(**claims)) == (401, 401)


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "exp", "organization_slug"])
async def test_a_token_without_what_is_required_is_refused(
    key_holder: KeyHolder, name: str
) -> None:
    claims = {key: value for key, value in key_holder.claims.items() if key != name}

    assert await statuses(key_holder.registry, key_holder.sign(json.dumps(claims))) == (401, 401)


async def test_a_token_may_say_nothing_of_when_it_begins(key_holder: KeyHolder) -> None:
    claims = {key: value for key, value in key_holder.claims.items() if key != "nbf"}

    assert await statuses(key_holder.registry, key_holder.sign(json.dumps(claims))) == (200, 200)


async def test_a_token_that_says_something_twice_is_refused(key_holder: KeyHolder) -> None:
    whole = json.dumps(key_holder.claims)
    payloads = [
        whole.replace("{", '{"organization_slug": "rival", ', 1),
        whole.replace("}", ', "organization_slug": "sandbox"}', 1),
        whole.replace("}", ', "more": {"a": 1, "a": 1}}', 1),
    ]

    for payload in payloads:
        assert await status_of_look(key_holder.registry, key_holder.sign(payload)) == 401


@pytest.mark.parametrize(
    "payload",
    ["", "{", "null", "[]", '"text"', "1", "[" * 1_000, "\x00", "NaN", '{"exp": NaN}', b"\xff"],
    ids=repr,
)
async def test_what_says_nothing_is_refused(key_holder: KeyHolder, payload: str | bytes) -> None:
    assert await status_of_look(key_holder.registry, key_holder.sign(payload)) == 401


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RS256"},
        {"alg": "RS256", "kid": "0" * 64},
        {"alg": "RS256", "kid": None},
        {"alg": "RS512"},
        {"alg": "PS256"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"kid": "ours"},
        {"alg": "RS256", "kid": "ours", "crit": ["exp"]},
        {"alg": "RS256", "kid": "ours", "b64": False, "crit": ["b64"]},
        {"alg": "RS256", "kid": "ours", "jku": "http://127.0.0.1:9/jwks"},
        {"alg": "RS256", "kid": "ours", "zip": "DEF"},
        {"alg": ["RS256"], "kid": "ours"},
        {"alg": "rs256", "kid": "ours"},
    ],
    ids=repr,
)
async def test_a_header_that_this_server_does_not_write_is_refused(
    key_holder: KeyHolder, header: dict[str, Any]
) -> None:
    if header.get("kid") == "ours":
        header = {**header, "kid": key_holder.key_id}

    token = key_holder.sign(json.dumps(key_holder.claims), header)

    assert await status_of_look(key_holder.registry, token) == 401


async def test_a_signature_of_another_kind_is_refused(key_holder: KeyHolder) -> None:
    good = key_holder.token()
    header, payload, signature = good.split(".")
    public = (await key_holder.registry.server.http.get("/.well-known/jwks")).json()["keys"][0]
    of_public = jwt.encode(key_holder.claims, public["n"], "HS256", {"kid": key_holder.key_id})

    assert await status_of_look(key_holder.registry, good) == 200
    for token in (
        of_public,
        jwt.encode(key_holder.claims, "", "none", {"kid": key_holder.key_id}),
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}.{signature}.",
        f"{header}..{signature}",
        f".{payload}.{signature}",
        "..",
        f"bkaj_{good}",
        f"bkpt_{good}",
    ):
        assert await status_of_look(key_holder.registry, token) == 401
