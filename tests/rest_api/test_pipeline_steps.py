"""The steps of pipelines in the older form: as they are shown, and as they may still be sent."""

from typing import Any

import pytest

from tests.actors import Refused
from tests.builders import REPOSITORY, Builder

SCRIPT: dict[str, Any] = {
    "type": "script",
    "name": None,
    "command": "make",
    "artifact_paths": None,
    "branch_configuration": None,
    "env": {},
    "timeout_in_minutes": None,
    "agent_query_rules": [],
    "concurrency": None,
    "parallelism": None,
}
YAML = """
env:
  FOO: bar
steps:
  - command: make
    label: ":package:"
    artifact_paths: "log/*"
    branches: main
    env: {A: b}
    timeout_in_minutes: 10
    agents: {os: linux}
    parallelism: 2
  - wait
  - block: Deploy
  - group: Tests
    steps:
      - command: make
  - trigger: deploy
    label: ":ship:"
    async: true
    build: {branch: main, commit: HEAD}
"""


async def shown(builder: Builder, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = await builder.caller.get(builder.path("pipelines", slug))
    return found


async def test_steps_are_shown_in_the_older_form(builder: Builder) -> None:
    slug = await builder.pipeline(YAML)

    pipeline = await shown(builder, slug)

    assert pipeline["env"] == {"FOO": "bar"}
    assert pipeline["steps"] == [
        {
            **SCRIPT,
            "name": ":package:",
            "artifact_paths": "log/*",
            "branch_configuration": "main",
            "env": {"A": "b"},
            "timeout_in_minutes": 10,
            "agent_query_rules": ["os=linux"],
            "parallelism": 2,
        },
        {"type": "waiter"},
        {"type": "manual", "label": "Deploy"},
        SCRIPT,
        {
            "type": "trigger",
            "label": ":ship:",
            "pipeline": "deploy",
            "build": {"message": None, "branch": "main", "commit": "HEAD", "env": None},
            "async": True,
            "branch_configuration": None,
            "concurrency": None,
            "parallelism": None,
        },
    ]


async def test_steps_that_only_variables_make_good_are_not_shown(builder: Builder) -> None:
    slug = await builder.pipeline("env: {A: b}\nsteps: [{command: make, parallelism: $N}]")

    pipeline = await shown(builder, slug)

    assert (pipeline["steps"], pipeline["env"]) == ([], {"A": "b"})


async def test_steps_of_the_older_form_become_a_configuration(builder: Builder) -> None:
    steps = [
        {"type": "script", "name": "Build", "command": "make", "agent_query_rules": ["os=linux"]},
        {"type": "waiter"},
        {"type": "manual", "label": "Deploy"},
        {
            "type": "trigger",
            "label": ":ship:",
            "trigger_project_slug": "deploy",
            "trigger_commit": "HEAD",
            "trigger_branch": "main",
            "trigger_async": True,
        },
    ]
    wanted = {"name": "Old", "repository": REPOSITORY, "steps": steps, "env": {"A": "b"}}

    created = await builder.caller.post(builder.path("pipelines"), wanted)
    build = await builder.build(created["slug"])

    types = ["script", "waiter", "manual", "trigger"]
    assert [step["type"] for step in created["steps"]] == types
    assert created["steps"][0]["agent_query_rules"] == ["os=linux"]
    assert created["steps"][3]["build"]["branch"] == "main"
    assert created["env"] == {"A": "b"}
    assert [job["type"] for job in build["jobs"]] == types


async def test_a_step_of_an_unknown_type_is_refused(builder: Builder) -> None:
    wanted = {"name": "Old", "repository": REPOSITORY, "steps": [{"type": "shell"}]}

    with pytest.raises(Refused, match="can't have the type 'shell'"):
        await builder.caller.post(builder.path("pipelines"), wanted)


async def test_a_configuration_is_not_changed_by_steps(builder: Builder) -> None:
    slug = await builder.pipeline("steps: [{command: make}]")
    path, steps = builder.path("pipelines", slug), [{"type": "waiter"}]

    with pytest.raises(Refused, match="steps"):
        await builder.caller.patch(path, {"steps": steps})
    changed = await builder.caller.patch(path, {"steps": steps, "configuration": "steps: [wait]"})

    assert changed["configuration"] == "steps: [wait]"
