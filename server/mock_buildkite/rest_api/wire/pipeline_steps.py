"""The steps of pipelines in the older form: as they are shown, and as they may still be sent."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mock_buildkite.errors import InvalidFieldsError
from mock_buildkite.pipelines.definition import (
    BlockStep,
    CommandStep,
    GroupStep,
    InputStep,
    Step,
    TriggerStep,
    WaitStep,
)


class StepBody(msgspec.Struct):
    """A step as it is sent; what it has depends on its type."""

    type: str | None = None
    name: str | None = None
    label: str | None = None
    command: str | None = None
    artifact_paths: str | None = None
    branch_configuration: str | None = None
    env: dict[str, Any] | None = None
    timeout_in_minutes: int | None = None
    agent_query_rules: list[str] | None = None
    concurrency: int | None = None
    concurrency_group: str | None = None
    parallelism: int | None = None
    trigger_project_slug: str | None = None
    trigger_branch: str | None = None
    trigger_commit: str | None = None
    trigger_async: bool | None = None


def configuration(steps: Sequence[StepBody], env: Mapping[str, Any] | None) -> str:
    """The YAML that means the same; JSON is YAML, too.

    Raises:
        InvalidFieldsError: a step has a type that there is not.
    """
    written = {**({"env": env} if env else {}), "steps": [_written(step) for step in steps]}
    return msgspec.json.format(msgspec.json.encode(written), indent=2).decode()


def shown(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they are shown; those of groups stand where their group does."""
    return [
        _shown(each)
        for step in steps
        for each in (step.steps if isinstance(step, GroupStep) else (step,))
    ]


def _written(step: StepBody) -> Any:  # noqa: ANN401 - what YAML can hold
    match step.type:
        case "script":
            written = {
                "label": step.name or step.label,
                "command": step.command,
                "artifact_paths": step.artifact_paths,
                "branches": step.branch_configuration,
                "env": step.env,
                "timeout_in_minutes": step.timeout_in_minutes,
                "agents": step.agent_query_rules,
                "concurrency": step.concurrency,
                "concurrency_group": step.concurrency_group,
                "parallelism": step.parallelism,
            }
        case "waiter":
            return "wait"
        case "manual":
            written = {"block": step.label or step.name or "Unblock"}
        case "trigger":
            build = {"branch": step.trigger_branch, "commit": step.trigger_commit, "env": step.env}
            written = {
                "trigger": step.trigger_project_slug,
                "label": step.label or step.name,
                "async": step.trigger_async,
                "branches": step.branch_configuration,
                "build": _said(build),
            }
        case _:
            raise InvalidFieldsError([("steps", f"can't have the type {step.type!r}")])
    return _said(written)


def _said(written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in written.items() if value not in (None, "", {}, [])}


def _shown(step: Step) -> dict[str, Any]:
    match step:
        case CommandStep():
            return {
                "type": "script",
                "name": step.label,
                "command": step.command,
                "artifact_paths": step.artifact_paths or None,
                "branch_configuration": step.branches,
                "env": step.env,
                "timeout_in_minutes": step.timeout_in_minutes,
                "agent_query_rules": step.agents or (),
                "concurrency": step.concurrency,
                "parallelism": step.parallelism,
            }
        case TriggerStep():
            return {
                "type": "trigger",
                "label": step.label,
                "pipeline": step.trigger,
                "build": {
                    "message": step.message,
                    "branch": step.branch,
                    "commit": step.commit,
                    "env": step.env or None,
                },
                "async": step.is_async,
                "branch_configuration": step.branches,
                "concurrency": None,
                "parallelism": step.parallelism,
            }
        case BlockStep() | InputStep():
            return {"type": "manual", "label": step.label}
        case WaitStep():
            return {"type": "waiter"}
        case GroupStep():
            raise TypeError(step)  # `shown` goes into them
