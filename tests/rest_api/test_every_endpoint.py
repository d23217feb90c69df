"""What all endpoints have in common: scopes, slashes, methods, pages, what is refused by name."""

import pytest

from mock_buildkite.refusals import NOT_IMPLEMENTED_HEADER
from mock_buildkite.rest_api.app import ENDPOINTS
from mock_buildkite.rest_api.documented import documented
from mock_buildkite.rest_api.endpoints import Endpoint
from tests.actors import Refused, Visitor
from tests.rest_api.actors import Caller

UNKNOWN = "00000000-0000-4000-8000-000000000000"
OPEN = {"/", "/meta", "/access-token"}
SCOPED = [each for each in ENDPOINTS if each.path not in OPEN and each.methods != ("HEAD",)]
"""Those that need a scope, and have a body to say so in."""


def address(endpoint: Endpoint) -> str:
    """A path that leads to an endpoint, and to nothing that is there."""
    return "/".join(
        {"{organization}": "sandbox"}.get(segment, UNKNOWN if segment[:1] == "{" else segment)
        for segment in endpoint.path.split("/")
    )


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.methods[0]} {endpoint.path}"


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.path != "/"], ids=name)
def test_every_endpoint_is_a_documented_one(endpoint: Endpoint) -> None:
    assert (endpoint.methods[0], endpoint.path) in set(documented())


def test_no_endpoint_is_served_twice() -> None:
    served = [(method, each.path) for each in ENDPOINTS for method in each.methods]

    assert len(served) == len(set(served))


@pytest.mark.parametrize("endpoint", SCOPED, ids=name)
async def test_a_missing_scope_is_named_before_anything_is_looked_for(
    caller: Caller, endpoint: Endpoint
) -> None:
    nobody = await caller.with_scopes("graphql")
    path = address(endpoint).replace("/sandbox", "/nowhere")

    for method in endpoint.methods:
        answer = await nobody.send(method, path, content=b"[")

        assert answer.status_code == 403
        message = answer.json()["message"]
        assert message.startswith("Your access token doesn't have the ")
        assert message.endswith(" scope")


@pytest.mark.parametrize(
    "endpoint", [each for each in SCOPED if "{organization}" in each.path], ids=name
)
async def test_an_unknown_organization_is_found_missing_before_what_is_in_it(
    caller: Caller, endpoint: Endpoint
) -> None:
    path = address(endpoint).replace("/sandbox", "/nowhere")

    answer = await caller.send(endpoint.methods[0], path, content=b"[")

    assert (answer.status_code, answer.json()) == (404, {"message": "No organization found"})


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name)
async def test_nobody_is_told_anything_without_a_token(
    visitor: Visitor, endpoint: Endpoint
) -> None:
    answer = await visitor.send(endpoint.methods[0], f"/v2{address(endpoint)}", content=b"[")

    assert answer.status_code == (200 if endpoint.path in {"/", "/meta"} else 401)


@pytest.mark.parametrize("path", ["/organizations/sandbox", "/organizations", "/user", "/meta"])
async def test_a_slash_at_the_end_means_nothing(caller: Caller, path: str) -> None:
    answer = await caller.send("GET", f"{path}/", params={"per_page": 100})

    assert answer.status_code == 200
    assert answer.json() == await caller.get(path)


async def test_a_head_is_answered_as_a_get_without_a_body(caller: Caller) -> None:
    answer = await caller.send("HEAD", "/user")

    assert answer.status_code == 200


async def test_another_method_is_told_which_there_are(caller: Caller) -> None:
    answer = await caller.send("PUT", "/organizations/sandbox")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert NOT_IMPLEMENTED_HEADER not in answer.headers


async def test_what_is_documented_and_not_served_is_refused_by_name(caller: Caller) -> None:
    served = {(method, each.path) for each in ENDPOINTS for method in each.methods}
    missing = [each for each in documented() if each not in served]

    for method, path in missing:
        answer = await caller.send(method, path.replace("{", "").replace("}", ""))

        assert answer.status_code == 405
        assert answer.headers[NOT_IMPLEMENTED_HEADER] == f"{method} /v2{path}"
    assert missing


async def test_an_address_begins_with_the_authority_that_was_called(caller: Caller) -> None:
    answer = await caller.send("GET", "/organizations/sandbox", headers={"Host": "localhost:99"})

    assert answer.json()["url"] == "http://localhost:99/v2/organizations/sandbox"


async def test_every_answer_tells_how_much_may_still_be_asked(caller: Caller) -> None:
    before = await caller.send("GET", "/organizations/sandbox")
    refused = await caller.send("GET", "/organizations/nowhere")
    after = await caller.send("GET", "/organizations/sandbox")

    told = {name: value for name, value in before.headers.items() if name.startswith("ratelimit")}
    assert told == {
        "ratelimit-scope": "rest",
        "ratelimit-limit": "200",
        "ratelimit-remaining": "199",
        "ratelimit-reset": "60",
        "ratelimit-user-scope": "rest_user",
        "ratelimit-user-limit": "50",
        "ratelimit-user-remaining": "49",
        "ratelimit-user-reset": "60",
    }
    assert refused.headers["ratelimit-user-remaining"] == "48"
    assert "ratelimit-remaining" not in refused.headers
    assert after.headers["ratelimit-remaining"] == "198"
    assert after.headers["ratelimit-user-remaining"] == "47"


async def test_nobody_is_refused_for_asking_often(caller: Caller) -> None:
    for _ in range(51):
        answer = await caller.send("GET", "/user")

    assert answer.status_code == 200
    assert answer.headers["ratelimit-user-remaining"] == "0"
    assert answer.headers["ratelimit-user-warning"] == "You have exceeded your API rate limit."


async def test_a_refusal_of_what_was_never_written_is_json(caller: Caller) -> None:
    with pytest.raises(Refused) as refused:
        await caller.get("/nowhere")

    assert (refused.value.status, refused.value.message) == (404, "Not found")
