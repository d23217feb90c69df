"""Lists of builds: of a pipeline, of an organization, of all that a token reaches."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, Worker
from tests.rest_api.actors import Caller
from tests.server import Served

YAML = "steps: [{command: make}, wait, {command: test}]"
COMMIT = "1adf998e39f647b4b25842f107c6ed9d30a3a7c7"


async def numbers(caller: Caller, path: str, **query: Any) -> list[int]:
    return [each["number"] for each in await caller.get(path, **query)]


async def test_the_newest_build_comes_first_everywhere(builder: Builder) -> None:
    app, site = await builder.pipeline(YAML), await builder.pipeline(YAML, "Site")
    for slug in (app, site, app):
        await builder.build(slug)

    caller = builder.caller
    of_app = await caller.get(builder.path("pipelines", app, "builds"))
    of_organization = await caller.get(builder.path("builds"))
    of_everything = await caller.get("/builds")

    assert [build["number"] for build in of_app] == [2, 1]
    places = [(build["pipeline"]["slug"], build["number"]) for build in of_organization]
    assert places == [(app, 2), (site, 1), (app, 1)]
    assert of_everything == of_organization


async def test_a_listed_build_is_told_of_as_a_single_one(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(YAML, meta_data={"k": "v"})
    await worker.run()
    await builder.rebuild(build)

    listed = await builder.caller.get("/builds")

    for each in listed:
        alone = await builder.get_build(each)
        del alone["job_state_counts"]
        assert each == alone


async def test_a_list_is_read_page_by_page(server: Served, builder: Builder) -> None:
    slug = await builder.pipeline(YAML)
    for _ in range(5):
        await builder.build(slug)
    path = builder.path("pipelines", slug, "builds")

    page = await builder.caller.send("GET", path, params={"per_page": 2, "page": 2, "branch": "m*"})

    assert [each["number"] for each in page.json()] == [3, 2]
    address = f"{server.url}/v2{path}?page=3&per_page=2&branch=m%2A"
    assert f'<{address}>; rel="next"' in page.headers["Link"]
    assert await numbers(builder.caller, path, per_page=2, page=9) == []


async def test_what_is_not_needed_is_left_out(builder: Builder) -> None:
    await builder.build_of(YAML)

    (bare,) = await builder.caller.get("/builds", exclude_jobs="true", exclude_pipeline="true")
    (whole,) = await builder.caller.get("/builds")

    assert whole.keys() - bare.keys() == {"jobs", "pipeline"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"branch": "main"}, [1]),
        ({"branch": "feature/*"}, [3, 2]),
        ({"branch": "*a*"}, [3, 2, 1]),
        ({"branch": "feature/[ab]"}, []),
        ({"branch[]": ["main", "feature/b"]}, [3, 1]),
        ({"branch": ["main", "feature/b"]}, [3, 1]),
        ({"commit": COMMIT}, [2]),
        ({"commit": COMMIT[:8]}, []),
        ({"commit[]": [COMMIT, "HEAD"]}, [3, 2, 1]),
        ({"meta_data[release]": "1"}, [3]),
        ({"meta_data[release]": "1", "meta_data[urgent]": "no"}, []),
        ({"meta_data[release]": "2"}, []),
        ({"branch": "feature/*", "commit": "HEAD"}, [3]),
        ({"branch": ""}, [3, 2, 1]),
    ],
)
async def test_builds_are_filtered(
    builder: Builder, query: dict[str, Any], found: list[int]
) -> None:
    slug = await builder.pipeline(YAML)
    await builder.build(slug)
    await builder.build(slug, branch="feature/a", commit=COMMIT)
    await builder.build(slug, branch="feature/b", meta_data={"release": "1", "urgent": "yes"})

    assert await numbers(builder.caller, "/builds", **query) == found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("scheduled", [5]),
        ("running", [4]),
        ("blocked", [3]),
        ("passed", [1]),
        ("canceled", [2]),
        ("finished", [3, 2, 1]),
        (["passed", "running"], [4, 1]),
        ("creating", []),
        ("failing", []),
    ],
)
async def test_builds_are_filtered_by_state(
    builder: Builder, worker: Worker, state: str | list[str], found: list[int]
) -> None:
    slug = await builder.pipeline("steps: [{command: make, if: 'build.branch != \"block\"'}, wait]")
    await builder.build(slug)
    await worker.run()
    await builder.cancel(await builder.build(slug))
    await builder.caller.patch(
        builder.path("pipelines", slug), {"configuration": "steps: [{block: Go}]"}
    )
    await builder.build(slug)
    await builder.caller.patch(builder.path("pipelines", slug), {"configuration": YAML})
    await builder.build(slug)
    await (await worker.take()).start()
    await builder.build(slug)

    for name in ("state", "state[]"):
        assert await numbers(builder.caller, "/builds", **{name: state}) == found


async def test_builds_are_filtered_by_time(
    builder: Builder, worker: Worker, admin: Administrator
) -> None:
    slug = await builder.pipeline("steps: [{command: make}]")
    first = await builder.build(slug)
    await admin.advance(60)
    second = await builder.build(slug)
    await worker.run()
    moment = second["created_at"]

    async def found(**query: str) -> list[int]:
        return await numbers(builder.caller, "/builds", **query)

    assert await found(created_from=moment) == [2]
    assert await found(created_from=first["created_at"]) == [2, 1]
    assert await found(created_to=moment) == [1]
    assert await found(created_from=moment.replace(".000Z", "+00:00")) == [2]
    assert await found(finished_from=moment) == [1]
    assert await found(finished_from="2999-01-01") == []


async def test_builds_are_filtered_by_creator(builder: Builder) -> None:
    await builder.build_of(YAML)
    user = await builder.caller.get("/user")

    assert await numbers(builder.caller, "/builds", creator=user["id"]) == [1]
    assert await numbers(builder.caller, "/builds", creator="somebody") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"state": "started"}, "Invalid states: started"),
        ({"created_from": "yesterday"}, "created_from must be a moment in ISO 8601"),
        ({"include_paused": "maybe"}, "include_paused must be true or false"),
        ({"exclude_jobs": "yes"}, "exclude_jobs must be true or false"),
        ({"page": "1000"}, "Listing builds this deep is not supported."),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(
    builder: Builder, query: dict[str, str], message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        await builder.caller.get("/builds", **query)

    assert refused.value.status == 400


async def test_what_waits_for_paused_queues_is_left_out_on_request(
    builder: Builder, cluster: str
) -> None:
    caller = builder.caller
    paused = await caller.post(f"{cluster}/queues", {"key": "paused"})
    await caller.post(f"{caller.to(paused['url'])}/pause_dispatch")
    slug = await builder.pipeline("steps: [{command: a, agents: {queue: paused}}, wait]")
    await builder.build(slug)
    path = builder.path("pipelines", slug)
    both = "steps: [{command: a, agents: {queue: paused}}, {command: b}]"
    await caller.patch(path, {"configuration": both})
    await builder.build(slug)
    await caller.patch(path, {"configuration": "steps: [wait]"})
    await builder.build(slug)

    listed = await caller.get("/builds", include_paused="false")

    commands = [[job.get("command") for job in build["jobs"]] for build in listed]
    assert commands == [[None], ["b"]]
    assert await numbers(caller, "/builds") == [3, 2, 1]


async def test_retried_jobs_are_listed_on_request(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    await worker.run(1)
    await builder.retry(build["jobs"][0])

    (latest,) = await builder.caller.get("/builds")
    assert len(latest["jobs"]) == 1
    for yes in ("true", "True", "1"):
        (every,) = await builder.caller.get("/builds", include_retried_jobs=yes)
        assert len(every["jobs"]) == 2
