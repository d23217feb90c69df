"""Every kind of credential is tried on every route: it passes, or meets a 401 or a 403.

The routes are the application's own. One that no rule is about fails by its name.

Source: pages/agent/self_hosted/tokens.md and pages/apis of Buildkite's documentation; what they
leave open is `# Unverified:` where it is served.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from mock_buildkite.apis import APIS
from mock_buildkite.clock import ManualClock
from tests.everywhere.doors import Door, doors_of
from tests.everywhere.keyring import KINDS, REGISTRY, keyring
from tests.server import Served

SCHEMES = ("Token", "Bearer", "Basic")

EVERYBODY = frozenset(KINDS)
NOBODY: frozenset[str] = frozenset()
AGENT_TOKENS = frozenset({"an agent token", "an unclustered agent token"})
SESSIONS = frozenset({"a session token", "a session token of an older agent at work"})
JOBS = frozenset({"a job token", "a session token of an older agent at work"})
SCOPED = frozenset({"an API access token"})
SCOPELESS = frozenset({"an API access token without scopes"})
PORTAL_TOKENS = frozenset(
    {
        "a service token of a portal",
        "an ephemeral token of a portal",
        "a user's token of a portal",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who passes at the doors that a pattern matches. Whoever else comes meets a 401."""

    doors: str
    opened_by: frozenset[str]
    forbidden_to: frozenset[str] = NOBODY
    """Who is known, and meets a 403."""
    scheme: str = "Token"

    def expected(self, kind: str) -> str:
        """What becomes of a credential."""
        if kind in self.opened_by:
            return "passes"
        return "403" if kind in self.forbidden_to else "401"


RULES = [
    Rule("POST /v3/register", AGENT_TOKENS),
    Rule("GET /v3/token", AGENT_TOKENS),
    Rule("GET /v3/metrics*", AGENT_TOKENS),
    Rule("GET /v3/ping", SESSIONS),
    Rule("POST /v3/heartbeat", SESSIONS),
    Rule("POST /v3/connect", SESSIONS),
    Rule("POST /v3/disconnect", SESSIONS),
    Rule("POST /agentedge.v1.AgentEdgeService/StreamPings", SESSIONS),
    Rule("POST /v3/stop", SESSIONS | JOBS),
    Rule("POST /v3/pause", SESSIONS | JOBS),
    Rule("POST /v3/resume", SESSIONS | JOBS),
    Rule("PUT /v3/jobs/{uuid}/accept", SESSIONS),
    Rule("PUT /v3/jobs/{uuid}/acquire", SESSIONS),
    Rule("* /v3/jobs/{uuid}*", JOBS),
    Rule("* /v3/builds/{uuid}/*", JOBS),
    Rule("* /v3/steps/{name}*", JOBS),
    # Refused by name, whoever asks.
    Rule("* /v3/stacks/*", EVERYBODY),
    Rule("* /v3/cache_registries/*", EVERYBODY),
    Rule("* /v3/ai/*", EVERYBODY),
    Rule("POST /v1", SCOPED, forbidden_to=SCOPELESS, scheme="Bearer"),
    Rule("POST /graphql", SCOPED, forbidden_to=SCOPELESS, scheme="Bearer"),
    Rule("GET /v2/", EVERYBODY, scheme="Bearer"),
    Rule("GET /v2/meta", EVERYBODY, scheme="Bearer"),
    Rule("* /v2/access-token", SCOPED | SCOPELESS, scheme="Bearer"),
    Rule("* /v2/*", SCOPED, forbidden_to=SCOPELESS, scheme="Bearer"),
    Rule("POST /organizations/{organization}/portals/{portal}", PORTAL_TOKENS, scheme="Bearer"),
    # What opens these stands in the body, or is the code in the path.
    Rule("POST /organizations/{organization}/portals/{portal}/tokens", EVERYBODY),
    Rule("* /organizations/{organization}/portals/{portal}/codes*", EVERYBODY),
    Rule(
        "POST /packages/*",
        SCOPED | {"a temporary token to publish", "an OIDC token for a registry"},
        forbidden_to=SCOPELESS
        | {
            "a registry token",
            "a temporary token to install",
            "an OIDC token to install from a registry",
        },
        scheme="Bearer",
    ),
    Rule(
        "GET /packages/*",
        SCOPED
        | {
            "a registry token",
            "a temporary token to install",
            "an OIDC token for a registry",
            "an OIDC token to install from a registry",
        },
        forbidden_to=SCOPELESS | {"a temporary token to publish"},
        scheme="Bearer",
    ),
    # The address itself is signed: no header makes up for that.
    Rule("* /artifacts/*", NOBODY, forbidden_to=EVERYBODY),
    # GitHub signs, and has no credential.
    Rule("* /_github/*", NOBODY),
    Rule("* /_mock/*", EVERYBODY),
    Rule("GET /healthz", EVERYBODY),
    Rule("GET /.well-known/*", EVERYBODY),
]
"""The first one that matches is meant."""

REFUSED_BY_NAME = Rule("", SCOPED | SCOPELESS, scheme="Bearer")
"""For what the REST API does not serve: it says so to whoever may call at all."""

LAST = {"POST /v3/disconnect", "DELETE /v2/access-token", "POST /_mock/reset"}
"""Those that end what opens them."""


def rule_for(door: Door) -> Rule:
    if not door.is_served:
        return REFUSED_BY_NAME
    found = next((rule for rule in RULES if fnmatchcase(str(door), rule.doors)), None)
    assert found is not None, f"no rule says who may {door}: add one to RULES"
    return found


def attempts(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """A kind, the scheme it comes with, and what becomes of it.

    Every kind comes with the scheme that is read, so that it is the kind that is refused; those
    that pass come with the others too.
    """
    for kind in KINDS:
        yield kind, rule.scheme, rule.expected(kind)
    if rule.opened_by != EVERYBODY:
        for kind in sorted(rule.opened_by):
            for scheme in SCHEMES:
                if scheme != rule.scheme:
                    yield kind, scheme, "401"


async def complaints(server: Served, values: dict[str, str], door: Door, path: str) -> list[str]:
    """What is not as it should be at a door."""
    rule = rule_for(door)
    tried = list(attempts(rule))
    answers = await asyncio.gather(
        *(
            server.http.request(
                door.method,
                path,
                headers={"Authorization": f"{scheme} {values[kind]}"} if values[kind] else {},
            )
            for kind, scheme, _ in tried
        )
    )
    wrong, refusals = [], set()
    for (kind, scheme, expected), answer in zip(tried, answers, strict=True):
        status = answer.status_code
        met = str(status) if status in {401, 403} or status >= 500 else "passes"
        if met != expected:
            wrong.append(f"{door}: {kind} as {scheme} meets {status}, not {expected}")
        if met == expected == "401" and values[kind] and scheme == rule.scheme:
            refusals.add((answer.content, answer.headers["content-type"]))
    if len(refusals) > 1:
        wrong.append(f"{door}: some are told more than others: {refusals}")
    return wrong


@pytest.mark.parametrize("api", APIS)
async def test_a_credential_opens_its_own_doors_and_no_others(
    server: Served, clock: ManualClock, api: str
) -> None:
    values, portal = await keyring(server, clock)
    places = {"organization": "sandbox", "rest:path": "any", "number": "1"}
    if api == "organizations":
        places["portal"] = portal.facts["slug"]
    if api == "packages":
        places["registry"] = REGISTRY

    wrong = [
        complaint
        for door in sorted(doors_of(api), key=lambda door: str(door) in LAST)
        for complaint in await complaints(server, values, door, door.address(**places))
    ]

    assert not wrong, "\n".join(wrong)


def test_no_rule_is_about_routes_that_are_gone() -> None:
    doors = [door for api in APIS for door in doors_of(api) if door.is_served]

    assert {rule_for(door).doors for door in doors} == {rule.doors for rule in RULES}
