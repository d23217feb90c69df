"""Secrets that a seed brings along."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused, status_of
from tests.builders import Worker
from tests.cluster_secrets.places import secrets_of
from tests.jobs import Job, Work
from tests.rest_api.actors import Caller
from tests.server import Served


def sandbox_with(secrets: Any) -> dict[str, Any]:
    """A document that gives the first cluster secrets."""
    cluster = {"name": "Default cluster", "secrets": secrets}
    return {"organizations": [{"slug": "sandbox", "clusters": [cluster]}]}


async def test_a_mapping_has_keys_and_values(admin: Administrator, worker: Worker) -> None:
    planted = await admin.seed(sandbox_with({"DEPLOY_KEY": "one", "API_KEY": "two"}))

    job = await Job.on(worker)
    assert (await job.read_secret("DEPLOY_KEY"))["value"] == "one"
    assert (await job.read_secret("API_KEY"))["value"] == "two"
    [cluster] = planted["organizations"][0]["clusters"]
    assert [sorted(each) for each in cluster["secrets"]] == [["id", "key", "uuid"]] * 2
    assert [each["key"] for each in cluster["secrets"]] == ["DEPLOY_KEY", "API_KEY"]


async def test_a_list_says_more_about_each(
    server: Served, admin: Administrator, worker: Worker
) -> None:
    secret = {
        "key": "DEPLOY_KEY",
        "value": "v" * 32_768,
        "description": "To deploy",
        "policy": "- pipeline_slug: app",
    }
    await admin.seed(sandbox_with([secret]))

    caller = Caller(server, server.facts["api_access_token"])
    [shown] = await caller.get(secrets_of(server))
    assert shown["description"] == "To deploy"
    assert shown["policy"] == "- pipeline_slug: app"
    assert shown["created_by"] is None
    job = await Job.on(worker)
    other = await Job.on(await Worker(server).start("other"), Work("Other"))
    assert (await job.read_secret("deploy_key"))["value"] == secret["value"]
    assert await status_of(other.read_secret("DEPLOY_KEY")) == 403


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ({"BK_KEY": "v"}, "Key can't start with 'buildkite' or 'bk'"),
        ({"A": ""}, "Value can't be blank"),
        ({"A": "v" * 32_769}, "Value is too large (maximum is 32,768 bytes)"),
        ({"A": "v", "a": "w"}, "Key has already been taken"),
        ([{"key": "A", "value": "v", "policy": "- {}"}], "Policy rule 1 must have at least one"),
        (
            [{"key": "A", "value": "v", "policy": "- build_creator_team: x"}],
            "mock-buildkite does not implement the claim build_creator_team",
        ),
    ],
)
async def test_what_is_no_secret_refuses_the_document_and_names_the_place(
    server: Served, admin: Administrator, secrets: Any, message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await admin.seed(sandbox_with(secrets))

    assert refused.value.status == 422
    assert message in refused.value.message
    assert " - at `$.organizations[0].clusters[0].secrets[" in refused.value.message
    caller = Caller(server, server.facts["api_access_token"])
    assert await caller.get(secrets_of(server)) == []


@pytest.mark.parametrize("secrets", [{"PORT": 5432}, [{"key": "A"}], [{"key": "A", "valu": "v"}]])
async def test_a_wrong_form_is_refused_without_the_value(
    admin: Administrator, secrets: Any
) -> None:
    with pytest.raises(Refused) as refused:
        await admin.seed(sandbox_with(secrets))

    assert refused.value.status == 422
    assert "$.organizations[0].clusters[0].secrets[" in refused.value.message
    assert "5432" not in refused.value.message
