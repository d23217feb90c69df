"""What an issuer publishes, and how long its key lives."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from mock_buildkite.clock import Clock
from mock_buildkite.settings import Settings
from tests.actors import Administrator
from tests.builders import Worker
from tests.jobs import Job
from tests.oidc.verifiers import Verifier
from tests.server import Served, serve_on_a_socket

PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


async def test_the_issuer_is_the_address_that_it_is_asked_at(server: Served) -> None:
    configuration = await Verifier(server).published("openid-configuration")

    assert configuration["issuer"] == server.url
    assert configuration["jwks_uri"] == f"{server.url}/.well-known/jwks"
    assert configuration["id_token_signing_alg_values_supported"] == ["RS256"]


async def test_the_published_key_is_public_only(server: Served) -> None:
    published = await Verifier(server).published("jwks")

    [key] = published["keys"]
    assert not PRIVATE & set(key)
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


async def test_pyjwts_own_client_verifies_a_token(socket_server: Served) -> None:
    job = await Job.on(await Worker(socket_server).start())

    claims = await Verifier(socket_server).claims_over_http(await job.oidc_token())

    assert claims["iss"] == socket_server.url


async def test_a_changed_token_is_not_good(server: Served, job: Job) -> None:
    header, payload, signature = (await job.oidc_token()).split(".")
    forged = f"{header}.{payload[:-4]}{payload[-4:].swapcase()}.{signature}"

    with pytest.raises(jwt.InvalidTokenError):
        await Verifier(server).claims(forged)


async def test_many_at_once_are_signed_with_one_key(server: Served, job: Job) -> None:
    tokens = await asyncio.gather(*(job.oidc_token() for _ in range(8)))

    [key] = (await Verifier(server).published("jwks"))["keys"]
    assert {jwt.get_unverified_header(token)["kid"] for token in tokens} == {key["kid"]}
    assert len({(await Verifier(server).claims(token))["jti"] for token in tokens}) == 8


async def test_each_world_in_memory_has_a_key_of_its_own(
    server: Served, admin: Administrator
) -> None:
    before = await Verifier(server).published("jwks")

    await admin.control("reset")

    assert await Verifier(server).published("jwks") != before


async def test_in_a_data_directory_the_key_survives_restarts_and_resets(tmp_path: Path) -> None:
    settings = replace(Settings(), data=tmp_path)
    async with serve_on_a_socket(settings, Clock()) as server:
        job = await Job.on(await Worker(server).start())
        token = await job.oidc_token()
        await Administrator(server).control("reset")
        after_reset = await Verifier(server).published("jwks")
    async with serve_on_a_socket(settings, Clock()) as server:
        later = await Verifier(server).published("jwks")

    path = tmp_path / "oidc_key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert later == after_reset
    assert later["keys"][0]["kid"] == jwt.get_unverified_header(token)["kid"]


async def test_no_key_is_drawn_before_one_is_asked_for(tmp_path: Path) -> None:
    async with serve_on_a_socket(replace(Settings(), data=tmp_path), Clock()) as server:
        await Worker(server).start()

        assert not (tmp_path / "oidc_key.pem").exists()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\n"])
async def test_a_key_that_cannot_be_read_is_no_reason_to_draw_another(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "oidc_key.pem"
    path.write_bytes(content)
    async with serve_on_a_socket(replace(Settings(), data=tmp_path), Clock()) as server:
        answer = await server.http.get("/.well-known/jwks")

    assert answer.status_code == 503
    assert "oidc_key.pem cannot be read" in answer.json()["message"]
    assert path.read_bytes() == content
