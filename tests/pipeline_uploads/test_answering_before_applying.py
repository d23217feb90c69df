"""Uploads that come twice, and those that are answered before they are applied."""

import asyncio

import httpx
import pytest

from mock_buildkite.settings import PipelineUpload, Settings
from tests.builders import Builder, TakenJob, Worker

STEPS: list[dict[str, object]] = [{"command": "a"}]


async def started(builder: Builder, worker: Worker) -> TakenJob:
    await builder.build_of("steps: [{command: uploader}]")
    return await (await worker.take()).start()


async def test_an_upload_that_comes_twice_is_applied_once(builder: Builder, worker: Worker) -> None:
    uploader = await started(builder, worker)

    answers = [await uploader.upload(STEPS, "same") for _ in range(3)]
    await uploader.finish()

    assert answers == [{"uuid": "same", "state": "applied", "message": ""}] * 3
    assert await worker.run_all() == ["a"]


async def test_the_same_uuid_of_another_job_is_another_upload(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: u, parallelism: 2}]")

    for _ in range(2):
        job = await (await worker.take()).start()
        await job.upload(STEPS, "same")
        await job.finish()

    assert len(await builder.jobs(build)) == 4


class TestLater:
    """With `--pipeline-upload later`."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(pipeline_upload=PipelineUpload.LATER)

    async def test_an_upload_is_answered_with_the_place_to_ask_for_it(
        self, builder: Builder, worker: Worker
    ) -> None:
        uploader = await started(builder, worker)

        answer = await self._send(uploader, STEPS)
        said = await self._until_done(uploader)
        await uploader.finish()

        assert answer.status_code == 202
        url = f"{builder.server.url}/v3/jobs/{uploader.uuid}/pipelines/one"
        assert answer.headers["Location"] == url
        assert float(answer.headers["Retry-After"]) > 0
        assert said == {"uuid": "one", "state": "applied", "message": ""}
        assert await worker.run_all() == ["a"]

    async def test_an_upload_with_a_mistake_is_rejected_with_a_message(
        self, builder: Builder, worker: Worker
    ) -> None:
        uploader = await started(builder, worker)

        answer = await self._send(uploader, [{"command": "a", "concurrency": 1}])
        said = await self._until_done(uploader)

        assert answer.status_code == 202
        assert said["state"] == "rejected"
        assert "concurrency_group" in said["message"]
        await uploader.finish()
        assert await worker.run_all() == []

    async def test_an_upload_that_nobody_made_is_not_found(
        self, builder: Builder, worker: Worker
    ) -> None:
        uploader = await started(builder, worker)

        answer = await uploader.send("GET", f"jobs/{uploader.uuid}/pipelines/nothing")

        assert answer.status_code == 404

    async def test_uploads_of_one_moment_are_applied_as_they_came(
        self, builder: Builder, worker: Worker
    ) -> None:
        build = await builder.build_of("steps: [{command: uploader}]")
        uploader = await (await worker.take()).start()
        uuids = ["d", "b", "one", "c", "a"]

        await asyncio.gather(*(self._send(uploader, [{"command": uuid}], uuid) for uuid in uuids))
        for uuid in uuids:
            await self._until_done(uploader, uuid)

        commands = [job["command"] for job in await builder.jobs(build)]
        assert commands == ["uploader", *reversed(uuids)]

    async def _send(
        self, uploader: TakenJob, steps: list[dict[str, object]], uuid: str = "one"
    ) -> httpx.Response:
        body = {"uuid": uuid, "pipeline": {"steps": steps}}
        path = f"jobs/{uploader.uuid}/pipelines"
        return await uploader.send("POST", path, params={"async": "true"}, json=body)

    async def _until_done(self, uploader: TakenJob, uuid: str = "one") -> dict[str, str]:
        async with asyncio.timeout(5):
            while True:
                path = f"jobs/{uploader.uuid}/pipelines/{uuid}"
                said: dict[str, str] = await uploader.call("GET", path)
                if said["state"] not in {"pending", "processing"}:
                    return said
                await asyncio.sleep(0.01)
