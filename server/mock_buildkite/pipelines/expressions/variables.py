"""The variables of conditions.

Any may be null: what a build has nothing for is. Source: assignments.go of
github.com/buildkite/conditional, which has some that are not documented.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from mock_buildkite.pipelines.expressions.kinds import Enumeration, Kind, Type


class Variable(Struct, frozen=True):
    """What a variable can be."""

    type: Type
    is_null_if_blank: bool = False


def _one_of(name: str, *members: str) -> Variable:
    return Variable(Enumeration(name, frozenset(members)))


_STRING = Variable(Kind.STRING)
_STRING_IF_ANY = Variable(Kind.STRING, is_null_if_blank=True)
_NUMBER = Variable(Kind.NUMBER)
_BOOLEAN = Variable(Kind.BOOLEAN)
_STRINGS = Variable(Kind.STRINGS)

OF_BUILDS: Mapping[str, Variable] = MappingProxyType(
    {
        "build.id": _STRING,
        # A running build is `started`. The documentation also lists `started_failing`.
        "build.state": _one_of(
            "build state",
            "creating",
            "scheduled",
            "started",
            "running",
            "blocked",
            "passed",
            "failing",
            "failed",
            "canceling",
            "canceled",
            "skipped",
            "not_run",
        ),
        "build.fixed": _BOOLEAN,
        "build.blocked_state": _one_of("build blocked state", "failed", "passed", "running"),
        "build.source": _one_of(
            "build source",
            "ui",
            "api",
            "webhook",
            "trigger_job",
            "schedule",
            "pipeline_trigger",
        ),
        "build.source_event": _STRING,
        "build.source_action": _STRING,
        "build.branch": _STRING,
        "build.tag": _STRING_IF_ANY,
        "build.message": _STRING_IF_ANY,
        "build.commit": _STRING,
        "build.number": _NUMBER,
        "build.creator.id": _STRING,
        "build.creator.name": _STRING,
        "build.creator.email": _STRING,
        "build.creator.teams": _STRINGS,
        "build.creator.verified": _BOOLEAN,
        "build.author.id": _STRING,
        "build.author.name": _STRING_IF_ANY,
        "build.author.email": _STRING_IF_ANY,
        "build.author.teams": _STRINGS,
        "build.scm.author.name": _STRING,
        "build.scm.author.email": _STRING,
        "build.scm.committer.name": _STRING,
        "build.scm.committer.email": _STRING,
        "build.pull_request.id": _STRING,
        "build.pull_request.base_branch": _STRING,
        "build.pull_request.draft": _BOOLEAN,
        "build.pull_request.label": _STRING,
        "build.pull_request.labels": _STRINGS,
        "build.pull_request.repository": _STRING,
        "build.pull_request.repository.fork": _BOOLEAN,
        "build.merge_queue.base_branch": _STRING,
        "build.merge_queue.base_commit": _STRING,
        "pipeline.id": _STRING,
        "pipeline.slug": _STRING,
        "pipeline.default_branch": _STRING_IF_ANY,
        "pipeline.repository": _STRING_IF_ANY,
        "pipeline.started_passing": _BOOLEAN,
        "pipeline.started_failing": _BOOLEAN,
        "pipeline.next_finished_build_exists": _BOOLEAN,
        "organization.id": _STRING,
        "organization.slug": _STRING,
    }
)

OF_STEPS: Mapping[str, Variable] = MappingProxyType(
    {
        "step.id": _STRING,
        "step.key": _STRING,
        "step.label": _STRING,
        "step.type": _one_of("step type", "command", "wait", "input", "trigger", "group"),
        "step.state": _one_of(
            "step state",
            "ignored",
            "waiting_for_dependencies",
            "ready",
            "waiting_for_input",
            "running",
            "failing",
            "canceled",
            "finished",
        ),
        "step.outcome": _one_of(
            "step outcome", "neutral", "passed", "soft_failed", "hard_failed", "errored"
        ),
    }
)
"""Those that only notifications have besides."""
