"""Addresses in answers: those that the request came to, or the public one."""

import httpx
import pytest

from tests.command_line.processes import serve


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "build.test"])
def test_addresses_are_built_on_the_name_that_the_request_came_to(name: str) -> None:
    with serve("--allowed-host", "build.test") as server:
        port = server.url.rpartition(":")[2]
        facts = httpx.post(
            f"{server.url}/_mock/reset", headers={"Host": f"{name}:{port}"}, trust_env=False
        ).json()

    assert facts["url"] == f"http://{name}:{port}"
    assert facts["agent_endpoint"] == f"http://{name}:{port}/v3"
    assert facts["env"]["BUILDKITE_GRAPHQL_URL"] == f"http://{name}:{port}/v1"


def test_a_public_address_is_the_one_in_every_answer() -> None:
    with serve("--public-url", "https://build.test/") as server:
        addresses = {
            value for name, value in server.facts.items() if name.endswith(("url", "endpoint"))
        }

    assert addresses == {
        "https://build.test",
        "https://build.test/v1",
        "https://build.test/v2",
        "https://build.test/v3",
    }
