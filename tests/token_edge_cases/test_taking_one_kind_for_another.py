"""Section 7.2: one kind of token in the place of another, and forged ones.

| Case | Also in |
|---|---|
| 7 each kind at the doors of the others | `everywhere/test_every_kind_on_every_route.py` |
| 10 forged registry tokens | `registries/test_what_opens_a_registry.py` |
| 11 prefix, body and separator of two kinds | `agent_api/test_kinds_of_token.py` |
| 12 ids that are not written as minted | `agent_api/test_kinds_of_token.py` |
"""

import base64
import hmac
import json
from typing import Any

import pytest

from tests.server import Served
from tests.token_edge_cases.doors import Door
from tests.working_jobs import WorkingJob

PREFIX = "bkaj_"
HS512 = {"alg": "HS512"}


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(segment: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def forged(
    header: dict[str, Any], payload: dict[str, Any] | bytes, key: bytes, digest: str = "sha512"
) -> str:
    """A job token that somebody else has signed; with the server's own key, if it was stolen."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(content)}"
    signature = hmac.digest(key, signed.encode(), digest)
    return f"{PREFIX}{signed}.{encoded(signature)}"


@pytest.fixture
def door(doors: list[Door]) -> Door:
    """What a job token opens."""
    return next(each for each in doors if each.kind == "job token")


@pytest.fixture
def claims(job: WorkingJob) -> dict[str, Any]:
    """What the token of the job at work says."""
    said: dict[str, Any] = decoded(job.token.split(".")[1])
    return said


@pytest.fixture
def key(server: Served) -> bytes:
    """What the server signs job tokens with. Nobody else knows it: these tests suppose more."""
    return server.application.worlds.current.keys.job_tokens


async def test_a_job_token_says_whose_it_is(job: WorkingJob, claims: dict[str, Any]) -> None:
    organization = await job.builder.caller.get("/organizations/sandbox")

    assert decoded(job.token.removeprefix(PREFIX).split(".")[0]) == HS512
    assert list(claims) == ["sub", "aud", "iss", "exp", "iat", "organization_id"]
    assert (claims["sub"], claims["aud"]) == (job.uuid, job.taken.worker.uuid)
    assert claims["organization_id"] == organization["id"]


async def test_job_tokens_open_with_their_prefix_once(door: Door, job: WorkingJob) -> None:
    oidc = (await job.call("POST", f"jobs/{job.uuid}/oidc/tokens", {}))["token"]
    bare = job.token.removeprefix(PREFIX)

    for value in (bare, f"{PREFIX}{job.token}", oidc, f"{PREFIX}{oidc}", f"bkaa_{bare}"):
        assert not await door.opens_to(value)
    assert await door.opens_to(job.token)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "HS512", "kid": "../../dev/null"},
        {"alg": "HS512", "jku": "http://127.0.0.1:1/keys"},
        {"alg": "HS512", "crit": ["exp"]},
        {"alg": "HS512", "typ": "JWT"},
        {},
    ],
    ids=str,
)
async def test_a_job_token_with_another_header_is_unauthorized(
    door: Door, claims: dict[str, Any], key: bytes, header: dict[str, Any]
) -> None:
    token = forged(header, claims, key)
    unsigned = token.rpartition(".")[0]

    for value in (token, f"{unsigned}.", unsigned, forged(header, claims, key, "sha256")):
        assert not await door.opens_to(value)


async def test_a_job_token_signed_with_the_published_key_is_unauthorized(
    door: Door, claims: dict[str, Any], job: WorkingJob
) -> None:
    await job.call("POST", f"jobs/{job.uuid}/oidc/tokens", {})
    [published] = (await door.server.http.get("/.well-known/jwks")).json()["keys"]

    for key in (json.dumps(published).encode(), published["n"].encode(), b""):
        for header in (HS512, {"alg": "RS256", "kid": published["kid"]}):
            assert not await door.opens_to(forged(header, claims, key))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": "4102444800"},
        {"exp": 4102444800.5},
        {"exp": 10**30},
        {"exp": None},
        {"aud": ["a", "b"]},
        {"sub": "00000000-0000-4000-8000-000000000000"},
        {"iss": "somebody"},
        {"more": "x" * 2000},
    ],
    ids=lambda changes: str(changes)[:40],
)
async def test_a_job_token_with_other_claims_is_unauthorized(
    door: Door, claims: dict[str, Any], key: bytes, changes: dict[str, Any]
) -> None:
    assert not await door.opens_to(forged(HS512, claims | changes, key))


async def test_a_job_token_with_a_claim_twice_or_none_is_unauthorized(
    door: Door, claims: dict[str, Any], key: bytes
) -> None:
    text = json.dumps(claims)
    twice = f'{text[:-1]}, "sub": "{claims["sub"]}"}}'
    without = {name: value for name, value in claims.items() if name != "exp"}

    for payload in (twice.encode(), without, b"{}", b"[]", b"null", b"\xff", b""):
        assert not await door.opens_to(forged(HS512, payload, key))


async def test_the_prefix_of_one_kind_with_the_rest_of_another_is_unauthorized(
    doors: list[Door],
) -> None:
    rests = {door.value.partition("_")[2] for door in doors}

    for door in doors:
        prefix = door.value.partition("_")[0]
        for rest in rests:
            if f"{prefix}_{rest}" != door.value:
                assert not await door.opens_to(f"{prefix}_{rest}"), door.path
        for separator, other in ((".", "_"), ("_", ".")):
            head, found, tail = door.value.rpartition(separator)
            if found:
                assert not await door.opens_to(f"{head}{other}{tail}"), door.path


async def test_an_id_that_is_not_written_as_minted_is_unauthorized(doors: list[Door]) -> None:
    for door in doors:
        if door.kind == "job token":
            continue  # it has none
        prefix, _, rest = door.value.partition("_")
        separator = "." if "." in rest else "_"
        number, _, secret = rest.partition(separator)
        digits = base64.b64decode(f"{number}==")
        for written in (b"0" + digits, b"+" + digits, digits + b" "):
            segment = base64.b64encode(written).decode().rstrip("=")
            assert not await door.opens_to(f"{prefix}_{segment}{separator}{secret}"), door.path
        assert not await door.opens_to(f"{prefix}_{number}={separator}{secret}"), door.path
        assert not await door.opens_to(f"{prefix}_{secret}"), door.path
