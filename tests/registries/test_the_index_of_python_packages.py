"""The index of a registry's Python packages: uploads, pages and files."""

import asyncio
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.registries.actors import Registry, RegistryMaker, basic, bearer, wheel
from tests.rest_api.actors import Caller
from tests.server import serve_in_process

JSON = "application/vnd.pypi.simple.v1+json"
PIP = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"


def contents_of(folder: Path) -> list[bytes]:
    """What is in the files of a folder, and of those in it."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def get(registry: Registry, path: str, accept: str = "text/html") -> httpx.Response:
    headers = {**bearer(registry.caller.api_access_token), "Accept": accept}
    return await registry.server.http.get(path, headers=headers)


@pytest.mark.parametrize("accept", [JSON, PIP, "application/vnd.pypi.simple.latest+json"])
async def test_an_index_in_json_tells_of_packages_and_files(
    registry: Registry, accept: str
) -> None:
    _, content = wheel()

    projects = await get(registry, f"{registry.index}/simple/", accept)
    files = await get(registry, f"{registry.index}/simple/banana/", accept)

    assert projects.headers["content-type"] == JSON
    assert projects.json() == {
        "meta": {"api-version": "1.1"},
        "projects": [{"name": "banana"}],
    }
    (file,) = files.json()["files"]
    assert files.json()["versions"] == ["1.0"]
    assert file.pop("upload-time").endswith("Z")
    assert file == {
        "filename": "banana-1.0-py3-none-any.whl",
        "url": f"{registry.index}/files/banana-1.0-py3-none-any.whl",
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        "size": len(content),
    }


async def test_an_index_in_html_has_a_link_for_each_file(registry: Registry) -> None:
    _, content = wheel()

    projects = await get(registry, f"{registry.index}/simple")
    files = await get(registry, f"{registry.index}/simple/banana")

    assert 'href="/packages/sandbox/fruits/pypi/simple/banana/"' in projects.text
    digest = hashlib.sha256(content).hexdigest()
    address = f"{registry.index}/files/banana-1.0-py3-none-any.whl#sha256={digest}"
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', files.text) == [
        (address, "banana-1.0-py3-none-any.whl")
    ]


async def test_a_file_comes_as_it_was_sent(registry: Registry) -> None:
    name, content = wheel()

    answer = await get(registry, f"{registry.index}/files/{name}")

    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "path", ["simple/apple/", "files/apple-1.0-py3-none-any.whl", "files/..%2F..%2Fkeys.json"]
)
async def test_what_is_not_there_is_not_found(registry: Registry, path: str) -> None:
    answer = await get(registry, f"{registry.index}/{path}")

    assert answer.status_code == 404


@pytest.mark.parametrize("spelled", ["Friendly_Bard", "friendly.bard", "FRIENDLY--BARD"])
async def test_the_name_of_a_package_can_be_spelled_in_many_ways(
    registry: Registry, spelled: str
) -> None:
    name, content = wheel("Friendly_Bard")

    await registry.upload((name, content), name=spelled)

    answer = await get(registry, f"{registry.index}/simple/{spelled}/", JSON)
    assert answer.json()["name"] == "friendly-bard"
    assert [each["filename"] for each in answer.json()["files"]] == [name]


@pytest.mark.parametrize(
    "filename",
    [
        "banana-1.0-1-py3-none-any.whl",
        "banana-1.0.tar.gz",
        "banana-1.0.zip",
        "Banana-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ],
)
async def test_wheels_and_source_archives_are_taken(registry: Registry, filename: str) -> None:
    answer = await registry.upload((filename, b"content"), requires_python=">=3.11")

    listed = await get(registry, f"{registry.index}/simple/banana/", JSON)
    page = await get(registry, f"{registry.index}/simple/banana/")
    assert answer.status_code == 200
    assert listed.json()["files"][-1]["requires-python"] == ">=3.11"
    assert 'data-requires-python="&gt;=3.11"' in page.text


@pytest.mark.parametrize(
    ("fields", "filename", "reason"),
    [
        ({":action": "submit"}, None, ":action must be file_upload"),
        ({"protocol_version": "2"}, None, "protocol_version must be 1"),
        ({"name": ""}, None, "name must be that of a Python package"),
        ({"name": "a/b"}, None, "name must be that of a Python package"),
        ({"version": "1 0"}, None, "version must be that of a Python package"),
        ({"name": "apple"}, None, "content must be a wheel (.whl) or a source archive"),
        ({"sha256_digest": "0" * 64}, None, "content has another sha256 digest"),
        ({"md5_digest": "0" * 32}, None, "content has another md5 digest"),
        ({}, "banana-1.0.exe", "content must be a wheel (.whl) or a source archive"),
        ({}, "banana.whl", "content must be a wheel (.whl) or a source archive"),
        ({}, "../banana-1.0.zip", "content must have a file name without a path"),
        ({}, "banana-1.0.zip\u0007", "content must have a file name without a path"),
        ({}, f"banana-1.0{'0' * 255}.zip", "content must have a file name without a path"),
    ],
)
async def test_what_cannot_be_a_package_is_refused_and_nothing_stays(
    registry: Registry, fields: dict[str, str], filename: str | None, reason: str
) -> None:
    name, content = wheel(version="2.0")
    said = {"version": "2.0", **fields}

    answer = await registry.upload((filename or name, content), None, **said)

    listed = await get(registry, f"{registry.index}/simple/banana/", JSON)
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(reason)
    assert len(listed.json()["files"]) == 1


async def test_a_file_is_never_another_later(registry: Registry) -> None:
    name, content = wheel()

    same = await registry.upload((name, content))
    other = await registry.upload((name, b"other"))

    assert [same.status_code, other.status_code] == [409, 409]
    assert same.json() == {"message": f"File already exists: {name}"}
    assert (await get(registry, f"{registry.index}/files/{name}")).content == content


async def test_two_at_once_are_one(maker: RegistryMaker) -> None:
    registry = await maker.make()

    answers = await asyncio.gather(*(registry.upload() for _ in range(5)))

    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
            + b"n" * (1024 * 1024 + 1)
            + b"\r\n--x--\r\n",
            400,
        ),
    ],
)
async def test_what_is_no_form_is_a_bad_request(
    registry: Registry, content_type: str, body: bytes, status: int
) -> None:
    headers = {**basic(registry.caller.api_access_token), "Content-Type": content_type}

    answer = await registry.server.http.post(registry.index, content=body, headers=headers)

    assert answer.status_code == status
    assert list(answer.json()) == ["message"]


async def test_a_registry_of_another_ecosystem_has_no_index(maker: RegistryMaker) -> None:
    registry = await maker.make(ecosystem="ruby")

    looked = await registry.look(bearer(registry.caller.api_access_token))
    uploaded = await registry.upload()

    assert [looked.status_code, uploaded.status_code] == [404, 404]
    assert "ruby" in uploaded.json()["message"]


async def test_packages_and_tokens_outlive_a_restart(
    tmp_path: Path, clock: ManualClock, settings: Settings
) -> None:
    settings = replace(settings, data=tmp_path)
    name, content = wheel()
    async with serve_in_process(settings, clock) as server:
        caller = Caller(server, server.facts["api_access_token"])
        registry = await RegistryMaker(caller, "sandbox").make()
        await registry.upload()
        value = (await registry.create_token())["token"]

    async with serve_in_process(settings, clock) as server:
        answer = await server.http.get(f"{registry.index}/files/{name}", headers=basic(value))

    assert answer.content == content
    assert not any(value.encode() in content for content in contents_of(tmp_path))


async def test_the_files_of_a_deleted_registry_go(tmp_path: Path, settings: Settings) -> None:
    settings = replace(settings, data=tmp_path)
    async with serve_in_process(settings, ManualClock()) as server:
        caller = Caller(server, server.facts["api_access_token"])
        registry = await RegistryMaker(caller, "sandbox").make()
        await registry.upload()
        before = contents_of(tmp_path / "files")

        await caller.send("DELETE", registry.path)
        await server.http.post("/_mock/clock", json={"advance_seconds": 1})

        after = contents_of(tmp_path / "files")
    assert before == [wheel()[1]]
    assert after == []


async def test_a_file_on_record_is_kept_though_its_server_was_killed_before_it_was_in_place(
    tmp_path: Path, settings: Settings
) -> None:
    settings = replace(settings, data=tmp_path)
    name, content = wheel()
    async with serve_in_process(settings, ManualClock()) as server:
        token = server.facts["api_access_token"]
        registry = await RegistryMaker(Caller(server, token), "sandbox").make()
        await registry.upload()
    files = tmp_path / "files"
    (kept,) = (files / "kept").iterdir()
    kept.rename(files / "incoming" / kept.name)
    (files / "incoming" / "half").write_bytes(b"no whole file")

    async with serve_in_process(settings, ManualClock()) as server:
        answer = await server.http.get(f"{registry.index}/files/{name}", headers=basic(token))

    assert answer.content == content
    assert contents_of(files) == [content]
