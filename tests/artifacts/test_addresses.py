"""Addresses of uploads and downloads: signed, for a time, and without any token in them."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from mock_buildkite.settings import Settings
from tests.actors import Administrator
from tests.artifacts.actors import Uploader, announced, uploader_of
from tests.server import Served

CHANGES = {
    "no query": lambda url: url.partition("?")[0],
    "a later end": lambda url: url.replace("expires=1", "expires=9"),
    "another end": lambda url: url.replace("expires=", "expires=never"),
    "another signature": lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
    "a signature of other characters": lambda url: url[:-3] + "%C3%BC",
    "another name": lambda url: url.replace("/a.txt?", "/b.txt?"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_address_opens_nothing(uploader: Uploader, change: str) -> None:
    await uploader.upload("a.txt")
    [found] = await uploader.search("a.txt")
    changed = CHANGES[change](found["url"])

    refused = await uploader.http.get(changed)

    assert changed != found["url"]
    assert refused.status_code == 403
    assert refused.json() == {"message": "This address has no valid signature"}


async def test_a_download_lasts_ten_minutes(server: Served, uploader: Uploader) -> None:
    await uploader.upload("a.txt")
    [found] = await uploader.search("a.txt")
    admin = Administrator(server)

    await admin.advance(599)
    before = await uploader.http.get(found["url"])
    await admin.advance(1)
    after = await uploader.http.get(found["url"])

    assert before.status_code == 200
    assert after.status_code == 403
    assert after.json() == {"message": "This address has expired"}


async def test_an_upload_lasts_twelve_hours(server: Served, uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"), announced("b.txt", b"b"))
    admin = Administrator(server)

    await admin.advance(12 * 3600 - 1)
    before = await uploader.send_form(created, "a.txt", b"a")
    await admin.advance(1)
    after = await uploader.send_form(created, "b.txt", b"b")

    assert (before.status_code, after.status_code) == (204, 403)


async def test_an_address_is_for_one_act_on_one_thing(uploader: Uploader) -> None:
    await uploader.upload("a.txt", b"a")
    created = await uploader.create(announced("a.txt", b"other"))
    [found] = await uploader.search("a.txt")
    action = created["upload_instructions"]["action"]["url"]
    swapped = f"{action.partition('?')[0]}?{urlsplit(found['url']).query}"

    refused = await uploader.send_form(
        {**created, "upload_instructions": instructions(created, swapped)}, "a.txt", b"other"
    )
    put = await uploader.http.put(found["url"])

    assert refused.status_code == 403
    assert put.status_code == 405
    assert put.headers["Allow"] == "GET, HEAD"


async def test_addresses_hold_nothing_but_an_end_and_a_signature(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    await uploader.send_form(created, "a.txt", b"a")
    await uploader.report(*created["artifact_ids"])
    [found] = await uploader.search("a.txt")

    for url in (created["upload_instructions"]["action"]["url"], found["url"]):
        assert set(parse_qs(urlsplit(url).query)) == {"expires", "signature"}
        assert uploader.job.token not in url


async def test_addresses_are_under_the_public_one(
    make_server: Callable[[Settings], Awaitable[Served]],
) -> None:
    settings = Settings(public_url="https://ci.example/buildkite/")
    server = await make_server(settings)
    uploader = await uploader_of(server)

    created = await uploader.create(announced("a.txt", b"a"))

    action = created["upload_instructions"]["action"]
    path = action["path"]
    assert action["url"].startswith(f"https://ci.example{path}?")
    assert path.startswith("/buildkite/artifacts/batches/")


async def test_addresses_end_with_their_world(server: Served, uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    await uploader.upload("b.txt")
    [found] = await uploader.search("b.txt")

    await Administrator(server).control("reset")

    assert (await uploader.http.get(found["url"])).status_code == 404
    assert (await uploader.send_form(created, "a.txt", b"a")).status_code == 404


def instructions(created: dict[str, object], url: str) -> dict[str, object]:
    """The instructions for an upload, to another address."""
    given = created["upload_instructions"]
    assert isinstance(given, dict)
    return {**given, "action": {**given["action"], "url": url, "path": urlsplit(url).path}}
