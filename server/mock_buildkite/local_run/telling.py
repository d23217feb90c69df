"""The words for a run: what it does, how its jobs stand, what it waits for, how it all went."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mock_buildkite.annotations.model import Annotation
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.local_run.answers import ALL
from mock_buildkite.local_run.executable import NAME
from mock_buildkite.local_run.lines import plain
from mock_buildkite.local_run.plan import Plan
from mock_buildkite.local_run.repository import Revision
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.local_run.watching import Look, Question

GOOD, BAD, UNSURE, FAINT, BOLD = 32, 31, 33, 2, 1
_SECONDS_PER_MINUTE = 60
MOST_PATHS = 5

_WORDS = {
    JobState.WAITING_FAILED: "not run",
    JobState.BLOCKED_FAILED: "not run",
    JobState.BROKEN: "skipped",
    JobState.TIMED_OUT: "timed out",
    JobState.TIMING_OUT: "timing out",
    JobState.LIMITED: "waiting",
    JobState.PENDING: "waiting",
    JobState.SCHEDULED: "waiting",
    JobState.ASSIGNED: "waiting",
    JobState.ACCEPTED: "waiting",
}
_STYLES = {
    JobState.UNBLOCKED: GOOD,
    JobState.CANCELED: UNSURE,
    JobState.CANCELING: UNSURE,
    JobState.BLOCKED: UNSURE,
    JobState.TIMED_OUT: BAD,
    JobState.EXPIRED: BAD,
}
_OF_BUILDS = {
    BuildState.PASSED: ("has passed", GOOD),
    BuildState.FAILED: ("has failed", BAD),
    BuildState.CANCELED: ("was canceled", UNSURE),
}


def how_it_went(job: Job) -> tuple[str, int]:
    """A word or two for a job's state, and its style."""
    if job.state is not JobState.FINISHED:
        word = _WORDS.get(job.state, job.state.value)
        if job.state is JobState.BROKEN and job.broken_reason:
            word += f" ({job.broken_reason})"
        return word, _STYLES.get(job.state, FAINT)
    if job.has_passed and (not job.is_retried or job.exit_status == 0):
        return "passed", GOOD
    word = "soft failed" if job.soft_failed else "failed"
    why = [] if job.exit_status is None else [f"exit status {job.exit_status}"]
    why += [f"signal {job.signal}"] if job.signal else []
    why += [job.signal_reason.replace("_", " ")] if job.signal_reason else []
    word += f" ({', '.join(why)})" if why else ""
    return word, UNSURE if job.soft_failed or job.is_retried else BAD


def ending(job: Job, name: str) -> tuple[str, int]:
    """A line about a job that has ended, and its style."""
    word, style = how_it_went(job)
    took = duration(job.started_at, job.finished_at)
    return f"{name} {word}{took and f' in {took}'}{_and_then(job)}", style


def duration(since: datetime | None, until: datetime | None) -> str:
    """How long something took, in seconds, or minutes and seconds."""
    if since is None or until is None:
        return ""
    seconds = max(0.0, (until - since).total_seconds())
    if seconds < _SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), _SECONDS_PER_MINUTE)
    return f"{minutes}:{seconds:02} min"


def progress(look: Look, now: datetime) -> str:
    """What goes on at the moment, in one line."""
    running = [look.names[job.id] for job in look.jobs if job.state is JobState.RUNNING]
    waiting = [
        job
        for job in look.jobs
        if not (job.is_ended or job.state is JobState.RUNNING or job.type is JobType.WAITER)
    ]
    passed = max(0, int((now - look.build.created_at).total_seconds()))
    minutes, seconds = divmod(passed, _SECONDS_PER_MINUTE)
    state = f"{look.build.state.value}: {', '.join(running)}" if running else ""
    parts = filter(None, [state, f"{len(waiting)} waiting" if waiting else ""])
    return f"  {minutes}:{seconds:02} {'; '.join(parts) or look.build.state.value}"


def show_summary(screen: Screen, look: Look, annotations: Sequence[Annotation]) -> None:
    """Show how a build went: its annotations, a table of its jobs, and its state."""
    for annotation in annotations:
        screen.say(f"\nAnnotation {plain(annotation.context)} ({annotation.style.value})", BOLD)
        screen.say("\n".join(f"  {line}" for line in plain(annotation.body).splitlines()))
    rows = [
        (look.names[job.id], *_row(job), duration(job.started_at, job.finished_at))
        for job in look.jobs
        if job.type is not JobType.WAITER
    ]
    width = max((len(name) for name, *_ in rows), default=0)
    width_of_words = max((len(word) for _, word, *_ in rows), default=0)
    screen.say()
    for name, word, style, took in rows:
        styled = screen.styled(f"{word:<{width_of_words}}", style)
        screen.say(f"  {name:<{width}}  {styled}  {took:>10}".rstrip())
    build = look.build
    took = duration(build.created_at, build.finished_at)
    words, style = _OF_BUILDS.get(build.state, (f"is {build.state.value}", UNSURE))
    screen.say(f"\nThe build {words}{took and f' in {took}'}", style, BOLD)
    if build.failure_reason is not None:
        screen.say(f"  {build.failure_reason}", style)


def what_is_run(plan: Plan) -> str:
    """A line about what is about to be run."""
    revision = plan.revision
    return (
        f"Running {plan.pipeline.name} of {plan.repository.name} at {revision.commit[:10]}"
        f" ({revision.branch}) with {NAME} {plan.executable.version}"
    )


def left_out(changes: Sequence[str], revision: Revision) -> str:
    """A warning about a work tree that is not what the build checks out."""
    shown = ", ".join(plain(path) for path in changes[:MOST_PATHS])
    more = f" and {len(changes) - MOST_PATHS} more" if len(changes) > MOST_PATHS else ""
    return (
        f"Warning: the work tree has changes that are not part of the build, which checks out"
        f" {revision.commit[:10]}: {shown}{more}"
    )


def how_to_answer(question: Question) -> str:
    """A line about a step that waits, where there is nobody to ask."""
    return (
        f"{question.name} waits for somebody to release it: run it on a terminal, or with"
        f" {_option(question)}"
    )


def why_not_released(question: Question, problem: str) -> str:
    """A line about an answer that does not suffice."""
    return f"{question.name} is not released: {problem} ({_option(question)}.FIELD=VALUE)"


def no_agent(job: Job, name: str) -> str:
    """A line about a job that none of the agents takes."""
    rules = ", ".join(job.agent_query_rules) or "the default queue"
    return f"{name} waits for an agent with {rules}, and there is none: see --queue and --tag"


def what_stays(facts: Mapping[str, Any], folder: Path) -> str:
    """Lines about what can be looked at, and with which tokens."""
    told = {
        "Agent API": facts["agent_endpoint"],
        "GraphQL API": facts["graphql_endpoint"],
        "REST API": facts["rest_endpoint"],
        "Organization": facts["organization_slug"],
        "Agent token": facts["agent_token"] or facts["unclustered_agent_token"],
        "API access token": facts["api_access_token"],
        "Work trees": folder / "builds",
    }
    lines = [f"  {what:<18}{value}" for what, value in told.items() if value is not None]
    return "\n".join(["", "Server and agents stay for a look. Press Ctrl-C to end", "", *lines])


def _row(job: Job) -> tuple[str, int]:
    word, style = how_it_went(job)
    return f"{word}{_and_then(job)}", style


def _and_then(job: Job) -> str:
    return ", tried again" if job.is_retried else ""


def _option(question: Question) -> str:
    return f"--unblock {shlex.quote(question.key or question.job.name or ALL)}"
