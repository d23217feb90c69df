"""The variables that an agent is given with a job."""

from typing import Any

import pytest

from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

STEPS = """
env: {A: pipeline, B: pipeline, C: pipeline}
steps:
  - group: Tests
    key: tests
    steps:
      - command: make test
        key: unit
        label: Unit tests
        env: {C: step, NUMBER: 5, FLAG: true, NOTHING: ~}
        agents: {os: linux}
        parallelism: 2
        timeout_in_minutes: 7
        artifact_paths: ["logs/**/*", "cov/*"]
        plugins: [{docker#v5: {image: node}}]
        image: node:22
        checkout: {submodules: false, depth: 3, sparse: {paths: [src, docs]}}
"""


async def taken(builder: Builder, worker: Worker, yaml: str, **body: Any) -> TakenJob:
    await builder.build_of(yaml, **body)
    return await worker.take()


@pytest.fixture
async def env(builder: Builder, server: Served) -> dict[str, str]:
    """The environment of a job about which all there is to say is said."""
    worker = await Worker(server).start("linux 1", meta_data=["os=linux", "gpu-type=a 100"])
    job = await taken(
        builder,
        worker,
        STEPS,
        commit="0123456789abcdef0123456789abcdef01234567",
        branch="feature",
        message="Ship it",
        env={"B": "build", "C": "build"},
        author={"name": "Ann", "email": "ann@acme.example"},
        clean_checkout=True,
    )
    return {**job.env, "job": job.uuid}


async def test_every_variable_of_a_job_is_there(
    env: dict[str, str], builder: Builder, server: Served
) -> None:
    [build] = await builder.caller.get(builder.path("builds"))
    expected = {
        "CI": "true",
        "BUILDKITE": "true",
        "BUILDKITE_JOB_ID": env["job"],
        "BUILDKITE_BUILD_ID": build["id"],
        "BUILDKITE_BUILD_NUMBER": "1",
        "BUILDKITE_BUILD_URL": f"{server.url}/sandbox/app-1/builds/1",
        "BUILDKITE_ORGANIZATION_SLUG": "sandbox",
        "BUILDKITE_PIPELINE_SLUG": "app-1",
        "BUILDKITE_PIPELINE_ID": build["pipeline"]["id"],
        "BUILDKITE_PIPELINE_NAME": "App 1",
        "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
        "BUILDKITE_PIPELINE_PROVIDER": "github",
        "BUILDKITE_PIPELINE_TEAMS": "",
        "BUILDKITE_PROJECT_SLUG": "sandbox/app-1",
        "BUILDKITE_PROJECT_PROVIDER": "github",
        "BUILDKITE_REPO": "git@github.com:acme-inc/app.git",
        "BUILDKITE_COMMIT": "0123456789abcdef0123456789abcdef01234567",
        "BUILDKITE_COMMIT_RESOLVED": "false",
        "BUILDKITE_BRANCH": "feature",
        "BUILDKITE_TAG": "",
        "BUILDKITE_MESSAGE": "Ship it",
        "BUILDKITE_SOURCE": "api",
        "BUILDKITE_BUILD_AUTHOR": "Ann",
        "BUILDKITE_BUILD_AUTHOR_EMAIL": "ann@acme.example",
        "BUILDKITE_BUILD_CREATOR": "Ann",
        "BUILDKITE_BUILD_CREATOR_EMAIL": "ann@acme.example",
        "BUILDKITE_BUILD_CREATOR_TEAMS": "",
        "BUILDKITE_PULL_REQUEST": "false",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "",
        "BUILDKITE_PULL_REQUEST_REPO": "",
        "BUILDKITE_PULL_REQUEST_LABELS": "",
        "BUILDKITE_PULL_REQUEST_DRAFT": "false",
        "BUILDKITE_REBUILT_FROM_BUILD_ID": "",
        "BUILDKITE_REBUILT_FROM_BUILD_NUMBER": "",
        "BUILDKITE_TRIGGERED_FROM_BUILD_ID": "",
        "BUILDKITE_TRIGGERED_FROM_BUILD_NUMBER": "",
        "BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG": "",
        "BUILDKITE_COMMAND": "make test",
        "BUILDKITE_SCRIPT_PATH": "make test",
        "BUILDKITE_LABEL": "Unit tests",
        "BUILDKITE_STEP_KEY": "unit",
        "BUILDKITE_STEP_IDENTIFIER": "unit",
        "BUILDKITE_GROUP_KEY": "tests",
        "BUILDKITE_GROUP_LABEL": "Tests",
        "BUILDKITE_PARALLEL_JOB": "0",
        "BUILDKITE_PARALLEL_JOB_COUNT": "2",
        "BUILDKITE_RETRY_COUNT": "0",
        "BUILDKITE_TIMEOUT": "7",
        "BUILDKITE_ARTIFACT_PATHS": "logs/**/*;cov/*",
        "BUILDKITE_AGENT_NAME": "linux 1",
        "BUILDKITE_AGENT_META_DATA_OS": "linux",
        "BUILDKITE_AGENT_META_DATA_GPU_TYPE": "a 100",
        "BUILDKITE_AGENT_META_DATA_QUEUE": "default",
        "BUILDKITE_CLUSTER_ID": server.facts["cluster_id"],
        "BUILDKITE_CLUSTER_NAME": "Default cluster",
        "BUILDKITE_COMPUTE_TYPE": "self-hosted",
        "BUILDKITE_CLEAN_CHECKOUT": "true",
        "BUILDKITE_IMAGE": "node:22",
        "BUILDKITE_GIT_SUBMODULES": "false",
        "BUILDKITE_GIT_SPARSE_CHECKOUT_PATHS": "src,docs",
    }
    found = {name: env.get(name) for name in expected}

    assert found == expected
    for name in ("BUILDKITE_ORGANIZATION_ID", "BUILDKITE_STEP_ID", "BUILDKITE_GROUP_ID"):
        assert len(env[name]) == 36
    assert '"image":"node"' in env["BUILDKITE_PLUGINS"]
    assert "--depth=3" in env["BUILDKITE_GIT_CLONE_FLAGS"]


async def test_a_build_that_names_no_author_is_its_creators(
    builder: Builder, worker: Worker
) -> None:
    user = await builder.caller.get("/user")

    job = await taken(builder, worker, "steps: [{command: a}]")

    assert job.env["BUILDKITE_BUILD_AUTHOR"] == ""
    assert job.env["BUILDKITE_BUILD_CREATOR"] == user["name"]
    assert job.env["BUILDKITE_BUILD_CREATOR_EMAIL"] == user["email"]


async def test_the_closest_definition_of_a_variable_wins_and_all_are_text(
    env: dict[str, str],
) -> None:
    assert [env["A"], env["B"], env["C"]] == ["pipeline", "build", "step"]
    assert [env["NUMBER"], env["FLAG"], env["NOTHING"]] == ["5", "true", ""]
    assert {type(value) for value in env.values()} == {str}


async def test_what_nobody_may_set_is_not_sent_as_somebody_set_it(
    builder: Builder, worker: Worker
) -> None:
    job = await taken(
        builder,
        worker,
        """
        steps:
          - command: a
            env:
              BUILDKITE_AGENT_ACCESS_TOKEN: stolen
              BUILDKITE_BIN_PATH: /evil
              BUILDKITE_JOB_ID: another
              BUILDKITE_BRANCH: another
        """,
    )

    assert "stolen" not in job.env.values()
    assert "BUILDKITE_BIN_PATH" not in job.env
    assert [job.env["BUILDKITE_JOB_ID"], job.env["BUILDKITE_BRANCH"]] == [job.uuid, "main"]


async def test_a_job_of_a_pull_request_is_told_of_it(builder: Builder, worker: Worker) -> None:
    job = await taken(
        builder,
        worker,
        "steps: [{command: a}]",
        pull_request_id=123,
        pull_request_base_branch="main",
        pull_request_repository="git@github.com:ann/app.git",
        pull_request_labels=["bug", "urgent"],
    )

    of_pull_request = {
        name.removeprefix("BUILDKITE_PULL_REQUEST"): value
        for name, value in job.env.items()
        if name.startswith("BUILDKITE_PULL_REQUEST")
    }
    assert of_pull_request == {
        "": "123",
        "_BASE_BRANCH": "main",
        "_REPO": "git@github.com:ann/app.git",
        "_LABELS": "bug,urgent",
        "_DRAFT": "false",
    }


async def test_a_job_of_a_rebuild_is_told_what_it_repeats(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of("steps: [{command: a}]", env={"A": "1"})
    await worker.run()

    await builder.rebuild(build)
    job = await worker.take()

    assert job.env["BUILDKITE_REBUILT_FROM_BUILD_ID"] == build["id"]
    assert job.env["BUILDKITE_REBUILT_FROM_BUILD_NUMBER"] == "1"
    assert [job.env["BUILDKITE_BUILD_NUMBER"], job.env["A"]] == ["2", "1"]


async def test_the_jobs_of_a_matrix_have_its_values_filled_in(
    builder: Builder, worker: Worker
) -> None:
    await builder.build_of(
        """
        steps:
          - command: "make {{matrix.os}} {{matrix.arch}}"
            label: "{{matrix.os}}"
            env: {TARGET: "{{matrix.arch}}"}
            matrix:
              setup: {os: [linux, mac], arch: [arm, amd]}
              adjustments: [{with: {os: mac, arch: amd}, skip: true}]
        """
    )

    jobs = [await worker.run() for _ in range(3)]

    said = {(job.command, job.env["BUILDKITE_LABEL"], job.env["TARGET"]) for job in jobs}
    assert said == {
        ("make linux arm", "linux", "arm"),
        ("make linux amd", "linux", "amd"),
        ("make mac arm", "mac", "arm"),
    }
    assert jobs[0].accepted["matrix_permutation"] == {"os": "linux", "arch": "arm"}
    assert (await worker.ping()).get("job") is None
