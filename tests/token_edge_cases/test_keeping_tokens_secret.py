"""Section 7.5: who gets to see a value, and who finds out that there is one.

Every test there is is watched (`secrecy.py`): a value is in the answer that made it, which no cache
may keep, and in no other answer, no log, no file (29, 30, 31). Here all is logged that can be, and
the data is in files.

| Case | Also in |
|---|---|
| 28 refused alike | `everywhere/test_every_kind_on_every_route.py` |
| 29 shown once | `graphql_api/test_cluster_agent_tokens.py`, `portals/test_tokens_of_portals.py` |
| 30 nothing in logs and files | `storage/test_the_data_directory.py`, in a process |
| 31 nothing in caches | `graphql_api/test_cluster_agent_tokens.py`, `portals/`, `oidc/` |
| 32 an id selects nothing | `agent_api/test_kinds_of_token.py` |
| 33 failures are limited | `test_failing_again_and_again.py` |
"""

import os
import subprocess

import pytest

from mock_buildkite.token_forms import recognising
from mock_buildkite.token_forms.recognising import Form
from tests.actors import Administrator
from tests.conftest import CHECKOUT
from tests.secrecy import CLIENTS
from tests.server import Served
from tests.token_edge_cases.doors import Door
from tests.working_jobs import WorkingJob

NAMES = ("access_token", "refresh_token", "secret", "device_code", "client_assertion", "token")
KINDS_OF_TEXT = {
    ".py",
    ".md",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".sql",
    ".graphql",
    ".html",
    ".go",
}


async def test_the_deprecated_field_of_an_agent_token_is_empty(admin: Administrator) -> None:
    await admin.create_unclustered_agent_token()
    slug = admin.facts["organization_slug"]
    fields = "agentTokens(first: 9) { edges { node { token } } }"

    data = await admin.graphql(
        f"query ($slug: ID!) {{ organization(slug: $slug) {{ {fields}"
        " clusters(first: 9) { edges { node { agentTokens(first: 9) { edges { node { token } } } }"
        " } } } }",
        slug=slug,
    )

    organization = data["organization"]
    [cluster] = organization["clusters"]["edges"]
    shown = [*organization["agentTokens"]["edges"], *cluster["node"]["agentTokens"]["edges"]]
    assert {each["node"]["token"] for each in shown} == {""}


async def test_nothing_that_is_presented_is_logged_wherever_it_stands(
    doors: list[Door], caplog: pytest.LogCaptureFixture
) -> None:
    for door in doors:
        named = dict.fromkeys(NAMES, door.value)
        places = {"X-Api-Key": door.value, "Proxy-Authorization": f"Bearer {door.value}"}
        await door.knock(params=named, headers=places)
        await door.server.http.request(door.method, door.path, json=named)
        await door.server.http.post(f"{door.path}/{door.value}", json=named)

    server_logged = [
        record.getMessage() for record in caplog.records if not record.name.startswith(CLIENTS)
    ]
    assert server_logged
    for door in doors:
        assert not [line for line in server_logged if door.value in line]


async def test_a_log_is_kept_as_the_job_wrote_it(job: WorkingJob) -> None:
    looks_like_a_token = f"bkua_{os.urandom(20).hex()}"

    await job.taken.write(f"the token is {looks_like_a_token}\n")

    log = await job.builder.caller.get(f"{job.path.removeprefix('/v2')}/log")
    assert log["content"] == f"the token is {looks_like_a_token}\n"


async def test_no_answer_with_a_value_may_be_kept(server: Served, admin: Administrator) -> None:
    cluster = f"/v2/organizations/sandbox/clusters/{server.facts['cluster_id']}"
    headers = {"Authorization": f"Bearer {admin.api_access_token}"}
    agent_token = {"Authorization": f"Token {server.facts['agent_token']}"}
    token = {"user": "admin@sandbox.example", "description": "x"}

    answers = [
        await server.http.post(f"{cluster}/tokens", json={"description": "x"}, headers=headers),
        await server.http.post("/v3/register", json={"name": "x"}, headers=agent_token),
        await server.http.post("/_mock/api-access-tokens", json=token),
        await server.http.post("/_mock/seed", json={"organizations": [{"slug": "other"}]}),
        await server.http.post("/_mock/reset"),
    ]

    assert [each.is_success for each in answers] == [True] * 5
    assert {each.headers.get("cache-control") for each in answers} == {"no-store"}


async def test_the_id_of_a_token_selects_nothing(doors: list[Door]) -> None:
    for door in doors:
        prefix, _, rest = door.value.partition("_")
        separator = "." if "." in rest else "_"
        number, _, secret = rest.partition(separator)
        for other in (secret[::-1], "0" * len(secret), "%", "*", ""):
            assert not await door.opens_to(f"{prefix}_{number}{separator}{other}"), door.path


def test_no_token_stands_in_a_file_of_this_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - wherever it is
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for name in listed.stdout.split("\0"):
        path = CHECKOUT / name
        if path.suffix in KINDS_OF_TEXT and path.is_file():
            text = path.read_text()
            found += [
                f"{name}:{text.count(chr(10), 0, each.start) + 1} {each.kind.name}"
                for each in recognising.find(text)
                if each.form is Form.EXACT
            ]

    assert not found
