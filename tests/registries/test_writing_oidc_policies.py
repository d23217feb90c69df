"""What can be an OIDC policy of a registry, and how it is told."""

from typing import Any

import pytest

from tests.actors import Refused
from tests.registries.actors import RegistryMaker

ISSUER = "https://agent.buildkite.com"
FULL = f"""\
# Jobs of one organization
- iss: {ISSUER}
  scopes: [read_packages, write_packages, delete_packages]
  claims:
    organization_slug: sandbox
    pipeline_slug: {{in: [app, site], not_in: [old]}}
    build_branch:
      matches: [main, release/*]
      not_equals: release/none
    build_number: {{not_equals: 1.5}}
    step_key: ~
- iss: https://token.actions.githubusercontent.com
  claims: {{repository: {{matches: acme/*}}, private: true}}
"""


async def test_a_policy_in_yaml_is_told_as_it_was_written(maker: RegistryMaker) -> None:
    registry = await maker.make(oidc_policy=FULL)

    assert registry.facts["oidc_policy"] == FULL
    assert await maker.caller.get(registry.path) == registry.facts


async def test_a_list_of_statements_is_told_as_json(maker: RegistryMaker) -> None:
    statements = [{"iss": ISSUER, "claims": {"organization_slug": "x", "step_key": None}}]

    registry = await maker.make(oidc_policy=statements)

    assert registry.facts["oidc_policy"] == (
        f'[{{"iss":"{ISSUER}","claims":{{"organization_slug":"x","step_key":null}}}}]'
    )


@pytest.mark.parametrize("given", [None, "", " \n"])
async def test_a_blank_policy_is_none(maker: RegistryMaker, given: str | None) -> None:
    registry = await maker.make(oidc_policy=FULL)

    changed = await maker.caller.put(registry.path, {"oidc_policy": given})

    assert changed["oidc_policy"] is None
    assert (await maker.make("Other", oidc_policy=given)).facts["oidc_policy"] is None


@pytest.mark.parametrize("given", [[], "[]"])
async def test_a_policy_may_have_no_statement(maker: RegistryMaker, given: object) -> None:
    assert (await maker.make(oidc_policy=given)).facts["oidc_policy"] == "[]"


def policy(**statement: Any) -> list[dict[str, Any]]:
    """A policy whose second statement has these fields; None takes one away."""
    whole = {"iss": ISSUER, "claims": {"organization_slug": "sandbox"}, **statement}
    return [
        {"iss": ISSUER, "claims": {"organization_slug": "sandbox"}},
        {name: value for name, value in whole.items() if value is not None},
    ]


def rule(matchers: object) -> list[dict[str, Any]]:
    """A policy whose second statement has one rule, about `build_branch`."""
    return policy(claims={"build_branch": matchers})


SECOND = "OIDC policy statement 2"
KNOWN_SCOPES = "read_packages, write_packages, delete_packages"
KNOWN_MATCHERS = "equals, not_equals, in, not_in, matches"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("iss: x", "OIDC policy must be a list of statements"),
        ("# nothing", "OIDC policy must be a list of statements"),
        ("~", "OIDC policy must be a list of statements"),
        ("- a: [", "OIDC policy: line 2, column 1: expected YAML, but "),
        ("- &a {iss: x}\n- *a", "OIDC policy: line 1: expected simple YAML, without an anchor"),
        ("- iss: x\n  iss: y", "OIDC policy: the key iss stands there more than once"),
        (f"- iss: {'x' * 32_768}", "OIDC policy is too long (maximum is 32,768 bytes)"),
        ("- x", "OIDC policy statement 1 must be a mapping of iss, scopes, claims"),
        (policy(iss=None), f"{SECOND} must have an iss: the address of an issuer"),
        (policy(iss=7), f"{SECOND} must have an iss: the address of an issuer"),
        (policy(iss="buildkite"), f"{SECOND} must have an iss: the address of an issuer"),
        (policy(iss="https://a b"), f"{SECOND} must have an iss: the address of an issuer"),
        (
            policy(build_branch="main"),
            f"{SECOND} has an unknown field: build_branch; what a token claims belongs in claims",
        ),
        (policy(scopes="read_packages"), f"{SECOND} must have a list of scopes"),
        (policy(scopes=[]), f"{SECOND} must have a list of scopes"),
        (
            policy(scopes=["read_packages", "read_registries"]),
            f"{SECOND} has an unknown scope: read_registries; there are {KNOWN_SCOPES}",
        ),
        (policy(scopes=[["a"]]), f"{SECOND} has an unknown scope: ['a']; there are {KNOWN_SCOPES}"),
        (policy(claims=None), f"{SECOND} must have claims: a mapping with at least one rule"),
        (policy(claims={}), f"{SECOND} must have claims: a mapping with at least one rule"),
        (policy(claims=["a"]), f"{SECOND} must have claims: a mapping with at least one rule"),
        (
            rule(["main"]),
            f"{SECOND} must say of build_branch what it is, or have a mapping of matchers",
        ),
        (rule({}), f"{SECOND} must say of build_branch what it is, or have a mapping of matchers"),
        (
            rule({"equals": "main", "like": "m"}),
            f"{SECOND} has an unknown matcher for build_branch: like; there are {KNOWN_MATCHERS}",
        ),
        (
            rule({"equals": ["main"]}),
            f"{SECOND} must have, for build_branch, a scalar after equals",
        ),
        (
            rule({"not_equals": {"a": 1}}),
            f"{SECOND} must have, for build_branch, a scalar after not_equals",
        ),
        (rule({"in": "main"}), f"{SECOND} must have, for build_branch, a list of scalars after in"),
        (
            rule({"not_in": [["main"]]}),
            f"{SECOND} must have, for build_branch, a list of scalars after not_in",
        ),
        (
            rule({"matches": 1}),
            f"{SECOND} must have, for build_branch, a glob, or a list of globs, after matches",
        ),
        (
            rule({"matches": ["main", None]}),
            f"{SECOND} must have, for build_branch, a glob, or a list of globs, after matches",
        ),
        ({"iss": ISSUER}, "Expected `str | array | null`, got `object` - at `$.oidc_policy`"),
        (["x"], "Expected `object`, got `str` - at `$.oidc_policy[0]`"),
    ],
)
async def test_what_cannot_be_a_policy_is_refused_and_changes_nothing(
    maker: RegistryMaker, given: object, reason: str
) -> None:
    registry = await maker.make(oidc_policy=FULL)

    for call in (
        maker.caller.post(maker.registries, {"name": "N", "ecosystem": "a", "oidc_policy": given}),
        maker.caller.put(registry.path, {"description": "New", "oidc_policy": given}),
    ):
        with pytest.raises(Refused) as refused:
            await call
        assert refused.value.status == 422
        assert (refused.value.message or "").startswith(f"Validation failed: {reason}")

    assert await maker.caller.get(maker.registries) == [registry.facts]
