"""Pipelines that real agents run, from a checkout to the end of the build."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.agents import Fleet
from tests.clients.workshop import Workshop, make_repository
from tests.command_line.processes import ServeProcess, acted_on, serve
from tests.server import Served

pytestmark = pytest.mark.real_agent

UPLOAD = """
steps:
  - label: upload
    command: buildkite-agent pipeline upload
"""

PIPELINE = """
steps:
  - label: "build {{matrix.os}} {{matrix.version}}"
    command: buildkite-agent meta-data set "built {{matrix.os}} {{matrix.version}}" yes
    matrix:
      setup: {os: [linux, mac], version: [1, 2]}
  - label: part
    command:
      - part="part $$BUILDKITE_PARALLEL_JOB"
      - buildkite-agent meta-data set "$$part" "$$BUILDKITE_PARALLEL_JOB_COUNT"
    parallelism: 3
  - label: flaky
    command: '[ "$$BUILDKITE_RETRY_COUNT" = 2 ] || exit 7'
    retry: {automatic: [{exit_status: 7, limit: 2}]}
  - label: soft
    command: exit 9
    soft_fail: [{exit_status: 9}]
  - wait
  - label: data
    command:
      - buildkite-agent meta-data set fruit apple
      - '[ "$$(buildkite-agent meta-data get fruit)" = apple ]'
      - '[ "$$(buildkite-agent meta-data get none --default pear)" = pear ]'
      - buildkite-agent meta-data exists fruit
      - buildkite-agent meta-data exists none || [ $$? = 100 ]
      - buildkite-agent meta-data keys | grep -qx fruit
  - label: notes
    command:
      - buildkite-agent annotate "one" --context "a/b.c" --style info
      - buildkite-agent annotate ", two" --context "a/b.c" --append
      - buildkite-agent annotate "bad" --context "bad" --style error
      - buildkite-agent annotate "gone" --context "gone"
      - buildkite-agent annotation remove --context "gone"
  - label: files
    key: files
    command:
      - mkdir -p out/deep && echo hello > "out/a b.txt" && echo there > out/deep/c.txt
      - buildkite-agent step update label "+done" --append
    artifact_paths: "out/**/*"
  - label: take
    depends_on: files
    command:
      - mkdir taken
      - buildkite-agent artifact download "out/*" taken/
      - cd taken && cat "out/a b.txt" out/deep/c.txt
      - is=$$(sha1sum < "out/a b.txt" | cut -c 1-40)
      - '[ "$$is" = "$$(buildkite-agent artifact shasum "out/a b.txt")" ]'
  - block: release
    fields: [{text: Version, key: version}]
  - label: release
    command: buildkite-agent meta-data get version
"""

SLEEP = """
steps:
  - label: sleep
    command: echo asleep; sleep 60
"""


OLDER = """
steps:
  - label: older
    command:
      - case "$$BUILDKITE_AGENT_ACCESS_TOKEN" in bkaa_*) ;; *) exit 3;; esac
      - buildkite-agent meta-data set fruit apple
      - buildkite-agent annotate hello
      - echo hi > file.txt && buildkite-agent artifact upload file.txt
      - buildkite-agent artifact download file.txt . && cat file.txt
      - "echo 'steps: [{label: new, command: buildkite-agent meta-data get fruit}]' > new.yml"
      - buildkite-agent pipeline upload new.yml
"""


SIGNED = """
env: {TOP: yes}
steps:
  - label: plain
    command: echo plain
  - label: signed {{matrix}}
    command: echo {{matrix}}
    env: {OWN: "is {{matrix}}"}
    matrix: [a, b]
"""


@pytest.fixture
def workshop(server: Served, fleet: Fleet, tmp_path: Path) -> Workshop:
    """A repository with a pipeline, and nobody at work yet."""
    files = {".buildkite/pipeline.yml": PIPELINE}
    return Workshop(server, fleet, make_repository(tmp_path / "repository", files))


async def test_a_pipeline_runs_from_its_upload_to_its_release(workshop: Workshop) -> None:
    await workshop.start_agents(2)
    build = await workshop.build(UPLOAD)
    await workshop.comes_to(build, "blocked")

    job = await workshop.builder.job(build, "release")
    blocked = next(each for each in await workshop.builder.jobs(build) if each["type"] == "manual")
    await workshop.builder.unblock(blocked, fields={"version": "1.2.3"})
    await workshop.comes_to(build, "passed")

    states = {each.get("name"): each["state"] for each in await workshop.builder.jobs(build)}
    assert states["flaky"] == "passed"
    assert states["soft"] == "failed"
    assert states["files+done"] == "passed"
    assert states["take"] == "passed"
    meta_data = await workshop.meta_data(build)
    assert {key for key in meta_data if key.startswith("built ")} == {
        f"built {system} {version}" for system in ("linux", "mac") for version in (1, 2)
    }
    assert [meta_data[f"part {index}"] for index in range(3)] == ["3", "3", "3"]
    assert (await workshop.builder.get_build(build))["message"] == "First commit"
    assert "hello" in await workshop.log(build, "take")
    assert "1.2.3" in await workshop.log(build, "release")
    assert job["id"] != blocked["id"]


async def test_annotations_are_there_as_they_were_left(workshop: Workshop) -> None:
    await workshop.start_agents(1)
    build = await workshop.build(UPLOAD)
    await workshop.comes_to(build, "blocked")

    path = workshop.builder.caller.to(build["url"]) + "/annotations"
    found = {each["context"]: each for each in await workshop.builder.caller.get(path)}

    assert sorted(found) == ["a/b.c", "bad"]
    assert "one, two" in found["a/b.c"]["body_html"].replace("\n", "")
    assert found["bad"]["style"] == "error"


async def test_a_canceled_build_ends_a_sleeping_job(workshop: Workshop) -> None:
    await workshop.start_agents(1)
    build = await workshop.build(SLEEP)
    await workshop.job_comes_to(build, "sleep", "running")
    await workshop.job_prints(build, "sleep", "asleep")

    await workshop.builder.cancel(build)
    await workshop.comes_to(build, "canceled")

    job = await workshop.builder.job(build, "sleep")
    assert job["state"] == "canceled"
    assert job["signal_reason"] == "cancel"


async def test_a_job_whose_time_is_over_is_ended(workshop: Workshop) -> None:
    await workshop.start_agents(1)
    build = await workshop.build(SLEEP.replace("label", "timeout_in_minutes: 1\n    label"))
    await workshop.job_comes_to(build, "sleep", "running")
    await workshop.agents[0].says("Process is running")

    await workshop.advance(61)
    await workshop.comes_to(build, "failed")

    job = await workshop.builder.job(build, "sleep")
    assert job["state"] == "timed_out"
    assert job["signal_reason"] == "cancel"


async def test_a_job_whose_agent_was_killed_is_tried_again_by_another(workshop: Workshop) -> None:
    await workshop.start_agents(1)
    retry = "retry: {automatic: [{exit_status: -1, limit: 1}]}\n    label"
    sleep = 'sleep 60 & [ "$$BUILDKITE_RETRY_COUNT" = 1 ] || wait'
    build = await workshop.build(
        SLEEP.replace("label", retry).replace("echo asleep; sleep 60", f"'{sleep}'")
    )
    await workshop.job_comes_to(build, "sleep", "running")
    await workshop.agents[0].says("Process is running")

    workshop.agents[0].kill()
    await workshop.advance(200, silent=True)
    first = next(
        each
        for each in await workshop.builder.jobs(build, include_retried_jobs="true")
        if each["retried"]
    )
    await workshop.start_agents(1)
    await workshop.comes_to(build, "passed")

    assert first["state"] == "failed"
    assert first["exit_status"] == -1
    assert first["signal_reason"] is None


async def test_two_hours_pass_over_a_job_and_its_agent_without_harm(
    workshop: Workshop, tmp_path: Path
) -> None:
    await workshop.start_agents(1)
    done = tmp_path / "done"
    build = await workshop.build(
        SLEEP.replace("sleep 60", f"until [ -e {done} ]; do sleep 0.1; done")
    )
    await workshop.job_comes_to(build, "sleep", "running")
    await workshop.agents[0].says("Process is running")

    await workshop.advance(7200)
    done.touch()
    await workshop.comes_to(build, "passed")

    assert (await workshop.builder.job(build, "sleep"))["state"] == "passed"


async def test_hooks_and_plugins_of_the_local_disk_run(workshop: Workshop, tmp_path: Path) -> None:
    plugin = make_repository(
        tmp_path / "stamp-buildkite-plugin",
        {"hooks/environment": "export STAMP=$BUILDKITE_PLUGIN_STAMP_TEXT\n"},
    )
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-command").write_text("#!/bin/sh\necho hook of the agent\n")
    (hooks / "pre-command").chmod(0o755)
    (plugin / "hooks" / "environment").chmod(0o755)
    await workshop.start_agents(1, "--hooks-path", str(hooks))

    build = await workshop.build(f"""
        steps:
          - label: stamped
            command: 'echo "stamp: $$STAMP"'
            plugins: [{{"file://{plugin}#main": {{text: blue}}}}]
    """)
    await workshop.comes_to(build, "passed")

    log = await workshop.log(build, "stamped")
    assert "hook of the agent" in log
    assert "stamp: blue" in log


async def test_signed_steps_pass_agents_that_verify_them(
    server: Served, fleet: Fleet, tmp_path: Path
) -> None:
    private, public = fleet.release.draw_keys(tmp_path)
    files = {"signed.yml": SIGNED}
    workshop = Workshop(server, fleet, make_repository(tmp_path / "repository", files))
    verify = ("--verification-jwks-file", str(public))
    await workshop.start_agents(1, *verify, "--verification-failure-behavior", "warn")

    upload = f"buildkite-agent pipeline upload signed.yml --jwks-file {private} --jwks-key-id test"
    build = await workshop.build(f"steps: [{{label: upload, command: {upload!r}}}]")
    await workshop.comes_to(build, "passed")

    for name in ("signed a", "signed b", "plain"):
        assert "Job signature verified" in await workshop.log(build, name)


@pytest.fixture
def older_process() -> Iterator[ServeProcess]:
    """A server that lives in the older era of tokens."""
    with serve("--token-era", "older", "--heartbeat-interval", "1") as process:
        yield process
        process.end()


async def test_in_the_older_era_the_session_token_does_the_work_of_jobs(
    older_process: ServeProcess, fleet: Fleet, tmp_path: Path
) -> None:
    async with acted_on(older_process) as server:
        workshop = Workshop(server, fleet, make_repository(tmp_path / "repository", {}))
        await workshop.start_agents(1)

        build = await workshop.build(OLDER)
        await workshop.comes_to(build, "passed")

        assert "apple" in await workshop.log(build, "new")
