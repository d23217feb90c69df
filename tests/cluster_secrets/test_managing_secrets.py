"""Secrets over REST: made, listed, changed and deleted, and their values never shown."""

import base64
from typing import Any

import pytest

from tests.actors import Administrator, Refused, status_of
from tests.cluster_secrets.places import secrets_of
from tests.jobs import Job
from tests.rest_api.actors import Caller
from tests.server import Served

POLICY = "- pipeline_slug: app\n  build_branch: main"
VALUE = "hunter2-hunter2"


async def test_a_secret_is_shown_with_everything_but_its_value(
    server: Served, caller: Caller, secrets: str
) -> None:
    made = await caller.post(
        secrets, {"key": "DEPLOY_KEY", "value": VALUE, "description": "To deploy", "policy": POLICY}
    )

    cluster_url = f"{server.url}/v2{secrets.removesuffix('/secrets')}"
    organization = await caller.get("/organizations/sandbox")
    user = await caller.get("/user")
    kept = {name: made.pop(name) for name in ("id", "graphql_id")}
    assert base64.b64decode(kept["graphql_id"]).decode() == f"ClusterSecret---{kept['id']}"
    assert made == {
        "key": "DEPLOY_KEY",
        "description": "To deploy",
        "policy": POLICY,
        "url": f"{cluster_url}/secrets/{kept['id']}",
        "cluster_url": cluster_url,
        "created_at": "2026-01-01T00:00:00.000Z",
        "created_by": {name: user[name] for name in ("id", "name", "email")},
        "updated_at": "2026-01-01T00:00:00.000Z",
        "updated_by": None,
        "last_read_at": None,
        "organization": {name: organization[name] for name in ("id", "slug", "url", "web_url")},
    }
    assert await caller.get(caller.to(made["url"])) == {**kept, **made}
    assert await caller.get(secrets) == [{**kept, **made}]


async def test_creating_one_is_answered_with_201(caller: Caller, secrets: str) -> None:
    answer = await caller.send("POST", secrets, json={"key": "A", "value": "a"})

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Key can't be blank"),
        ({"key": "", "value": "v"}, "Key can't be blank"),
        ({"key": "1ST", "value": "v"}, "Key must start with a letter"),
        ({"key": "_X", "value": "v"}, "Key must start with a letter"),
        ({"key": "A-B", "value": "v"}, "only contain letters, numbers and underscores"),
        ({"key": "Ä", "value": "v"}, "only contain letters, numbers and underscores"),
        ({"key": "A\n", "value": "v"}, "only contain letters, numbers and underscores"),
        ({"key": "BuildKite_X", "value": "v"}, "can't start with 'buildkite' or 'bk'"),
        ({"key": "bK", "value": "v"}, "can't start with 'buildkite' or 'bk'"),
        ({"key": "A" * 256, "value": "v"}, "Key is too long (maximum is 255 characters)"),
        ({"key": "A"}, "Value can't be blank"),
        ({"key": "A", "value": " \n"}, "Value can't be blank"),
        ({"key": "A", "value": "é" * 4096}, "Value is too large (maximum is 8,191 bytes)"),
        ({"key": "A", "value": 1}, "Expected `str | null`, got `int` - at `$.value`"),
        ({"key": "A", "value": "v", "policy": "any"}, "Policy must be a list of rules"),
        ({"key": "A", "value": "v", "policy": "a: ["}, "Policy: line 2, column 1: expected YAML"),
        ({"key": "A", "value": "v", "policy": "#" * 32_769}, "Policy is too long"),
        ({"key": "A", "value": "v", "policy": "- {}"}, "rule 1 must have at least one claim"),
        ({"key": "A", "value": "v", "policy": "- branch: x"}, "has an unknown claim: branch"),
        ({"key": "A", "value": "v", "policy": "- build_branch: []"}, "what build_branch is"),
        ({"key": "A", "value": "v", "policy": "- build_branch: {a: b}"}, "what build_branch is"),
    ],
)
async def test_what_is_no_secret_is_refused_and_changes_nothing(
    caller: Caller, secrets: str, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(secrets, body)

    assert refused.value.status == 422
    assert refused.value.message.startswith("Validation failed: ")
    assert message in refused.value.message
    assert await caller.get(secrets) == []


async def test_keys_and_values_may_be_as_long_as_is_documented(
    caller: Caller, secrets: str
) -> None:
    made = await caller.post(secrets, {"key": "A" * 255, "value": "v" * 8191})

    assert made["key"] == "A" * 255


async def test_a_key_is_taken_in_every_case(caller: Caller, secrets: str) -> None:
    await caller.post(secrets, {"key": "DEPLOY_KEY", "value": "one"})

    with pytest.raises(Refused, match="Validation failed: Key has already been taken"):
        await caller.post(secrets, {"key": "deploy_key", "value": "two"})


async def test_a_policy_about_teams_is_refused_by_name(caller: Caller, secrets: str) -> None:
    policy = "- build_creator_team: 123e4567-e89b-12d3-a456-426614174000"

    answer = await caller.send("POST", secrets, json={"key": "A", "value": "v", "policy": policy})

    assert answer.status_code == 405
    assert "build_creator_team" in answer.headers["mock-buildkite-not-implemented"]
    assert await caller.get(secrets) == []


async def test_description_and_policy_are_changed_apart_from_the_value(
    caller: Caller, secrets: str, admin: Administrator, job: Job
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE, "policy": POLICY})
    await admin.advance(60)

    described = await caller.put(f"{secrets}/{made['id']}", {"description": "For tests"})
    opened = await caller.patch(f"{secrets}/{made['id']}", {"policy": ""})

    assert (described["description"], described["policy"]) == ("For tests", POLICY)
    assert (opened["description"], opened["policy"]) == ("For tests", "")
    assert described["updated_at"] == "2026-01-01T00:01:00.000Z"
    assert described["updated_by"] == made["created_by"]
    assert (await job.read_secret("A"))["value"] == VALUE


async def test_a_value_is_changed_at_an_address_of_its_own(
    caller: Caller, secrets: str, job: Job
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE})

    changed = await caller.put(f"{secrets}/{made['id']}/value", {"value": "another"})

    assert changed["updated_by"] == made["created_by"]
    assert "value" not in changed
    assert (await job.read_secret("A"))["value"] == "another"
    for body in ({}, {"value": ""}, {"value": "x" * 8192}):
        assert await status_of(caller.put(f"{secrets}/{made['id']}/value", body)) == 422
    assert (await job.read_secret("A"))["value"] == "another"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"key": "B"}, "The key parameter cannot be updated."),
        ({"key": None}, "The key parameter cannot be updated."),
        ({"value": "b"}, "The value parameter cannot be updated on this endpoint."),
    ],
)
async def test_key_and_value_cannot_be_changed_with_the_rest(
    caller: Caller, secrets: str, body: dict[str, Any], message: str
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE})

    with pytest.raises(Refused) as refused:
        await caller.put(f"{secrets}/{made['id']}", {**body, "description": "changed"})

    assert (refused.value.status, refused.value.message) == (422, message)
    assert await caller.get(secrets) == [made]


async def test_a_deleted_secret_is_gone_everywhere(caller: Caller, secrets: str, job: Job) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE})

    answer = await caller.send("DELETE", f"{secrets}/{made['id']}")

    assert answer.status_code == 204
    assert await caller.get(secrets) == []
    with pytest.raises(Refused, match="No secret found"):
        await caller.get(f"{secrets}/{made['id']}")
    assert await status_of(job.read_secret("A")) == 404


async def test_a_list_comes_in_pages_by_key(caller: Caller, secrets: str) -> None:
    for key in ("C", "A", "B"):
        await caller.post(secrets, {"key": key, "value": "v"})

    answer = await caller.send("GET", secrets, params={"per_page": 2})

    assert [each["key"] for each in answer.json()] == ["A", "B"]
    assert 'rel="next"' in answer.headers["link"]


async def test_maintainers_manage_secrets_and_other_members_do_not(
    server: Served, admin: Administrator, caller: Caller, secrets: str
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE})
    planted = await admin.seed(
        {
            "users": [
                {"email": f"{name}@sandbox.example", "api_access_tokens": [{"description": name}]}
                for name in ("keeper", "guest")
            ],
            "organizations": [
                {
                    "slug": "sandbox",
                    "members": [
                        {"email": "keeper@sandbox.example"},
                        {"email": "guest@sandbox.example"},
                    ],
                    "clusters": [
                        {"name": "Default cluster", "maintainers": ["keeper@sandbox.example"]}
                    ],
                }
            ],
        }
    )
    keeper, guest = (
        Caller(server, each["api_access_tokens"][0]["value"]) for each in planted["users"]
    )

    assert await status_of(keeper.post(secrets, {"key": "B", "value": "v"})) == 200
    for call in (
        guest.get(secrets),
        guest.get(f"{secrets}/{made['id']}"),
        guest.post(secrets, {}),
        guest.put(f"{secrets}/{made['id']}", {"description": "mine"}),
        guest.put(f"{secrets}/{made['id']}/value", {"value": "mine"}),
        guest.delete(f"{secrets}/{made['id']}"),
    ):
        assert await status_of(call) == 403
    assert [each["key"] for each in await keeper.get(secrets)] == ["A", "B"]


async def test_a_secret_of_another_cluster_or_organization_does_not_exist(
    server: Served, admin: Administrator, caller: Caller, secrets: str
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": VALUE})
    planted = await admin.seed(
        {"organizations": [{"slug": "rival"}, {"slug": "sandbox", "clusters": [{"name": "Other"}]}]}
    )
    rival, sandbox = planted["organizations"]
    stranger = Caller(server, rival["api_access_token"])
    other = sandbox["clusters"][0]["uuid"]

    assert await status_of(stranger.get(f"{secrets}/{made['id']}")) == 404
    theirs = secrets_of(server, server.facts["cluster_id"], "rival")
    assert await status_of(stranger.get(theirs)) == 404
    assert await status_of(stranger.delete(f"{theirs}/{made['id']}")) == 404
    elsewhere = secrets_of(server, other)
    assert await status_of(caller.get(f"{elsewhere}/{made['id']}")) == 404
    assert await status_of(caller.delete(f"{elsewhere}/{made['id']}")) == 404
    assert await caller.get(elsewhere) == []
    assert await caller.get(secrets) == [made]
