"""What an agent is given of a job, and what it says of it."""

from typing import Any

import msgspec

from mock_buildkite.clock import to_text
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.job_logs.model import (
    CHUNKS_INTERVAL_SECONDS,
    CHUNKS_MAX_SIZE_BYTES,
    LOG_MAX_SIZE_BYTES,
)
from mock_buildkite.jobs.service import Accepted
from mock_buildkite.pipelines.definition import CommandStep
from mock_buildkite.workflow.endings import Ending

SIGNAL_REASONS = frozenset(
    {
        "cancel",
        "agent_stop",
        "agent_refused",
        "agent_incompatible",
        "signature_rejected",
        "process_run_error",
        "stack_error",
    }
)
_LARGEST_NUMBER = 2**31 - 1
"""Of whatever a job says in numbers: the database and the calendar hold no more."""


class FinishBody(msgspec.Struct):
    """The body of `PUT jobs/{uuid}/finish`."""

    exit_status: str | int
    signal: str = ""
    signal_reason: str = ""
    chunks_failed_count: int = 0
    ignore_agent_in_dispatches: bool = False


class UpdateBody(msgspec.Struct):
    """The body of `PUT jobs/{uuid}`: one of them, as text that may end with a line break."""

    timeout: str | int | None = None
    timeout_in_minutes: str | int | None = None


class PromiseBody(msgspec.Struct):
    """The body of `PUT jobs/{uuid}/promise_failure`."""

    exit_status: int
    reason: str | None = None


def accepted(given: Accepted) -> dict[str, Any]:
    """A whole job, as its agent needs it. What is not there is left out."""
    job = given.job
    answer: dict[str, Any] = {
        "id": job.uuid,
        "state": "accepted",
        "env": given.environment,
        "step": step(given.step),
        "priority": job.priority,
        "runnable_at": to_text(job.runnable_at or job.created_at),
        "chunks_max_size_bytes": CHUNKS_MAX_SIZE_BYTES,
        "chunks_interval_seconds": CHUNKS_INTERVAL_SECONDS,
        "log_max_size_bytes": LOG_MAX_SIZE_BYTES,
    }
    if job.matrix is not None:
        answer["matrix_permutation"] = job.matrix
    if given.token is not None:
        answer["token"] = given.token
    return answer


def step(definition: CommandStep) -> dict[str, Any]:
    """As much of a step as the agent reads: what it fetches, caches and verifies."""
    answer: dict[str, Any] = {"command": definition.command}
    # What is empty is left out, as it is where older agents sign it.
    if definition.env:
        answer["env"] = definition.env
    if definition.plugins:
        answer["plugins"] = definition.plugins
    if definition.secrets:
        answer["secrets"] = [
            {"key": secret.key, "environment_variable": secret.environment_variable}
            for secret in definition.secrets
        ]
    if definition.matrix is not None and definition.matrix.as_signed is not None:
        answer["matrix"] = definition.matrix.as_signed
    for name in ("signature", "cache", "checkout"):
        value = getattr(definition, name)
        if value is not None:
            answer[name] = value
    return answer


def ending(body: FinishBody) -> Ending:
    """What an agent says of its job's end.

    Raises:
        InvalidInputError: the exit status is no number, or a text is one that no agent sends.
    """
    exit_status = number("exit_status", body.exit_status)
    if body.signal_reason and body.signal_reason not in SIGNAL_REASONS:
        msg = f"signal_reason must be one of {', '.join(sorted(SIGNAL_REASONS))}"
        raise InvalidInputError(msg)
    is_countable = 0 <= body.chunks_failed_count <= _LARGEST_NUMBER
    if "\0" in body.signal or len(body.signal) > 100 or not is_countable:  # noqa: PLR2004
        msg = "signal or chunks_failed_count is out of bounds"
        raise InvalidInputError(msg)
    return Ending(
        exit_status, body.signal or None, body.signal_reason or None, body.chunks_failed_count
    )


def timeout(body: UpdateBody) -> int:
    """The minutes that a job asks for.

    Raises:
        InvalidInputError: it asks for nothing that can be changed, or for no number.
    """
    said = body.timeout_in_minutes if body.timeout is None else body.timeout
    if said is None:
        msg = "Only timeout_in_minutes can be changed"
        raise InvalidInputError(msg)
    return number("timeout_in_minutes", said)


def number(name: str, said: str | int) -> int:
    """A whole number, which agents write as text.

    Raises:
        InvalidInputError: it is none, or too large; the message names it.
    """
    try:
        found = int(said)
    except ValueError:
        msg = f"{name} must be a whole number"
        raise InvalidInputError(msg) from None
    if abs(found) > _LARGEST_NUMBER:
        msg = f"{name} is out of bounds"
        raise InvalidInputError(msg)
    return found
