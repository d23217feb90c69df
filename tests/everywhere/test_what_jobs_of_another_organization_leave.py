"""Logs, annotations and meta-data of another organization do not exist, by whatever path or id."""

from typing import Any

import pytest

from tests.actors import status_of
from tests.server import Served
from tests.working_jobs import WorkingJob, job_of_another_organization, working_job

CHUNK = "chunks?sequence=1&offset=0&size=0"


@pytest.fixture
async def theirs(server: Served) -> WorkingJob:
    """A job with a log, an annotation and meta-data."""
    job = await working_job(server)
    await job.taken.write("secret plans")
    await job.call("POST", f"jobs/{job.uuid}/annotations", {"body": "theirs"})
    await job.call("POST", f"jobs/{job.uuid}/data/set", {"key": "k", "value": "theirs"})
    return job


async def test_a_user_finds_nothing_of_it(server: Served, theirs: WorkingJob) -> None:
    spy = (await job_of_another_organization(server)).builder.caller
    [annotation] = await theirs.builder.caller.get(f"{theirs.build_path}/annotations")

    for job in (theirs.path, theirs.path_alone):
        for path in (job, job.replace("/sandbox/", "/rival/")):
            for suffix in ("log", "log.txt", "log.html", "annotations"):
                assert (await spy.send("GET", f"{path}/{suffix}")).status_code == 404
            assert (await spy.send("HEAD", f"{path}/log")).status_code == 404
            assert await status_of(spy.delete(f"{path}/log")) == 404
            assert await status_of(spy.post(f"{path}/annotations", {"body": "x"})) == 404
            assert await status_of(spy.delete(f"{path}/annotations/{annotation['id']}")) == 404
    for path in (theirs.build_path, theirs.build_path.replace("/sandbox/", "/rival/")):
        assert await status_of(spy.delete(f"{path}/annotations/{annotation['id']}")) == 404

    log = await theirs.builder.caller.send("GET", f"{theirs.path}/log.txt")
    assert log.text == "secret plans"
    assert [annotation] == await theirs.builder.caller.get(f"{theirs.build_path}/annotations")


async def test_a_job_finds_nothing_of_it(server: Served, theirs: WorkingJob) -> None:
    spy = await job_of_another_organization(server)

    calls: list[tuple[str, Any]] = [
        (f"jobs/{theirs.uuid}/{CHUNK}", None),
        (f"jobs/{theirs.uuid}/header_times", {"header_times": {}}),
        (f"jobs/{theirs.uuid}/annotations", {"body": "x"}),
        (f"jobs/{theirs.uuid}/data/set", {"key": "k", "value": "x"}),
        (f"jobs/{theirs.uuid}/data/set-batch", {"items": []}),
        *(
            (f"{what}/data/{act}", {"key": "k"})
            for what in (f"jobs/{theirs.uuid}", f"builds/{theirs.build_uuid}")
            for act in ("get", "exists", "keys")
        ),
    ]
    for path, body in calls:
        assert await status_of(spy.call("POST", path, body)) == 404, path
    removal = f"jobs/{theirs.uuid}/annotations/default"
    assert await status_of(spy.call("DELETE", removal)) == 404

    got = await theirs.call("POST", f"jobs/{theirs.uuid}/data/get", {"key": "k"})
    assert got["value"] == "theirs"
