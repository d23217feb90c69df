"""What a job is, how it counts, and which ones are looked for."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from mock_buildkite.jobs.lifecycle import ENDED, JobState

AGENT_LOST_EXIT_STATUS = -1
LONGEST_EXTENSION_MINUTES = 60
"""How far beyond its first timeout a job may raise it.

Source: pages/agent/cli/reference/job.md of Buildkite's documentation.
"""

HIGHEST_PRIORITY = 2**31 - 1
"""And as far below zero the lowest."""


class JobType(Enum):
    """What kind of job it is, in REST's words."""

    SCRIPT = "script"
    WAITER = "waiter"
    MANUAL = "manual"
    TRIGGER = "trigger"


class RetryType(Enum):
    """Who had a job retried."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class MovedJob(Struct, frozen=True):
    """As much of a job as is needed to move it: each column takes its time to read."""

    id: int
    organization_id: int
    build_id: int
    step_id: int
    type: JobType
    state: JobState
    definition: str | None
    """JSON: its step with the values of its matrix filled in; None: as the step has it."""
    agent_id: int | None
    created_at: datetime
    hard_failed: bool
    """Whether it makes its build fail: false again once it was retried."""
    promised_exit_status: int | None
    rule_retries: tuple[int, ...]
    concurrency_group: str | None


class GroupedJob(MovedJob, frozen=True):
    """As much of a job as its place in its concurrency group depends on."""

    priority: int
    concurrency_limit: int | None
    concurrency_method: str | None


class CallingJob(MovedJob, frozen=True):
    """As much of a job as the calls that its agent and its commands send need."""

    uuid: str
    cluster_id: int | None
    timeout_in_minutes: int | None
    token_expires_at: datetime | None


class GivenJob(CallingJob, frozen=True):
    """As much of a job as its agent is given of it."""

    queue_id: int | None
    name: str | None
    priority: int
    token_issued_at: datetime | None
    runnable_at: datetime | None
    parallel_group_index: int | None
    parallel_group_total: int | None
    matrix: dict[str, str] | None
    retries_count: int


class Job(GivenJob, frozen=True):
    """One attempt at what a step asks for."""

    pipeline_id: int
    agent_query_rules: tuple[str, ...]
    scheduled_at: datetime
    """Inherited from the build, or from the job that uploaded it: its place in every queue."""
    due_at: datetime | None
    """When time moves it."""
    exit_status: int | None
    soft_failed: bool
    concurrency_limit: int | None
    concurrency_method: str | None
    limited_at: datetime | None
    assigned_at: datetime | None
    accepted_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    signal: str | None
    signal_reason: str | None
    chunks_failed_count: int
    broken_reason: str | None
    most_timeout_in_minutes: int | None
    promised_exit_status_at: datetime | None
    promised_exit_status_reason: str | None
    retried_in_job_id: int | None
    retry_source_job_id: int | None
    retry_type: RetryType | None
    retried_by: int | None
    unblocked_by: int | None
    unblocked_at: datetime | None
    triggered_build_id: int | None
    canceled_by: int | None

    @property
    def is_ended(self) -> bool:
        """Whether it goes on only when something before it is retried."""
        return self.state in ENDED

    @property
    def is_retried(self) -> bool:
        """Whether another job took its place."""
        return self.retried_in_job_id is not None

    @property
    def has_passed(self) -> bool:
        """Whether GraphQL's `passed` is true; a failure stays one, also when it was retried."""
        if self.state is JobState.UNBLOCKED:
            return True
        has_failed = self.hard_failed or self.soft_failed or bool(self.exit_status)
        return self.state is JobState.FINISHED and not has_failed


class End(Struct, frozen=True):
    """How a job has ended."""

    state: JobState
    exit_status: int | None
    soft_failed: bool
    hard_failed: bool


class Standing(Struct, frozen=True):
    """How the jobs of a build stand, all together."""

    is_under_way: bool
    """Whether one goes on without anybody's doing."""
    is_limited: bool
    """Whether one waits for a place in its concurrency group."""
    has_failed: bool
    """Whether one makes the build fail."""
    is_held: bool
    """Whether one waits: for a person, or for what never comes."""
    has_run: bool
    """Whether one was more than broken from the start."""


class StepStanding(Struct, frozen=True):
    """How the jobs of a step stand, all together."""

    is_under_way: bool
    """Whether one goes on without anybody's doing."""
    is_limited: bool
    """Whether one waits for a place in its concurrency group."""
    is_held: bool
    """Whether one waits for other steps, or for a person, or may have to."""

    @property
    def is_open(self) -> bool:
        """Whether one is not at its end."""
        return self.is_under_way or self.is_limited or self.is_held


class QueuedJob(Struct, frozen=True):
    """As much of a job that waits for an agent as finding it one needs."""

    id: int
    organization_id: int
    cluster_id: int | None
    queue_id: int | None
    agent_query_rules: tuple[str, ...]
    priority: int
    scheduled_at: datetime
    retry_source_job_id: int | None

    @property
    def place_in_line(self) -> tuple[int, datetime, int]:
        """What comes first in a queue has the least."""
        return (-self.priority, self.scheduled_at, self.id)


class AssignedJob(Struct, frozen=True):
    """As much of the job that an agent has as telling the agent of it needs."""

    uuid: str
    state: JobState
    assigned_at: str
    """When it was given to the agent, or taken by it."""


class UnfinishedJobs(Struct, frozen=True):
    """How many jobs are in a same state, for a same queue, with the same agent query rules."""

    queue_id: int | None
    agent_query_rules: tuple[str, ...]
    state: JobState
    number: int


class Authority(Struct, frozen=True):
    """In whose name a call comes: a job at work on its agent."""

    job: CallingJob
    agent_id: int
    is_of_session: bool
    """Whether the agent's session token was presented, in place of a job token."""


class ReachedJob(Struct, frozen=True):
    """A job that a call is about, which its authority may reach."""

    id: int
    uuid: str
    build_id: int


class Order(Enum):
    """Which jobs come first."""

    CREATED_LAST = "created"
    ASSIGNED_LAST = "assigned"


class Search(Struct, frozen=True):
    """Which jobs are asked for; what is None does not matter."""

    organization_id: int | None = None
    cluster_ids: Collection[int] | None = None
    queue_ids: Collection[int] | None = None
    is_in_queue: bool | None = None
    pipeline_id: int | None = None
    build_id: int | None = None
    agent_id: int | None = None
    types: Collection[JobType] | None = None
    states: Collection[JobState] | None = None
    has_passed: bool | None = None
    """False asks for those that ended otherwise."""
    priorities: Collection[int] | None = None
    concurrency_groups: Collection[str] | None = None
    step_keys: Collection[str] | None = None
    agent_query_rules: Collection[str] = ()
    """All of them."""
    created_from: datetime | None = None
    created_before: datetime | None = None
    finished_from: datetime | None = None
    finished_before: datetime | None = None
    order: Order = Order.CREATED_LAST


class OfBuild(Struct, frozen=True):
    """Which jobs of a build are asked for; what is None does not matter."""

    include_retried: bool = False
    shown_states: Collection[str] | None = None
    """In the words of `shown_state`; one that runs and has promised to fail counts as failed."""
    step_key: str | None = None
    group_key: str | None = None
    but_paused: bool = False
    """Without those on paused queues."""


class JobKey(Struct, frozen=True):
    """As much of a job as its place in a list needs."""

    id: int
    uuid: str


def expires_at(created_at: datetime, days: int) -> datetime:
    """When a job that found no agent is given up: at the next sweep, five past an hour.

    Source: pages/pipelines/configure/build_retention.md and the job states of Buildkite's
    documentation.
    """
    earliest = created_at + timedelta(days=days)
    sweep = earliest.replace(minute=5, second=0, microsecond=0)
    return sweep if sweep >= earliest else sweep + timedelta(hours=1)


SHOWN_STATES = frozenset(
    {
        *(state.value for state in JobState if state is not JobState.FINISHED),
        "passed",
        "failed",
        "unblocked_failed",  # no job here has it
    }
)
"""What REST calls the states of jobs."""


def shown_state(job: Job) -> str:
    """A job's state in REST's words, which never say `finished`.

    Source: pages/apis/rest_api/builds.md of Buildkite's documentation.
    """
    if job.state is not JobState.FINISHED:
        state: str = job.state.value
        return state
    return "passed" if job.has_passed else "failed"
