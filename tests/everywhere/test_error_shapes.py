"""Every refusal of every API: its status, and JSON in the form that the API's clients read."""

from dataclasses import dataclass, field

import httpx
import pytest

from mock_buildkite.refusals import NOT_IMPLEMENTED_HEADER
from tests.actors import STREAM_PATH, Administrator
from tests.server import Served


def message_of(answer: httpx.Response) -> str:
    """The form of the Agent API, of REST and of the controls."""
    assert list(answer.json()) == ["message"]
    message: str = answer.json()["message"]
    return message


def first_error_of(answer: httpx.Response) -> str:
    """The form of GraphQL."""
    assert list(answer.json()) == ["errors"]
    (error,) = answer.json()["errors"]
    message: str = error["message"]
    return message


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request, and the status of the refusal it meets."""

    status: int
    method: str
    path: str
    token: str = ""
    """The fact that holds the token to present; a scheme and `{}` for it."""
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path[:40]}"


AGENT_TOKEN = "Token {agent_token}"  # noqa: S105 - the name of a fact
BEARER = "Bearer {api_access_token}"
GZIP = {"Content-Encoding": "gzip"}
LONG = {"X-Long": "x" * 40_000}
FOREIGN = {"Origin": "https://evil.example"}
REBOUND = {"Host": "evil.example"}
LARGE = b" " * (1024 * 1024 + 1)
LARGE_SEED = b" " * (16 * 1024 * 1024 + 1)

IN_MESSAGES = [
    Refusal(401, "POST", "/v3/register"),
    Refusal(401, "POST", "/v3/register", BEARER),
    Refusal(401, "GET", "/v3/ping", AGENT_TOKEN),
    Refusal(401, "GET", "/v3/metrics", BEARER),
    Refusal(401, "POST", "/v3/jobs/1/chunks?sequence=1&offset=0&size=1", AGENT_TOKEN, GZIP),
    Refusal(401, "POST", "/v3/jobs/1/header_times", AGENT_TOKEN),
    Refusal(401, "POST", "/v3/jobs/1/data/get", AGENT_TOKEN),
    Refusal(401, "POST", "/v3/builds/1/data/keys"),
    Refusal(401, "POST", "/v3/jobs/1/annotations", BEARER),
    Refusal(401, "DELETE", "/v3/jobs/1/annotations/a%2Eb%2Fc", AGENT_TOKEN),
    Refusal(401, "GET", "/v3/jobs/1/secrets?key=A", AGENT_TOKEN),
    Refusal(401, "POST", "/v3/jobs/1/oidc/tokens", BEARER),
    Refusal(401, "POST", "/v3/jobs/1/repository_access_token"),
    Refusal(400, "POST", "/v3/register", AGENT_TOKEN, content=b"["),
    Refusal(422, "POST", "/v3/register", AGENT_TOKEN, content=b'{"name": 1}'),
    Refusal(422, "POST", "/v3/register", AGENT_TOKEN, content=b'{"meta_data": ["queue=none"]}'),
    Refusal(422, "GET", "/v3/metrics/queue", AGENT_TOKEN),
    Refusal(413, "POST", "/v3/register", AGENT_TOKEN, content=LARGE),
    Refusal(415, "POST", "/v3/register", AGENT_TOKEN, GZIP),
    Refusal(401, "POST", "/v3/jobs/1/artifacts", AGENT_TOKEN),
    Refusal(401, "PUT", "/v3/jobs/1/artifacts"),
    Refusal(401, "GET", "/v3/builds/1/artifacts/search", BEARER),
    Refusal(404, "GET", "/artifacts/1"),
    Refusal(403, "GET", "/artifacts/1/a.txt", BEARER),
    Refusal(403, "GET", "/artifacts/1/a.txt?expires=9&signature=0"),
    Refusal(403, "PUT", "/artifacts/1/parts/1"),
    Refusal(403, "POST", "/artifacts/batches/1"),
    Refusal(401, "POST", "/_github/secret-scanning/alerts"),
    Refusal(401, "POST", "/_github/secret-scanning/alerts", BEARER),
    Refusal(404, "POST", "/_github/secret-scanning"),
    Refusal(405, "GET", "/_github/secret-scanning/alerts"),
    Refusal(413, "POST", "/_github/secret-scanning/alerts", content=LARGE_SEED),
    Refusal(415, "POST", "/_github/secret-scanning/alerts", headers=GZIP),
    Refusal(405, "DELETE", "/artifacts/1/a.txt"),
    Refusal(404, "GET", "/v3", AGENT_TOKEN),
    Refusal(404, "GET", "/v3/unknown", AGENT_TOKEN),
    Refusal(405, "POST", "/v3/ping", AGENT_TOKEN),
    Refusal(405, "OPTIONS", "/v3/register", AGENT_TOKEN),
    Refusal(431, "GET", "/v3/ping", headers=LONG),
    Refusal(403, "GET", "/v3/ping", headers=FOREIGN),
    Refusal(403, "GET", "/v3/ping", headers=REBOUND),
    Refusal(401, "POST", STREAM_PATH),
    Refusal(404, "POST", STREAM_PATH + "/more"),
    Refusal(405, "GET", STREAM_PATH),
    Refusal(403, "POST", STREAM_PATH, headers=FOREIGN),
    Refusal(401, "GET", "/v2/organizations"),
    Refusal(401, "GET", "/v2/organizations", AGENT_TOKEN),
    Refusal(401, "GET", "/v2/unknown"),
    Refusal(401, "DELETE", "/v2/organizations"),
    Refusal(401, "GET", "/v2/organizations/sandbox/emojis"),
    Refusal(405, "OPTIONS", "/v2/organizations", BEARER),
    Refusal(404, "GET", "/v2/unknown", BEARER),
    Refusal(404, "GET", "/v2/organizations/unknown", BEARER),
    Refusal(400, "GET", "/v2/organizations?page=-1", BEARER),
    Refusal(400, "GET", "/v2/organizations?per_page=many", BEARER),
    Refusal(404, "GET", "/v2/organizations/sandbox/agents/1", BEARER),
    Refusal(404, "PUT", "/v2/organizations/sandbox/agents/1/stop", BEARER, content=b"["),
    Refusal(404, "PATCH", "/v2/organizations/sandbox/clusters/%00", BEARER),
    Refusal(404, "GET", "/v2/organizations/sandbox%2Fclusters", BEARER),
    Refusal(400, "POST", "/v2/organizations/sandbox/clusters", BEARER, content=b"["),
    Refusal(400, "POST", "/v2/organizations/sandbox/clusters", BEARER, content=b"[]"),
    Refusal(422, "POST", "/v2/organizations/sandbox/clusters", BEARER),
    Refusal(422, "POST", "/v2/organizations/sandbox/clusters", BEARER, content=b'{"name": 1}'),
    Refusal(413, "POST", "/v2/organizations/sandbox/clusters", BEARER, content=LARGE),
    Refusal(413, "GET", "/v2/organizations", BEARER, content=LARGE),
    Refusal(415, "GET", "/v2/organizations", BEARER, GZIP, content=b"{}"),
    Refusal(431, "GET", "/v2/organizations", headers=LONG),
    Refusal(403, "GET", "/v2/organizations", headers=FOREIGN),
    Refusal(404, "GET", "/v2/organizations/sandbox/pipelines/unknown", BEARER),
    Refusal(404, "POST", "/v2/organizations/sandbox/pipelines/unknown/builds", BEARER),
    Refusal(404, "GET", "/v2/organizations/sandbox/jobs/%00", BEARER),
    Refusal(404, "PUT", "/v2/organizations/sandbox/jobs/1/unblock", BEARER, content=b"["),
    Refusal(400, "POST", "/v2/organizations/sandbox/pipelines", BEARER, content=b"["),
    Refusal(400, "GET", "/v2/builds?state=started", BEARER),
    Refusal(400, "GET", "/v2/builds?finished_from=never", BEARER),
    Refusal(404, "GET", "/v2/organizations/sandbox/portals/a%2Fb", BEARER),
    Refusal(422, "POST", "/v2/organizations/sandbox/portals", BEARER),
    Refusal(401, "POST", "/organizations/sandbox/portals/a"),
    Refusal(401, "POST", "/organizations/sandbox/portals/a", BEARER),
    Refusal(413, "POST", "/organizations/sandbox/portals/a", BEARER, content=LARGE),
    Refusal(415, "POST", "/organizations/sandbox/portals/a", BEARER, GZIP),
    Refusal(400, "POST", "/organizations/sandbox/portals/a/tokens"),
    Refusal(400, "POST", "/organizations/sandbox/portals/a/tokens", content=b"["),
    Refusal(422, "POST", "/organizations/sandbox/portals/a/tokens", content=b'{"secret": 1}'),
    Refusal(404, "POST", "/organizations/sandbox/portals/a/codes"),
    Refusal(404, "GET", "/organizations/sandbox/portals/a/codes/1"),
    Refusal(405, "GET", "/organizations/sandbox/portals/a"),
    Refusal(404, "GET", "/organizations/sandbox"),
    Refusal(403, "POST", "/organizations/sandbox/portals/a", headers=FOREIGN),
    Refusal(431, "POST", "/organizations/sandbox/portals/a", headers=LONG),
    Refusal(404, "PUT", "/v2/packages/organizations/sandbox/registries/images", BEARER),
    Refusal(401, "POST", "/packages/sandbox/fruits/pypi"),
    Refusal(404, "POST", "/packages/sandbox/fruits/pypi", BEARER),
    Refusal(401, "GET", "/packages/sandbox/fruits/pypi/simple/", AGENT_TOKEN),
    Refusal(401, "GET", "/packages/sandbox/fruits/pypi/files/a%2Fb"),
    Refusal(404, "GET", "/packages/sandbox/fruits/pypi/simple/", BEARER),
    Refusal(404, "GET", "/packages/sandbox/fruits"),
    Refusal(405, "PUT", "/packages/sandbox/fruits/pypi", BEARER),
    Refusal(403, "GET", "/packages/sandbox/fruits/pypi/simple/", headers=FOREIGN),
    Refusal(422, "POST", "/_mock/registries/sandbox/fruits/temporary-tokens", content=b"{}"),
    Refusal(404, "GET", "/_mock/portals/sandbox/a/tokens"),
    Refusal(404, "POST", "/_mock/portals/unknown/a/secrets"),
    Refusal(404, "POST", "/_mock/portal-codes/1/approve"),
    Refusal(422, "POST", "/_mock/portal-codes/1/approve", content=b'{"user": 1}'),
    Refusal(400, "POST", "/_mock/clock", content=b"now"),
    Refusal(422, "POST", "/_mock/clock", content=b"{}"),
    Refusal(422, "POST", "/_mock/clock", content=b'{"advance_seconds": -1}'),
    Refusal(422, "POST", "/_mock/seed", content=b'{"organizations": [{"slug": ""}]}'),
    Refusal(413, "POST", "/_mock/clock", content=LARGE),
    Refusal(413, "POST", "/_mock/reset", content=LARGE),
    Refusal(413, "POST", "/_mock/seed", content=LARGE_SEED),
    Refusal(415, "POST", "/_mock/seed", headers=GZIP),
    Refusal(404, "GET", "/_mock"),
    Refusal(404, "GET", "/_mock/unknown"),
    Refusal(405, "GET", "/_mock/reset"),
    Refusal(431, "POST", "/_mock/reset", headers=LONG),
    Refusal(403, "POST", "/_mock/reset", headers=FOREIGN),
    Refusal(403, "POST", "/_mock/reset", headers=REBOUND),
    Refusal(404, "GET", "/healthz/more"),
    Refusal(405, "POST", "/healthz"),
    Refusal(403, "GET", "/healthz", headers=FOREIGN),
    Refusal(404, "GET", "/.well-known/unknown"),
    Refusal(405, "POST", "/.well-known/jwks"),
    Refusal(403, "GET", "/.well-known/jwks", headers=FOREIGN),
    Refusal(404, "GET", "/"),
    Refusal(404, "GET", "/unknown"),
    Refusal(404, "POST", "/v4/register", AGENT_TOKEN),
    Refusal(403, "GET", "/unknown", headers=FOREIGN),
    Refusal(431, "GET", "/unknown", headers=LONG),
]

IN_ERRORS = [
    Refusal(status, method, path, token, headers, content)
    for path in ("/v1", "/graphql")
    for status, method, token, headers, content in [
        (401, "POST", "", {}, b"{}"),
        (401, "POST", AGENT_TOKEN, {}, b"{}"),
        (400, "POST", BEARER, {}, b""),
        (400, "POST", BEARER, {}, b"["),
        (400, "POST", BEARER, {}, b'{"query": 1}'),
        (413, "POST", BEARER, {}, LARGE),
        (415, "POST", BEARER, GZIP, b"{}"),
        (405, "GET", BEARER, {}, b""),
        (405, "OPTIONS", BEARER, {}, b""),
        (431, "POST", BEARER, LONG, b"{}"),
        (403, "POST", BEARER, FOREIGN, b"{}"),
        (403, "POST", BEARER, REBOUND, b"{}"),
        (200, "POST", BEARER, {}, b'{"query": "{"}'),
        (200, "POST", BEARER, {}, b'{"query": "{ unknown }"}'),
    ]
] + [Refusal(404, "POST", "/v1/", BEARER), Refusal(404, "POST", "/graphql/more", BEARER)]

IN_FIELDS = [
    Refusal(422, "POST", "/v2/organizations/sandbox/pipelines", BEARER),
    Refusal(422, "POST", "/v2/organizations/sandbox/pipelines", BEARER, content=b'{"name": 1}'),
    Refusal(
        422,
        "POST",
        "/v2/organizations/sandbox/pipelines",
        BEARER,
        content=b'{"name": "A", "repository": "r", "configuration": "steps: 1"}',
    ),
    Refusal(
        422,
        "POST",
        "/v2/organizations/sandbox/pipelines",
        BEARER,
        content=b'{"name": "A", "repository": "r", "steps": [{"env": [1]}]}',
    ),
]

NOT_IMPLEMENTED = [
    *(
        Refusal(405, method, path, AGENT_TOKEN)
        for method, path in [
            ("POST", "/v3/stacks/register"),
            ("GET", "/v3/cache_registries/default/peek"),
        ]
    ),
    *(
        Refusal(405, method, path, BEARER)
        for method, path in [
            ("GET", "/v2/organizations/sandbox/emojis"),
            ("GET", "/v2/organizations/sandbox/emojis/"),
            ("GET", "/v2/organizations/unknown/emojis"),
            ("POST", "/v2/organizations/sandbox/teams/enable"),
            ("PATCH", "/v2/organizations/sandbox/services/a%2Fb"),
            ("POST", "/v2/packages/organizations/sandbox/registries/images/packages"),
        ]
    ),
]


async def answer_to(server: Served, refusal: Refusal) -> httpx.Response:
    headers = dict(refusal.headers)
    if refusal.token:
        headers["Authorization"] = refusal.token.format(**server.facts)
    return await server.http.request(
        refusal.method, refusal.path, headers=headers, content=refusal.content
    )


@pytest.mark.parametrize("refusal", IN_FIELDS, ids=str)
async def test_what_pipelines_and_builds_cannot_be_is_told_by_field(
    server: Served, refusal: Refusal
) -> None:
    answer = await answer_to(server, refusal)

    assert answer.status_code == refusal.status
    assert list(answer.json()) == ["message", "errors"]
    assert answer.json()["message"] == "Validation Failed"
    assert {tuple(error) for error in answer.json()["errors"]} == {("field", "code")}


@pytest.mark.parametrize("refusal", IN_MESSAGES + NOT_IMPLEMENTED, ids=str)
async def test_most_apis_refuse_with_a_message(server: Served, refusal: Refusal) -> None:
    answer = await answer_to(server, refusal)

    assert answer.status_code == refusal.status
    assert answer.headers["content-type"] == "application/json"
    assert message_of(answer)


@pytest.mark.parametrize("refusal", IN_ERRORS, ids=str)
async def test_graphql_refuses_with_errors(server: Served, refusal: Refusal) -> None:
    answer = await answer_to(server, refusal)

    assert answer.status_code == refusal.status
    assert answer.headers["content-type"] == "application/json"
    assert first_error_of(answer)


async def test_an_address_that_a_token_does_not_allow_is_forbidden(
    server: Served, admin: Administrator
) -> None:
    blocked = await admin.create_agent_token(allowedIpAddresses="10.0.0.0/8")

    answer = await answer_to(
        server, Refusal(403, "POST", "/v3/register", f"Token {blocked['value']}")
    )

    assert answer.status_code == 403
    assert "IP address" in message_of(answer)


@pytest.mark.parametrize("refusal", NOT_IMPLEMENTED, ids=str)
async def test_what_is_not_implemented_is_refused_by_its_name(
    server: Served, refusal: Refusal
) -> None:
    answer = await answer_to(server, refusal)

    name = answer.headers[NOT_IMPLEMENTED_HEADER]
    assert name
    assert answer.json() == {"message": f"mock-buildkite does not implement {name}"}


@pytest.mark.parametrize("refusal", IN_MESSAGES + IN_ERRORS, ids=str)
async def test_only_that_claims_not_to_be_implemented(server: Served, refusal: Refusal) -> None:
    answer = await answer_to(server, refusal)

    assert NOT_IMPLEMENTED_HEADER not in answer.headers
