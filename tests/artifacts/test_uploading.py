"""Announcing artifacts, and sending their files."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mock_buildkite.artifacts import model
from tests.actors import Refused, status_of
from tests.artifacts.actors import REQUEST_ID, Uploader, announced

MEBIBYTE = 1024 * 1024
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


async def test_an_uploaded_file_is_found_by_another_job_of_the_build(uploader: Uploader) -> None:
    content = bytes(range(256)) * 9000

    uuid = await uploader.upload("dist/app.tar.gz", content, content_type="application/gzip")

    neighbor = await uploader.neighbor()
    [found] = await neighbor.search("dist/app.tar.gz")
    assert await neighbor.download("dist/app.tar.gz") == content
    assert found.pop("url").startswith(f"{uploader.server.url}/artifacts/{uuid}/app.tar.gz?")
    assert found == {
        "id": uuid,
        "path": "dist/app.tar.gz",
        "file_size": len(content),
        "sha1sum": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "sha256sum": hashlib.sha256(content).hexdigest(),
        "job_id": uploader.job.uuid,
        "created_at": "2026-01-01T00:00:00.000000+00:00",
        "content_type": "application/gzip",
    }


@pytest.mark.parametrize(
    "path",
    [
        "with space.txt",
        "ünïcödé/文件.txt",
        "#hash%41%2F&=?.html",
        "'single' \"double\" \\back.txt",
        "[x]{a,b}*.txt",
        "new\nline\r.txt",
        "n" * 255,
        "/".join(["deep"] * 200),
        "...",
        "C:drive",
    ],
)
async def test_names_that_a_file_can_have_are_kept_as_they_are(
    uploader: Uploader, path: str
) -> None:
    await uploader.upload(path, b"odd")

    [found] = await uploader.search("*")
    answer = await uploader.http.get(found["url"])
    assert found["path"] == path
    assert answer.content == b"odd"


async def test_an_empty_file_is_a_file(uploader: Uploader) -> None:
    await uploader.upload("empty", b"")

    assert await uploader.download("empty") == b""


async def test_ids_come_in_the_order_of_the_announcement(uploader: Uploader) -> None:
    paths = [f"{number}.txt" for number in range(30)]

    created = await uploader.create(*(announced(path, path.encode()) for path in paths))
    for path in reversed(paths):
        assert (await uploader.send_form(created, path, path.encode())).status_code == 204
    await uploader.report(*created["artifact_ids"])

    found = await uploader.search("*")
    assert [each["path"] for each in found] == paths
    assert [each["id"] for each in found] == created["artifact_ids"]


async def test_a_batch_that_is_announced_again_is_the_same(uploader: Uploader) -> None:
    files = [announced("a.txt", b"a"), announced("b.txt", b"b")]

    first = await uploader.create(*files, request_id=REQUEST_ID)
    again = await uploader.create(*files, request_id=REQUEST_ID)
    other_files = await status_of(uploader.create(files[0], request_id=REQUEST_ID))
    other_job = await (await uploader.neighbor()).create(*files, request_id=REQUEST_ID)

    assert first["id"] == REQUEST_ID
    assert again["artifact_ids"] == first["artifact_ids"]
    assert other_files == 422
    assert not set(other_job["artifact_ids"]) & set(first["artifact_ids"])
    assert (await uploader.send_form(again, "b.txt", b"b")).status_code == 204


async def test_the_same_path_twice_in_a_batch_is_told_apart_by_content(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"one"), announced("a.txt", b"other"))

    await uploader.send_form(created, "a.txt", b"other")
    await uploader.send_form(created, "a.txt", b"one")
    await uploader.report(*created["artifact_ids"])

    found = await uploader.search("a.txt", include_duplicates="true")
    contents = [(await uploader.http.get(each["url"])).content for each in found]
    assert contents == [b"one", b"other"]


async def test_a_file_may_be_sent_again(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))

    statuses = [(await uploader.send_form(created, "a.txt", b"a")).status_code for _ in range(2)]
    await uploader.report(*created["artifact_ids"])
    statuses.append((await uploader.send_form(created, "a.txt", b"a")).status_code)

    assert statuses == [204, 204, 204]
    assert await uploader.download("a.txt") == b"a"


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"smaller", 422), (b"another one!", 422), (b"larger than said", 413)],
)
async def test_another_file_than_announced_is_refused(
    uploader: Uploader, content: bytes, status: int
) -> None:
    created = await uploader.create(announced("a.txt", b"what I said."))

    refused = await uploader.send_form(created, "a.txt", content)

    assert refused.status_code == status
    assert refused.json()["message"].startswith("The upload ")
    assert await status_of(uploader.report(*created["artifact_ids"])) == 422
    assert await uploader.search("*") == []


async def test_digests_that_were_not_announced_are_found_out(uploader: Uploader) -> None:
    await uploader.upload("a.txt", b"a", sha1sum="", sha256sum="")

    [found] = await uploader.search("a.txt")
    assert found["sha256sum"] == hashlib.sha256(b"a").hexdigest()
    assert len(found["sha1sum"]) == 40


async def test_a_large_file_is_sent_in_parts_in_any_order(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    content = bytes(range(251)) * 21
    created = await uploader.create(announced("large", content), multipart_supported=True)
    [uuid] = created["artifact_ids"]
    parts = cut(content, created)

    answers = await asyncio.gather(
        *(uploader.send_part(action, part) for action, part in reversed(parts))
    )
    again = await uploader.send_part(*parts[0])
    etags = etags_of(parts, [*reversed(answers)])
    await uploader.report(uuid, multipart=True, multipart_etags=etags)

    assert [answer.status_code for answer in answers] == [200] * 6
    assert again.headers["ETag"] == answers[-1].headers["ETag"]
    assert len({each["etag"] for each in etags}) == 6
    assert await uploader.download("large") == content


async def test_a_part_takes_the_place_of_an_earlier_one(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    content = bytes(range(250)) * 10
    created = await uploader.create(announced("large", content), multipart_supported=True)
    (first, rest) = cut(content, created)[0], cut(content, created)[1:]

    wrong = await uploader.send_part(first[0], b"?" * len(first[1]))
    for part in rest[:-1]:
        await uploader.send_part(*part)
    refused = await uploader.send_part(*rest[-1])
    await uploader.send_part(*first)
    late = await uploader.send_part(first[0], b"?" * len(first[1]))

    assert wrong.status_code == 200
    assert refused.status_code == 422
    assert late.status_code == 422
    assert "whole already" in late.json()["message"]


@pytest.mark.parametrize("change", ["shorter", "longer", "unsigned", "beyond"])
async def test_a_part_that_does_not_fit_is_refused(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    cut_small(monkeypatch)
    content = bytes(2500)
    created = await uploader.create(announced("large", content), multipart_supported=True)
    action, part = cut(content, created)[0]
    url: str = action["url"]
    sent, status = {
        "shorter": ((action, part[:-1]), 422),
        "longer": ((action, part + b"1"), 413),
        "unsigned": (({**action, "url": url.partition("?")[0]}, part), 403),
        "beyond": (({**action, "url": url.replace("/parts/1", "/parts/9")}, part), 403),
    }[change]

    refused = await uploader.send_part(*sent)

    assert refused.status_code == status
    assert refused.json()["message"]


async def test_a_file_in_parts_is_finished_with_the_etags_of_all_of_them(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    content = bytes(2500)
    created = await uploader.create(announced("large", content), multipart_supported=True)
    [uuid] = created["artifact_ids"]
    parts = cut(content, created)
    answers = [await uploader.send_part(*part) for part in parts[:-1]]
    too_soon = await status_of(uploader.report(uuid, multipart_etags=etags_of(parts[:-1], answers)))
    answers.append(await uploader.send_part(*parts[-1]))
    etags = etags_of(parts, answers)

    without = await status_of(uploader.report(uuid))
    wrong = await status_of(uploader.report(uuid, multipart_etags=etags[:-1]))
    right = await status_of(uploader.report(uuid, multipart_etags=etags))

    assert (too_soon, without, wrong, right) == (422, 422, 422, 200)


async def test_an_agent_that_knows_no_parts_is_given_none(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)

    created = await uploader.create(announced("large", bytes(5000)))

    assert created["per_artifact_instructions"] == {}
    assert (await uploader.send_form(created, "large", bytes(5000))).status_code == 204


async def test_what_goes_elsewhere_is_only_put_on_record(uploader: Uploader) -> None:
    url = "https://bucket.s3.amazonaws.com/out/a.txt"
    artifact = announced("out/a.txt", b"a", url=url)

    created = await uploader.create(artifact, upload_destination="s3://bucket/out")
    await uploader.report(*created["artifact_ids"])

    [found] = await uploader.search("out/*")
    assert list(created) == ["id", "artifact_ids"]
    assert (found["url"], found["upload_destination"]) == (url, "s3://bucket/out")


async def test_what_could_not_be_uploaded_is_an_error_and_stays_one(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    [uuid] = created["artifact_ids"]

    await uploader.report(uuid, state="error")
    again = await status_of(uploader.report(uuid, state="error"))
    finished = await status_of(uploader.report(uuid))
    late = await uploader.send_form(created, "a.txt", b"a")

    assert (again, finished, late.status_code) == (200, 422, 422)
    assert [each["id"] for each in await uploader.search("*", state="error")] == [uuid]


async def test_reports_are_taken_all_or_none(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"), announced("b.txt", b"b"))
    await uploader.send_form(created, "a.txt", b"a")

    refused = await status_of(uploader.report(*created["artifact_ids"]))

    assert refused == 422
    assert await uploader.search("*") == []


async def test_a_finished_artifact_cannot_become_an_error(uploader: Uploader) -> None:
    uuid = await uploader.upload("a.txt")

    assert await status_of(uploader.report(uuid, state="error")) == 422
    assert await status_of(uploader.report(uuid)) == 200


async def test_a_neighbor_in_the_cluster_may_announce_and_report(uploader: Uploader) -> None:
    neighbor = await uploader.neighbor()
    own = uploader.job.uuid

    created = await neighbor.create(announced("a.txt", b"a"), of=own)
    await neighbor.send_form(created, "a.txt", b"a")
    await neighbor.report(*created["artifact_ids"], of=own)

    [found] = await uploader.search("a.txt")
    assert found["job_id"] == own


async def test_nothing_is_told_of_another_jobs_artifact(uploader: Uploader) -> None:
    uuid = await uploader.upload("a.txt")
    neighbor = await uploader.neighbor()

    assert await status_of(neighbor.report(uuid)) == 404
    assert await status_of(neighbor.report("unknown")) == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../up",
        "a/../../up",
        "..",
        "a\\..\\..\\up",
        "/etc/passwd",
        "\\\\host\\share",
        "C:\\windows",
        "C:/windows",
        "a\0b",
        "a//b",
        "./a",
        "a/.",
        "a/",
        "n" * 4000,
        "n" * 256,
        "ü" * 128,
        "long/" * 204 + "name.",
    ],
)
async def test_paths_that_lead_elsewhere_are_refused(uploader: Uploader, path: str) -> None:
    with pytest.raises(Refused) as refused:
        await uploader.create(announced("good.txt", b"a"), announced(path, b"a"))

    assert refused.value.status == 422
    assert refused.value.message.startswith("Artifact path ")
    assert await uploader.search("*", state="new") == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"file_size": -1}, 422),
        ({"file_size": "1"}, 422),
        ({"file_size": 2**70}, 422),
        ({"file_size": 10 * 1024**3 + 1}, 403),
        ({"sha1sum": "short"}, 422),
        ({"sha256sum": "g" * 64}, 422),
        ({"content_type": "text/plain\r\nSet-Cookie: a=b"}, 422),
        ({"content_type": "text/ünicode"}, 422),
        ({"content_type": "t" * 3000}, 422),
        ({"url": "https://bucket/\r\nSet-Cookie: a=b"}, 422),
        ({"url": "javascript:alert(1)"}, 422),
        ({"path": None}, 422),
    ],
)
async def test_what_cannot_be_announced_is_refused(
    uploader: Uploader, change: dict[str, Any], status: int
) -> None:
    bad = announced("a.txt", b"a", **change)

    assert await status_of(uploader.create(bad, multipart_supported=True)) == status
    assert await uploader.search("*", state="new") == []


@pytest.mark.parametrize(
    ("batch", "status"),
    [
        ({"upload_destination": "ftp://elsewhere"}, 422),
        ({"upload_destination": "out/"}, 422),
        ({"artifacts": []}, 422),
        ({"artifacts": [announced(f"{number}", b"") for number in range(31)]}, 422),
        ({"artifacts": {}}, 422),
        ({"id": None}, 422),
        ({"artifacts": [announced("a", b"", file_size=6 * 1024**3)]}, 403),
        (
            {
                "multipart_supported": True,
                "artifacts": [announced(f"{n}", file_size=9 * 1024**3) for n in range(6)],
            },
            403,
        ),
    ],
)
async def test_batches_that_cannot_be_are_refused(
    uploader: Uploader, batch: dict[str, Any], status: int
) -> None:
    body = {"id": REQUEST_ID, "artifacts": [announced("a", b"")], **batch}

    refused = await status_of(
        uploader.job.call("POST", f"jobs/{uploader.job.uuid}/artifacts", body)
    )

    assert refused == status
    assert await uploader.search("*", state="new") == []


async def test_a_job_can_have_so_many_and_no_more(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_buildkite.artifacts.service.MOST_OF_A_JOB", 3)
    await uploader.create(announced("1"), announced("2"))

    with pytest.raises(Refused) as refused:
        await uploader.create(announced("3"), announced("4"))

    assert refused.value.status == 403
    assert await status_of(uploader.create(announced("3"))) == 200


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"files": {"other": ("a.txt", b"a")}}, 400),
        ({"files": None}, 400),
        ({"data": {"path": "unknown"}}, 404),
        ({"data": {}}, 404),
        ({"data": {"path": "p" * 20_000}}, 400),
        ({"data": {str(number): "" for number in range(40)}}, 400),
        ({"headers": {"Content-Type": "text/plain"}}, 400),
        ({"headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"headers": {"Content-Encoding": "gzip"}}, 415),
    ],
)
async def test_forms_that_cannot_be_read_are_refused(
    uploader: Uploader, options: dict[str, Any], status: int
) -> None:
    created = await uploader.create(announced("a.txt", b"a"))

    refused = await uploader.send_form(created, "a.txt", b"a", **options)

    assert refused.status_code == status
    assert list(refused.json()) == ["message"]
    assert await status_of(uploader.report(*created["artifact_ids"])) == 422


@pytest.mark.parametrize("body", [b"", b"--b", b"no form", b"--b\r\n\r\n\r\n--b--"])
async def test_bodies_that_are_no_forms_are_refused(uploader: Uploader, body: bytes) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    url = created["upload_instructions"]["action"]["url"]

    refused = await uploader.http.post(url, content=body, headers=FORM)

    assert refused.status_code == 400
    assert list(refused.json()) == ["message"]


async def test_text_that_is_no_unicode_is_refused(uploader: Uploader) -> None:
    body = b'{"id": "1", "artifacts": [{"path": "\\ud800", "file_size": 1}]}'

    refused = await uploader.job.send("POST", f"jobs/{uploader.job.uuid}/artifacts", content=body)

    assert refused.status_code == 400


async def test_a_form_whose_file_is_not_the_last_field_is_refused(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    files = [("path", (None, b"a.txt")), ("file", ("a", b"a")), ("more", (None, b""))]

    refused = await uploader.send_form(created, "a.txt", b"a", data=None, files=files)

    assert refused.status_code == 400


async def test_a_form_that_ends_too_soon_leaves_nothing(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a" * 3 * MEBIBYTE))
    action = created["upload_instructions"]["action"]

    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\na.txt\r\n--b\r\n'
        yield b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(2):
            yield b"a" * MEBIBYTE

    refused = await uploader.http.post(action["url"], content=half(), headers=FORM)

    assert refused.status_code == 400
    assert await uploader.search("*", state="finished") == []


def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files cut from 1,000 bytes on."""
    monkeypatch.setattr(model, "LARGEST_PART", 1000)
    monkeypatch.setattr(model, "SMALLEST_IN_PARTS", 2000)


def cut(content: bytes, created: Any) -> list[tuple[dict[str, Any], bytes]]:
    """The parts as agents cut them, each with where it goes."""
    [instructions] = created["per_artifact_instructions"].values()
    actions = instructions["actions"]
    share, rest = divmod(len(content), len(actions))
    parts, start = [], 0
    for number, action in enumerate(actions):
        end = start + share + (number < rest)
        parts.append((action, content[start:end]))
        start = end
    return parts


def etags_of(
    parts: list[tuple[dict[str, Any], bytes]], answers: list[httpx.Response]
) -> list[dict[str, Any]]:
    """What an agent says of its parts when all are there."""
    return [
        {"part_number": action["part_number"], "etag": answer.headers["ETag"]}
        for (action, _), answer in zip(parts, answers, strict=True)
    ]
