"""The environment of a job, before an agent has it and after."""

from tests.builders import Builder, Worker

YAML = """
env: {FROM_PIPELINE: "yes"}
steps:
  - command: make
    key: make
    env:
      PLAIN: a/b c
      LINES: "one\\ntwo"
      QUOTES: 'say "$$hi" \\ bye'
  - wait
"""


async def environment(builder: Builder, uuid: str) -> dict[str, str]:
    found: dict[str, str] = (await builder.caller.get(builder.path("jobs", uuid, "env")))["env"]
    return found


async def test_what_is_known_before_an_agent_is_told(builder: Builder) -> None:
    build = await builder.build_of(YAML, env={"FROM_BUILD": "too"})

    env = await environment(builder, build["jobs"][0]["id"])

    expected = {
        "FROM_PIPELINE": "yes",
        "FROM_BUILD": "too",
        "PLAIN": "a/b c",
        "BUILDKITE_COMMAND": "make",
        "BUILDKITE_JOB_ID": build["jobs"][0]["id"],
        "BUILDKITE_BUILD_NUMBER": "1",
    }
    assert env | expected == env
    assert not [name for name in env if name.startswith("BUILDKITE_AGENT_")]


async def test_the_job_then_has_what_its_agent_was_given(builder: Builder, worker: Worker) -> None:
    await builder.build_of(YAML)

    job = await worker.take()

    env = await environment(builder, job.uuid)
    assert env == job.env
    assert env["BUILDKITE_AGENT_NAME"] == worker.name
    assert not [name for name in env if "TOKEN" in name]
    assert job.token not in env.values()


async def test_as_text_each_variable_is_a_line(builder: Builder) -> None:
    build = await builder.build_of(YAML)
    path = builder.path("jobs", build["jobs"][0]["id"], "env")

    by_header = await builder.caller.send("GET", path, headers={"Accept": "text/plain"})
    by_suffix = await builder.caller.send("GET", f"{path}.txt")

    assert by_header.text == by_suffix.text
    assert by_header.headers["Content-Type"].startswith("text/plain")
    lines = by_header.text.splitlines()
    assert len(lines) == len(await environment(builder, build["jobs"][0]["id"]))
    for line in (
        "PLAIN=a/b c",
        r'LINES="one\ntwo"',
        r'QUOTES="say \"\$hi\" \\ bye"',
        "BUILDKITE_COMMAND=make",
    ):
        assert line in lines


async def test_a_job_that_runs_no_commands_has_none(builder: Builder) -> None:
    build = await builder.build_of(YAML)

    assert await environment(builder, build["jobs"][1]["id"]) == {}
