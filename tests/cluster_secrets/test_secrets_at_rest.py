"""What lies in a data directory: no value that anybody could read without the keys."""

import json
from dataclasses import replace
from pathlib import Path

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, status_of
from tests.builders import Worker
from tests.cluster_secrets.places import secrets_of
from tests.jobs import Job
from tests.rest_api.actors import Caller
from tests.server import serve_on_a_socket

SEEDED, MADE, CHANGED, CLONING = (f"{word}-cleartext" for word in ("seed", "made", "new", "git"))
DOCUMENT = {
    "organizations": [
        {
            "slug": "sandbox",
            "clusters": [{"name": "Default cluster", "secrets": {"SEEDED": SEEDED}}],
            "repository_tokens": {"https://git.test/app": CLONING},
        }
    ]
}


def files_with(directory: Path, text: str) -> list[Path]:
    """The files in which a text can be read."""
    return [path for path in directory.iterdir() if text.encode() in path.read_bytes()]


async def test_no_value_is_readable_in_the_data_directory(tmp_path: Path) -> None:
    settings = replace(Settings(), data=tmp_path)
    async with serve_on_a_socket(settings, ManualClock()) as server:
        caller = Caller(server, server.facts["api_access_token"])
        await Administrator(server).seed(DOCUMENT)
        secrets = secrets_of(server)
        made = await caller.post(secrets, {"key": "MADE", "value": MADE})
        await caller.put(f"{secrets}/{made['id']}/value", {"value": CHANGED})
        job = await Job.on(await Worker(server).start())
        read = [(await job.read_secret(key))["value"] for key in ("SEEDED", "MADE")]
        cloned_with = await job.repository_token("https://git.test/app")
        readable = files_with(tmp_path, "-cleartext")

    assert (read, cloned_with) == ([SEEDED, CHANGED], CLONING)
    assert readable == []


async def test_values_are_there_after_a_restart_and_not_with_other_keys(tmp_path: Path) -> None:
    settings = replace(Settings(), data=tmp_path)
    async with serve_on_a_socket(settings, ManualClock()) as server:
        await Administrator(server).seed(DOCUMENT)
        job = await Job.on(await Worker(server).start())

    async with serve_on_a_socket(settings, ManualClock()) as server:
        job.taken.worker.server = server
        kept = await job.read_secret("SEEDED")
    path = tmp_path / "keys.json"
    keys = json.loads(path.read_text())
    path.write_text(json.dumps({**keys, "secrets": "0" * 64}))
    async with serve_on_a_socket(settings, ManualClock()) as server:
        job.taken.worker.server = server
        status = await status_of(job.read_secret("SEEDED"))

    assert kept["value"] == SEEDED
    assert status == 503
