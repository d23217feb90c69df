"""pybuildkite, unmodified, against a server on a port: it sends `page=0` and slashes at the end."""

import datetime as dt
from typing import Any

import httpx
import pytest
from pybuildkite.buildkite import Buildkite
from pybuildkite.builds import BuildState
from requests import HTTPError

from mock_buildkite.pytest_plugin import MockBuildkite


@pytest.fixture
def client(mock_buildkite: MockBuildkite, monkeypatch: pytest.MonkeyPatch) -> Buildkite:
    """A client of the administrator's."""
    monkeypatch.setenv("NO_PROXY", "*")
    client = Buildkite(per_page=2)
    client.base_url = f"{mock_buildkite.url}/v2/"
    client.set_access_token(mock_buildkite.api_access_token)
    return client


@pytest.fixture
def runners(mock_buildkite: MockBuildkite) -> list[str]:
    """The UUIDs of three connected agents."""
    return [connected(mock_buildkite, f"runner-{number}") for number in range(3)]


def connected(server: MockBuildkite, name: str) -> str:
    """Have an agent register and connect; its UUID."""
    with httpx.Client(base_url=f"{server.url}/v3/", trust_env=False) as http:
        by_token = {"Authorization": f"Token {server.agent_token}"}
        registered = http.post("register", json={"name": name}, headers=by_token).json()
        by_session = {"Authorization": f"Token {registered['access_token']}"}
        assert http.post("connect", headers=by_session).is_success
    uuid: str = registered["id"]
    return uuid


def test_it_finds_who_it_is_and_where(mock_buildkite: MockBuildkite, client: Buildkite) -> None:
    user = client.users().get_current_user()
    token = client.access_tokens().get_token()
    (listed,) = client.organizations().list_all()
    organization = client.organizations().get_org("sandbox")

    assert user["email"] == token["user"]["email"] == "admin@sandbox.example"
    assert listed == organization
    assert organization["graphql_id"] == mock_buildkite.organization_id


def test_it_asks_for_what_is_public_without_a_token(mock_buildkite: MockBuildkite) -> None:
    client = Buildkite()
    client.base_url = f"{mock_buildkite.url}/v2/"

    assert client.meta().get_meta_information()["webhook_ips"]


@pytest.mark.usefixtures("runners")
def test_it_walks_through_pages_of_agents(client: Buildkite) -> None:
    names: list[str] = []
    page: int | None = 0
    while page is not None:
        found = client.agents().list_all("sandbox", page=page, with_pagination=True)
        names += [agent["name"] for agent in found.body]
        page = found.next_page

    last = client.agents().list_all("sandbox", page=2, with_pagination=True)

    assert sorted(names) == ["runner-0", "runner-1", "runner-2"]
    assert (last.first_page, last.previous_page) == (1, 1)
    assert (last.next_page, last.last_page) == (None, None)


def test_it_filters_reads_and_stops_agents(client: Buildkite, runners: list[str]) -> None:
    (found,) = client.agents().list_all("sandbox", name="runner-1")

    assert found["id"] == runners[1]
    assert client.agents().get_agent("sandbox", runners[1]) == found
    assert client.agents().stop_agent("sandbox", runners[1], force=False) is True
    stopped = client.agents().get_agent("sandbox", runners[1])
    assert stopped["connection_state"] == "stopping"


def test_it_is_told_what_is_refused(client: Buildkite) -> None:
    with pytest.raises(HTTPError, match="404") as refused:
        client.agents().get_agent("sandbox", "nobody")

    answer = refused.value.response
    assert answer is not None
    assert answer.json() == {"message": "No agent found"}


def test_it_revokes_its_own_token(client: Buildkite) -> None:
    assert client.access_tokens().revoke_token() is True

    with pytest.raises(HTTPError, match="401"):
        client.access_tokens().get_token()


YAML = "steps: [{command: make, key: make}, {input: Go, key: go, fields: [{text: Who, key: who}]}]"


def test_it_makes_changes_and_deletes_pipelines(client: Buildkite) -> None:
    pipelines = client.pipelines()
    step = {"type": "script", "name": "Build", "command": "make"}

    of_steps = pipelines.create_pipeline("sandbox", "Older", "git@x:older.git", [step])
    of_yaml = pipelines.create_yaml_pipeline("sandbox", "Newer", "git@x:newer.git", YAML)
    changed = pipelines.update_pipeline("sandbox", "newer", description="The app")

    assert of_steps["steps"][0]["command"] == "make"
    assert of_yaml["configuration"] == YAML
    assert changed["description"] == "The app"
    assert [each["slug"] for each in pipelines.list_pipelines("sandbox")] == ["newer", "older"]
    assert pipelines.get_pipeline("sandbox", "newer") == changed
    assert pipelines.archive_pipeline("sandbox", "newer")["archived_at"] is not None
    assert pipelines.unarchive_pipeline("sandbox", "newer") == changed
    assert pipelines.delete_pipeline("sandbox", "older") is True


@pytest.fixture
def build(client: Buildkite) -> Any:
    """A build of the pipeline `app`."""
    client.pipelines().create_yaml_pipeline("sandbox", "App", "git@x:app.git", YAML)
    return client.builds().create_build(
        "sandbox", "app", "HEAD", "main", env={"A": "b"}, meta_data={"k": "v"}
    )


def test_it_makes_finds_cancels_and_rebuilds_builds(client: Buildkite, build: Any) -> None:
    builds = client.builds()

    again = builds.rebuild_build("sandbox", "app", 1)
    canceled = builds.cancel_build("sandbox", "app", 1)

    assert (build["state"], build["env"], build["meta_data"]) == (
        "scheduled",
        {"A": "b"},
        {"k": "v"},
    )
    assert (again["number"], again["rebuilt_from"]["id"]) == (2, build["id"])
    assert canceled["state"] == "canceled"
    assert builds.get_build_by_number("sandbox", "app", 1)["state"] == "canceled"
    assert [each["number"] for each in builds.list_all()] == [2, 1]
    assert [each["number"] for each in builds.list_all_for_org("sandbox", branch="main")] == [2, 1]


def test_it_filters_builds(client: Buildkite, build: Any) -> None:
    builds = client.builds()
    builds.cancel_build("sandbox", "app", build["number"])
    builds.create_build("sandbox", "app", "HEAD", "feature", message="Try it")

    def found(**filters: Any) -> list[int]:
        listed = builds.list_all_for_pipeline("sandbox", "app", **filters)
        return [each["number"] for each in listed]

    assert found() == [2, 1]
    assert found(states=[BuildState.CANCELED]) == [1]
    assert found(states=[BuildState.CANCELED, BuildState.SCHEDULED]) == [2, 1]
    assert found(branch="feature") == [2]
    assert found(branch=["feature", "main"]) == [2, 1]
    assert found(meta_data={"k": "v"}) == [1]
    assert found(created_to=dt.date(2020, 1, 1)) == []
    assert found(created_from=dt.date(2020, 1, 1)) == [2, 1]
    assert found(include_retried_jobs=True, creator=build["creator"]["id"]) == [2, 1]


def test_it_retries_unblocks_and_reads_jobs(client: Buildkite, build: Any) -> None:
    jobs = client.jobs()
    make, block = [job["id"] for job in build["jobs"]]

    environment = jobs.get_job_environment_variables("sandbox", "app", 1, make)
    unblocked = jobs.unblock_job("sandbox", "app", 1, block, {"who": "Vega"}, None)

    assert environment["env"]["BUILDKITE_COMMAND"] == "make"
    assert unblocked["state"] == "unblocked"
    with pytest.raises(HTTPError, match="400"):
        jobs.retry_job("sandbox", "app", 1, make)
