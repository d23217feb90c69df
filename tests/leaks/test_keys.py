"""Where the keys come from that reports are verified with, and how long they are kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.responses import RedirectResponse, Response

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.leaks.actors import ALERTS, GitHub, KeyServer, Signer
from tests.server import Served

BODY = b"[]"
HOUR = 3600


@pytest.fixture
def settings(key_server: KeyServer) -> Settings:
    """Keys are listed by a server of the test's own."""
    return Settings(github_keys_url=key_server.url)


@pytest.fixture
def first(key_server: KeyServer) -> Signer:
    """Who signs at first."""
    signer = Signer("1" * 64)
    key_server.signers.append(signer)
    return signer


@pytest.fixture
def second() -> Signer:
    """Who is to sign later."""
    return Signer("2" * 64)


async def status(server: Served, signer: Signer) -> int:
    """That of the answer to a signed report."""
    response = await server.http.post(ALERTS, content=BODY, headers=signer.headers(BODY))
    return response.status_code


async def advance(server: Served, seconds: int) -> None:
    await server.http.post("/_mock/clock", json={"advance_seconds": seconds})


async def test_keys_are_fetched_once_for_many_reports(
    server: Served, key_server: KeyServer, first: Signer
) -> None:
    statuses = await asyncio.gather(*(status(server, first) for _ in range(20)))

    assert set(statuses) == {200}
    assert len(key_server.requests) == 1


async def test_a_key_that_is_not_current_is_believed_while_keys_rotate(
    server: Served, key_server: KeyServer, first: Signer, second: Signer
) -> None:
    key_server.signers.append(second)

    assert [await status(server, each) for each in (first, second)] == [200, 200]


async def test_a_new_key_is_fetched_when_a_report_names_it(
    server: Served, key_server: KeyServer, first: Signer, second: Signer
) -> None:
    await status(server, first)
    key_server.signers.append(second)
    await advance(server, 60)

    assert await status(server, second) == 200
    assert len(key_server.requests) == 2


async def test_a_flood_of_unknown_keys_is_no_flood_of_fetches(
    server: Served, key_server: KeyServer, first: Signer
) -> None:
    await status(server, first)
    await advance(server, 60)

    statuses = await asyncio.gather(
        *(status(server, Signer(f"{number:064x}")) for number in range(50))
    )

    assert set(statuses) == {401}
    assert len(key_server.requests) == 2
    assert await status(server, first) == 200


async def test_what_is_no_identifier_is_not_looked_for(
    server: Served, key_server: KeyServer, first: Signer
) -> None:
    await status(server, first)
    await advance(server, 60)

    assert await status(server, Signer("../../x")) == 401
    assert len(key_server.requests) == 1


async def test_a_key_that_has_left_the_list_is_believed_for_an_hour(
    server: Served, key_server: KeyServer, first: Signer, second: Signer
) -> None:
    await status(server, first)
    key_server.signers[:] = [second]
    await advance(server, HOUR - 1)
    before = await status(server, first)
    await advance(server, 1)

    assert (before, await status(server, first)) == (200, 401)
    assert await status(server, second) == 200


async def test_a_list_that_has_not_changed_is_not_sent_again(
    server: Served, key_server: KeyServer, first: Signer
) -> None:
    await status(server, first)
    await advance(server, HOUR)

    assert await status(server, first) == 200
    assert [("if-none-match" in each) for each in key_server.requests] == [False, True]


LARGE = json.dumps({"public_keys": [], "padding": "x" * 70_000})
FAILURES = {
    "an error": Response(status_code=500),
    "a page": Response("<html>"),
    "no list": Response('{"public_keys": 1}'),
    "an empty list": Response('{"public_keys": []}'),
    "more than 64 KiB": Response(LARGE),
    "something compressed": Response(b"", headers={"Content-Encoding": "gzip"}),
    "another host": RedirectResponse("http://localhost:1/keys"),
    "a circle": RedirectResponse("/keys"),
    "a 304 for nothing": Response(status_code=304),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_without_keys_reports_are_to_come_later(
    server: Served, key_server: KeyServer, first: Signer, failure: Response
) -> None:
    key_server.answer = failure
    before = await status(server, first)
    key_server.answer = None
    await advance(server, 60)

    assert (before, await status(server, first)) == (503, 200)


@pytest.mark.parametrize(
    "failure",
    [failure for name, failure in FAILURES.items() if "304" not in name],
    ids=[name for name in FAILURES if "304" not in name],
)
async def test_keys_stay_while_no_new_ones_can_be_had(
    server: Served, key_server: KeyServer, first: Signer, failure: Response
) -> None:
    await status(server, first)
    key_server.answer = failure
    await advance(server, HOUR)

    assert await status(server, first) == 200
    assert len(key_server.requests) >= 2


async def test_keys_on_another_curve_are_passed_over(
    server: Served, key_server: KeyServer, first: Signer
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    other, not_elliptic = Signer("a" * 64), Signer("b" * 64)
    other.private = ec.generate_private_key(ec.SECP384R1())
    not_elliptic.private = rsa.generate_private_key(65537, 2048)  # type: ignore[assignment]
    key_server.signers += [other, not_elliptic]

    assert await status(server, first) == 200
    assert await status(server, other) == 401


async def test_keys_may_come_from_a_file_that_is_written_anew(
    make_server: Callable[..., Awaitable[Served]], tmp_path: Path, clock: ManualClock
) -> None:
    path, signers = tmp_path / "keys.json", [Signer("1" * 64), Signer("2" * 64)]
    server = await make_server(Settings(github_keys_file=path), clock)
    statuses = [await status(server, signers[0])]
    for signer in signers:
        path.write_text(json.dumps({"public_keys": [signer.listed()]}))
        await advance(server, 60)
        statuses.append(await status(server, signer))

    assert statuses == [503, 200, 200]


async def test_elsewhere_than_on_loopback_nobody_is_believed_unless_told(
    make_server: Callable[..., Awaitable[Served]], clock: ManualClock
) -> None:
    server = await make_server(Settings(host="0.0.0.0"), clock)  # noqa: S104

    response = await GitHub(server).send(BODY)

    assert response.status_code == 503


async def test_the_own_key_is_kept_with_the_data(
    make_server: Callable[..., Awaitable[Served]], tmp_path: Path
) -> None:
    server = await make_server(Settings(data=tmp_path))
    before = (await server.http.get("/_mock/github/public_keys")).json()

    await server.http.post("/_mock/reset", json={})

    assert (await server.http.get("/_mock/github/public_keys")).json() == before
    assert (tmp_path / "github_key.pem").stat().st_mode & 0o777 == 0o600
    response = await GitHub(server).send(BODY)
    assert response.status_code == 200
