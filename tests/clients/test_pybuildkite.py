"""pybuildkite, unmodified, against a server on a port: it sends `page=0` and slashes at the end."""

import httpx
import pytest
from pybuildkite.buildkite import Buildkite
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
