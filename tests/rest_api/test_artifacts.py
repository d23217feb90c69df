"""Artifacts of builds and jobs: listed, told of, downloaded and deleted."""

from urllib.parse import urlsplit

import pytest

from tests.actors import Administrator, status_of
from tests.artifacts.actors import Uploader, announced, uploader_of
from tests.builders import Builder
from tests.rest_api.actors import Caller
from tests.server import Served

FILES = ["a.txt", "log/a.txt", "log/b.log"]


@pytest.fixture
async def uploader(server: Served) -> Uploader:
    """The agent of a job at work."""
    return await uploader_of(server)


def build_path(caller: Caller, uploader: Uploader) -> str:
    organization, env = caller.server.facts["organization_slug"], uploader.job.env
    pipeline = f"/organizations/{organization}/pipelines/{env['BUILDKITE_PIPELINE_SLUG']}"
    return f"{pipeline}/builds/{env['BUILDKITE_BUILD_NUMBER']}"


def job_paths(caller: Caller, uploader: Uploader) -> list[str]:
    """A job's two paths."""
    organization, job = caller.server.facts["organization_slug"], uploader.job
    return [
        f"{build_path(caller, uploader)}/jobs/{job.uuid}",
        f"/organizations/{organization}/jobs/{job.uuid}",
    ]


async def test_an_artifact_is_told_with_its_addresses(caller: Caller, uploader: Uploader) -> None:
    uuid = await uploader.upload("dist/app.tar.gz", b"app", content_type="application/x-gzip")

    listed = await caller.get(f"{build_path(caller, uploader)}/artifacts")

    url = f"{caller.server.url}/v2{job_paths(caller, uploader)[0]}/artifacts/{uuid}"
    assert listed == [
        {
            "id": uuid,
            "job_id": uploader.job.uuid,
            "url": url,
            "download_url": f"{url}/download",
            "state": "finished",
            "path": "dist/app.tar.gz",
            "dirname": "dist",
            "filename": "app.tar.gz",
            "mime_type": "application/x-gzip",
            "file_size": 3,
            "glob_path": None,
            "original_path": None,
            "sha1sum": "7d1043473d55bfa90e8530d35801d4e381bc69f0",
        }
    ]
    for job in job_paths(caller, uploader):
        assert await caller.get(f"{job}/artifacts") == listed
        assert await caller.get(f"{job}/artifacts/{uuid}") == listed[0]
        assert await caller.get(f"{job}/artifacts/{uuid.upper()}/") == listed[0]


async def test_a_job_lists_its_own_and_a_build_all(caller: Caller, uploader: Uploader) -> None:
    neighbor = await uploader.neighbor()
    own, other = await uploader.upload("a.txt"), await neighbor.upload("a.txt")

    of_build = await caller.get(f"{build_path(caller, uploader)}/artifacts")
    of_job = await caller.get(f"{job_paths(caller, neighbor)[1]}/artifacts")

    assert [each["id"] for each in of_build] == [own, other]
    assert [each["id"] for each in of_job] == [other]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"path": "log/a.txt"}, ["log/a.txt"]),
        ({"path": "log/*"}, ["log/a.txt", "log/b.log"]),
        ({"path": "*.txt"}, ["a.txt", "log/a.txt"]),
        ({"path": "none"}, []),
        ({"state": "finished"}, FILES),
        ({"state": "new"}, ["new.bin"]),
        ({"state": "new", "path": "*.log"}, []),
        ({"state": "deleted"}, []),
        ({}, [*FILES, "new.bin"]),
        ({"per_page": 3, "page": 2}, ["new.bin"]),
    ],
)
async def test_lists_are_filtered_by_state_and_path(
    caller: Caller, uploader: Uploader, query: dict[str, str], found: list[str]
) -> None:
    for path in FILES:
        await uploader.upload(path)
    await uploader.create(announced("new.bin"))

    for place in (build_path(caller, uploader), *job_paths(caller, uploader)):
        listed = await caller.call("GET", f"{place}/artifacts", params=query)
        assert [each["path"] for each in listed] == found


async def test_a_state_that_there_is_not_is_refused(caller: Caller, uploader: Uploader) -> None:
    refused = await caller.send(
        "GET", f"{build_path(caller, uploader)}/artifacts", params={"state": "lost"}
    )

    assert refused.status_code == 422
    assert "new, finished, error, deleted, expired" in refused.json()["message"]


async def test_a_download_leads_to_the_file_for_a_minute(
    server: Served, caller: Caller, uploader: Uploader
) -> None:
    uuid = await uploader.upload("out/a.txt", b"content")
    admin = Administrator(server)

    for job in job_paths(caller, uploader):
        answer = await caller.send("GET", f"{job}/artifacts/{uuid}/download")
        url = answer.headers["Location"]
        await admin.advance(59)
        file = await server.http.get(url)
        await admin.advance(1)
        late = await server.http.get(url)

        assert answer.status_code == 302
        assert answer.json() == {"url": url}
        assert urlsplit(url).path == f"/artifacts/{uuid}/a.txt"
        assert file.content == b"content"
        assert file.headers["Content-Type"] == "text/plain"
        assert late.status_code == 403


async def test_what_lies_elsewhere_is_downloaded_there(caller: Caller, uploader: Uploader) -> None:
    url = "https://bucket.s3.amazonaws.com/a.txt"
    created = await uploader.create(announced("a.txt", url=url), upload_destination="s3://bucket/")
    [uuid] = created["artifact_ids"]

    answer = await caller.send("GET", f"{job_paths(caller, uploader)[1]}/artifacts/{uuid}/download")

    assert answer.headers["Location"] == url


async def test_what_was_not_uploaded_cannot_be_downloaded(
    caller: Caller, uploader: Uploader
) -> None:
    created = await uploader.create(announced("a.txt"))
    [uuid] = created["artifact_ids"]

    path = f"{job_paths(caller, uploader)[1]}/artifacts/{uuid}/download"

    assert await status_of(caller.get(path)) == 404


async def test_a_deleted_artifact_is_gone_everywhere(
    server: Served, caller: Caller, uploader: Uploader
) -> None:
    for job in job_paths(caller, uploader):
        uuid = await uploader.upload("a.txt")
        [found] = await uploader.search("a.txt")

        deleted = await caller.send("DELETE", f"{job}/artifacts/{uuid}")

        assert deleted.status_code == 204
        assert await caller.get(f"{build_path(caller, uploader)}/artifacts") == []
        assert await status_of(caller.get(f"{job}/artifacts/{uuid}")) == 404
        assert await status_of(caller.get(f"{job}/artifacts/{uuid}/download")) == 404
        assert await status_of(caller.delete(f"{job}/artifacts/{uuid}")) == 404
        assert await uploader.search("*") == []
        assert (await server.http.get(found["url"])).status_code == 404
        assert await status_of(uploader.report(uuid)) == 422


@pytest.mark.parametrize(
    ("method", "rest", "scope"),
    [
        ("GET", "", "read_artifacts"),
        ("GET", "/{}", "read_artifacts"),
        ("GET", "/{}/download", "read_artifacts"),
        ("DELETE", "/{}", "write_artifacts"),
    ],
)
async def test_scopes_are_asked_for(
    caller: Caller, uploader: Uploader, method: str, rest: str, scope: str
) -> None:
    uuid = await uploader.upload("a.txt")
    with_scope, without = await caller.with_scopes(scope), await caller.with_scopes("read_builds")

    for job in job_paths(caller, uploader):
        path = f"{job}/artifacts{rest.format(uuid)}"
        refused = await without.send(method, path)
        assert refused.status_code == 403
        assert scope in refused.json()["message"]
    assert (await with_scope.send(method, path)).status_code in {200, 204, 302}


async def test_what_is_not_there_is_not_found(caller: Caller, uploader: Uploader) -> None:
    uuid = await uploader.upload("a.txt")
    neighbor = await uploader.neighbor()
    build = build_path(caller, uploader)
    other_build = build_path(caller, await uploader_of(caller.server))

    for path in (
        f"{build}0/artifacts",
        f"{build.rpartition('/')[0]}/{uploader.build_uuid}/artifacts",
        f"{build.rpartition('/')[0]}/{'9' * 30}/artifacts",
        f"{build.replace('/app', '/other')}/artifacts",
        f"{build}/jobs/unknown/artifacts",
        f"{other_build}/jobs/{uploader.job.uuid}/artifacts",
        f"{job_paths(caller, neighbor)[0]}/artifacts/{uuid}",
        f"{job_paths(caller, neighbor)[1]}/artifacts/{uuid}",
        f"{job_paths(caller, uploader)[1]}/artifacts/unknown",
    ):
        assert await status_of(caller.get(path)) == 404, path


async def test_another_organization_has_no_such_artifacts(
    server: Served, caller: Caller, uploader: Uploader
) -> None:
    uuid = await uploader.upload("a.txt")
    [rival] = (await Administrator(server).seed({"organizations": [{"slug": "rival"}]}))[
        "organizations"
    ]
    stranger = Caller(server, rival["api_access_token"])
    builder = Builder(server, rival["api_access_token"], "rival")
    outside = await uploader_of(server, rival["agent_token"], builder)

    for job in job_paths(caller, uploader):
        for path in (job, job.replace("/sandbox/", "/rival/")):
            assert await status_of(stranger.get(f"{path}/artifacts/{uuid}")) == 404
            assert await status_of(stranger.delete(f"{path}/artifacts/{uuid}")) == 404
    assert await status_of(outside.search("*", of=uploader.build_uuid)) == 404
    assert await status_of(outside.report(uuid, of=uploader.job.uuid)) == 404
    assert await status_of(outside.create(announced("b.txt"), of=uploader.job.uuid)) == 404
