"""Two organizations keep pipelines, builds and jobs of the same names apart, over REST."""

from dataclasses import dataclass
from typing import Any

import pytest

from mock_buildkite.settings import Settings
from tests.actors import Refused, status_of
from tests.builders import Builder, Worker
from tests.server import Served

YAML = """
steps:
  - command: make
    key: make
  - block: Go
    key: go
"""


@pytest.fixture
def settings() -> Settings:
    return Settings(seed="two")


@dataclass(frozen=True, slots=True)
class Company:
    """One of the two, with a pipeline, a build, and an agent that works on its first job."""

    builder: Builder
    worker: Worker
    build: dict[str, Any]

    @property
    def job_ids(self) -> list[str]:
        return [job["id"] for job in self.build["jobs"]]

    async def now(self) -> tuple[Any, Any]:
        """Its build and its pipelines, as they are."""
        pipelines = await self.builder.caller.get(self.builder.path("pipelines"))
        return await self.builder.get_build(self.build), pipelines


@pytest.fixture
async def companies(server: Served) -> tuple[Company, Company]:
    one, other = [await founded(server, facts) for facts in server.facts["organizations"]]
    return one, other


async def founded(server: Served, facts: dict[str, Any]) -> Company:
    builder = Builder(server, facts["api_access_token"], facts["organization_slug"])
    worker = await Worker(server, facts["agent_token"]).start()
    build = await builder.build(await builder.pipeline(YAML))
    await (await worker.take()).start()
    return Company(builder, worker, build)


PIPELINE_ACTS = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/archive"),
    ("POST", "/unarchive"),
    ("POST", "/webhook"),
    ("GET", "/builds"),
    ("POST", "/builds"),
]
BUILD_ACTS = [
    ("GET", ""),
    ("GET", "/jobs"),
    *(("PUT", f"/{act}") for act in ("cancel", "rebuild", "retry_failed_jobs")),
]
JOB_ACTS = [
    ("GET", ""),
    ("GET", "/env"),
    ("GET", "/env.txt"),
    *(("PUT", f"/{act}") for act in ("retry", "reprioritize", "unblock")),
    *(("POST", f"/{kind}-session") for kind in ("ssh", "vnc")),
]


async def test_no_address_of_one_leads_the_other_anywhere(
    companies: tuple[Company, Company],
) -> None:
    for one, other in (companies, companies[::-1]):
        caller, before = one.builder.caller, await other.now()
        own_build = caller.to(one.build["url"])
        places = [
            (other.builder.path("pipelines", "app"), PIPELINE_ACTS),
            (caller.to(other.build["url"]), BUILD_ACTS),
            *(
                (place, JOB_ACTS[:6] if "builds" in place else JOB_ACTS)
                for uuid in other.job_ids
                for place in (
                    other.builder.path("jobs", uuid),
                    one.builder.path("jobs", uuid),
                    f"{caller.to(other.build['url'])}/jobs/{uuid}",
                    f"{own_build}/jobs/{uuid}",
                )
            ),
        ]

        for path, acts in places:
            for method, act in acts:
                status = await status_of(caller.call(method, f"{path}{act}", json={"priority": 9}))
                assert status == 404, (method, path, act)

        assert await other.now() == before


async def test_each_lists_its_own_builds_and_jobs_only(
    companies: tuple[Company, Company],
) -> None:
    for company in companies:
        builder = company.builder

        everywhere = await builder.caller.get("/builds")
        in_organization = await builder.caller.get(builder.path("builds"))
        jobs = await builder.caller.get(f"{builder.caller.to(company.build['url'])}/jobs")

        assert [build["id"] for build in everywhere] == [company.build["id"]]
        assert in_organization == everywhere
        assert [job["id"] for job in jobs["items"]] == company.job_ids
        assert (await company.worker.metrics())["jobs"]["total"] == 1


async def test_what_is_the_others_cannot_be_named(companies: tuple[Company, Company]) -> None:
    for one, other in (companies, companies[::-1]):
        builder, user = one.builder, await other.builder.caller.get("/user")
        path = builder.path("pipelines", "app")
        cluster_id = other.build["pipeline"]["cluster_id"]

        for act in (
            builder.pipeline(YAML, "Spy", cluster_id=cluster_id),
            builder.caller.patch(path, {"cluster_id": cluster_id}),
            builder.unblock({"id": one.job_ids[1]}, unblocker=user["id"]),
        ):
            with pytest.raises(Refused) as refused:
                await act
            assert refused.value.status == 422
        assert await builder.caller.get("/builds", creator=user["id"]) == []


async def test_a_cursor_of_one_leads_the_other_nowhere(companies: tuple[Company, Company]) -> None:
    one, other = companies
    path = f"{one.builder.caller.to(one.build['url'])}/jobs"

    with pytest.raises(Refused, match="Cursor is not one of this list"):
        await one.builder.caller.get(path, after=other.job_ids[0])
