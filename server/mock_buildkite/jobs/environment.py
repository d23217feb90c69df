"""The environment that an agent is given with a job.

Later entries win: the pipeline's `env`, the build's, the step's, then the standard variables. What
the agent sets itself is not sent. Every value is text, or the agent could not read the answer.

Source: pages/pipelines/configure/environment_variables.md of Buildkite's documentation.
"""

import re
from typing import Any

import msgspec

from mock_buildkite.builds.variables import Origin, variables_of
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.pipelines.definition import CommandStep
from mock_buildkite.steps.model import NamedStep

_NO_NAME_CHARACTER = re.compile(r"[^A-Z0-9]")

PROTECTED = frozenset(
    {
        "BUILDKITE_AGENT_ACCESS_TOKEN",
        "BUILDKITE_AGENT_DEBUG",
        "BUILDKITE_AGENT_DEBUG_HTTP",
        "BUILDKITE_AGENT_ENDPOINT",
        "BUILDKITE_AGENT_EXPERIMENT",
        "BUILDKITE_AGENT_PID",
        "BUILDKITE_AGENT_TOKEN",
        "BUILDKITE_BIN_PATH",
        "BUILDKITE_BUILD_PATH",
        "BUILDKITE_COMMAND_EVAL",
        "BUILDKITE_CONFIG_PATH",
        "BUILDKITE_ENV_FILE",
        "BUILDKITE_ENV_JSON_FILE",
        "BUILDKITE_HOOKS_PATH",
        "BUILDKITE_LOCAL_HOOKS_ENABLED",
        "BUILDKITE_NO_HTTP2",
        "BUILDKITE_PLUGINS_ENABLED",
        "BUILDKITE_PLUGINS_PATH",
        "BUILDKITE_REDACTED_VARS",
        "BUILDKITE_SHELL",
        "BUILDKITE_SOCKETS_PATH",
    }
)
"""What the agent sets whatever it is sent, and complains about where it is sent something else."""


def environment_of(
    around: Surroundings, definition: CommandStep, origin: Origin, base_url: str
) -> dict[str, str]:
    """The environment of a job; without an agent, nothing in it is said of one."""
    written = {**around.build.pipeline_env, **around.build.env, **definition.env}
    return {
        **{key: value for key, value in written.items() if key not in PROTECTED},
        **_of_build(around, origin, base_url),
        **_of_people(around),
        **_of_step(around, definition),
        **_of_group(around.group),
        **_of_agent(around),
        **_of_checkout(definition.checkout),
    }


def _of_build(around: Surroundings, origin: Origin, base_url: str) -> dict[str, str]:
    build, pipeline, organization = around.build, around.pipeline, around.organization
    build_path = f"{organization.slug}/{pipeline.slug}/builds/{build.number}"
    return {
        **variables_of(organization, pipeline, build, origin),
        "CI": "true",
        "BUILDKITE": "true",
        "BUILDKITE_ORGANIZATION_ID": organization.uuid,
        "BUILDKITE_PIPELINE_DEFAULT_BRANCH": pipeline.default_branch,
        "BUILDKITE_PIPELINE_PROVIDER": pipeline.provider,
        "BUILDKITE_PIPELINE_TEAMS": "",
        "BUILDKITE_PROJECT_SLUG": f"{organization.slug}/{pipeline.slug}",
        "BUILDKITE_PROJECT_PROVIDER": pipeline.provider,
        "BUILDKITE_BUILD_ID": build.uuid,
        "BUILDKITE_BUILD_NUMBER": str(build.number),
        "BUILDKITE_BUILD_URL": f"{base_url}/{build_path}",
        "BUILDKITE_COMMIT_RESOLVED": _boolean(around.commit_is_resolved),
        "BUILDKITE_SOURCE": build.source.value,
        **({"BUILDKITE_CLEAN_CHECKOUT": "true"} if build.clean_checkout else {}),
    }


def _of_people(around: Surroundings) -> dict[str, str]:
    creator, unblocker, author_given = around.creator, around.unblocker, around.build.author or {}
    author = author_given.get("name") or "", author_given.get("email") or ""
    # A build that no user has created is its author's, also to GraphQL.
    created_by = author if creator is None else (creator.name, creator.email)
    environment = {
        "BUILDKITE_BUILD_AUTHOR": author[0],
        "BUILDKITE_BUILD_AUTHOR_EMAIL": author[1],
        "BUILDKITE_BUILD_CREATOR": created_by[0],
        "BUILDKITE_BUILD_CREATOR_EMAIL": created_by[1],
        "BUILDKITE_BUILD_CREATOR_TEAMS": "",  # there are no teams
    }
    if unblocker is not None:
        environment["BUILDKITE_UNBLOCKER"] = unblocker.name
        environment["BUILDKITE_UNBLOCKER_EMAIL"] = unblocker.email
        environment["BUILDKITE_UNBLOCKER_ID"] = unblocker.uuid
        environment["BUILDKITE_UNBLOCKER_TEAMS"] = ""
    return environment


def _of_step(around: Surroundings, definition: CommandStep) -> dict[str, str]:
    job, step = around.job, around.step
    environment = {
        "BUILDKITE_JOB_ID": job.uuid,
        "BUILDKITE_COMMAND": definition.command,
        "BUILDKITE_SCRIPT_PATH": definition.command,
        "BUILDKITE_LABEL": job.name or "",
        "BUILDKITE_STEP_ID": step.uuid,
        "BUILDKITE_STEP_KEY": step.key or "",
        "BUILDKITE_STEP_IDENTIFIER": step.key or "",
        "BUILDKITE_ARTIFACT_PATHS": definition.artifact_paths,
        "BUILDKITE_RETRY_COUNT": str(job.retries_count),
        "BUILDKITE_TIMEOUT": (
            "false" if job.timeout_in_minutes is None else str(job.timeout_in_minutes)
        ),
    }
    if definition.plugins:
        environment["BUILDKITE_PLUGINS"] = msgspec.json.encode(definition.plugins).decode()
    if definition.image is not None:
        environment["BUILDKITE_IMAGE"] = definition.image
    if job.parallel_group_total is not None:
        environment["BUILDKITE_PARALLEL_JOB"] = str(job.parallel_group_index)
        environment["BUILDKITE_PARALLEL_JOB_COUNT"] = str(job.parallel_group_total)
    return environment


def _of_group(group: NamedStep | None) -> dict[str, str]:
    if group is None:
        return {}
    return {
        "BUILDKITE_GROUP_ID": group.uuid,
        "BUILDKITE_GROUP_KEY": group.key or "",
        "BUILDKITE_GROUP_LABEL": group.label or "",
    }


def _of_agent(around: Surroundings) -> dict[str, str]:
    agent, environment = around.agent, {}
    if agent is not None:
        environment["BUILDKITE_AGENT_ID"] = agent.uuid
        environment["BUILDKITE_AGENT_NAME"] = agent.name
        environment["BUILDKITE_COMPUTE_TYPE"] = "self-hosted"
        for tag in agent.tags:
            key, _, value = tag.partition("=")
            environment[f"BUILDKITE_AGENT_META_DATA_{_variable(key)}"] = value
    if around.cluster is not None:
        environment["BUILDKITE_CLUSTER_ID"] = around.cluster.uuid
        environment["BUILDKITE_CLUSTER_NAME"] = around.cluster.name
    return environment


def _of_checkout(checkout: Any) -> dict[str, str]:  # noqa: ANN401 - as the step has it
    """The variables that a step's `checkout` becomes.

    Source: pages/pipelines/configure/git_checkout.md of Buildkite's documentation.
    """
    if not isinstance(checkout, dict):
        return {}
    flags = dict(checkout.get("flags") or {})
    if checkout.get("depth") is not None:
        depth = f"--depth={checkout['depth']}"
        flags["clone"] = f"{flags.get('clone', '-v')} {depth}"
        flags["fetch"] = f"{flags.get('fetch', '-v --prune')} {depth}"
    said = {
        "BUILDKITE_SKIP_CHECKOUT": checkout.get("skip"),
        "BUILDKITE_GIT_SUBMODULES": checkout.get("submodules"),
        "BUILDKITE_GIT_LFS_ENABLED": checkout.get("lfs"),
        "BUILDKITE_GIT_COMMIT_VERIFICATION": checkout.get("commit_verification"),
        "BUILDKITE_GIT_SPARSE_CHECKOUT_PATHS": (checkout.get("sparse") or {}).get("paths"),
        **{f"BUILDKITE_GIT_{name.upper()}_FLAGS": value for name, value in flags.items()},
    }
    return {name: _text(value) for name, value in said.items() if value is not None}


def _text(value: Any) -> str:  # noqa: ANN401 - what YAML can hold
    if isinstance(value, bool):
        return _boolean(value)
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _variable(tag_key: str) -> str:
    return _NO_NAME_CHARACTER.sub("_", tag_key.upper())
