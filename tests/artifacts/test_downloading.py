"""Getting the file of an artifact."""

import pytest

from tests.artifacts.actors import Uploader

CONTENT = bytes(range(256)) * 4096


async def address(uploader: Uploader, path: str = "page.html", **changes: str) -> str:
    await uploader.upload(path, CONTENT, **changes)
    [found] = await uploader.search("*")
    url: str = found["url"]
    return url


async def test_a_download_says_what_it_is(uploader: Uploader) -> None:
    url = await address(uploader, "out/päge 1.html", content_type="text/html")

    answer = await uploader.http.get(url)

    assert answer.content == CONTENT
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Disposition"] == "inline; filename*=utf-8''p%C3%A4ge%201.html"
    assert answer.headers["Accept-Ranges"] == "bytes"


async def test_a_page_among_artifacts_is_kept_from_acting_as_ours(uploader: Uploader) -> None:
    url = await address(uploader)

    answer = await uploader.http.get(url)

    assert answer.headers["Content-Security-Policy"] == "sandbox allow-scripts"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_headers_alone_can_be_asked_for(uploader: Uploader) -> None:
    url = await address(uploader)

    answer = await uploader.http.head(url)

    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.content == b""


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=100000-", 100_000, len(CONTENT)), ("bytes=-7", -7, None)],
)
async def test_a_range_can_be_asked_for(
    uploader: Uploader, asked: str, start: int, end: int | None
) -> None:
    url = await address(uploader)

    answer = await uploader.http.get(url, headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.content == CONTENT[start:end]
    assert answer.headers["Content-Range"].endswith(f"/{len(CONTENT)}")


async def test_a_range_beyond_the_end_is_refused(uploader: Uploader) -> None:
    url = await address(uploader)

    answer = await uploader.http.get(url, headers={"Range": "bytes=99999999-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


async def test_a_range_of_another_file_is_the_whole_one(uploader: Uploader) -> None:
    url = await address(uploader)
    etag = (await uploader.http.head(url)).headers["ETag"]

    same = await uploader.http.get(url, headers={"Range": "bytes=0-0", "If-Range": etag})
    other = await uploader.http.get(url, headers={"Range": "bytes=0-0", "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)
