"""The SQL of jobs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from mock_buildkite.clock import from_text, to_text
from mock_buildkite.jobs.lifecycle import ENDED, JobState
from mock_buildkite.jobs.model import (
    Authority,
    CallingJob,
    GroupedJob,
    Job,
    JobKey,
    MovedJob,
    OfBuild,
    Order,
    ReachedJob,
    RetryType,
    Search,
    UnfinishedJobs,
)
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part, reader
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json, to_json
from mock_buildkite.storage.listing import Listing

_job = reader(Job)
_moved_job = Part(MovedJob, "jobs")
_MOVED_JOB = f"select {_moved_job.columns} from jobs"  # noqa: S608 - ours
_grouped_job = Part(GroupedJob, "jobs")
_calling_job = Part(CallingJob, "jobs")
_CALLING_JOB = f"select {_calling_job.columns} from jobs"  # noqa: S608 - ours
_ENDED = ", ".join(sorted(repr(state.value) for state in ENDED))

_KEYS = {Order.CREATED_LAST: "id", Order.ASSIGNED_LAST: "coalesce(assigned_at, accepted_at, '')"}
_HAS_PASSED = (
    "(jobs.state = 'unblocked' or jobs.state = 'finished' and hard_failed = 0 and soft_failed = 0"
    " and coalesce(exit_status, 0) = 0)"
)
_HAS_FAILED = f"(state in ('finished', 'canceled', 'timed_out', 'expired') and not {_HAS_PASSED})"

_SHOWN_STATE = (
    "case when jobs.state != 'finished' then jobs.state"
    f" when {_HAS_PASSED} then 'passed' else 'failed' end"
)
_FILTERED_STATE = (
    "case when jobs.state = 'running' and hard_failed = 1 then 'failed'"  # it has promised to fail
    f" else {_SHOWN_STATE} end"
)
_IN_STEPS = (
    "from jobs join steps on steps.id = step_id left join steps as groups"
    " on groups.id = steps.group_id"
)
_STEP_ORDER = "steps.position, step_id, parallel_group_index, jobs.id"


def add(tx: Transaction, values: dict[str, Any]) -> int:
    """Add a job, whose columns are named by what makes jobs; its integer key."""
    return tx.insert("jobs", values)


def update(tx: Transaction, number: int, changes: dict[str, Any]) -> None:
    """Change columns of a job."""
    tx.update("jobs", number, changes)


def find(tx: Transaction, number: int) -> Job:
    """The job with that integer key, which must be there."""
    row = tx.one("select * from jobs where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _job(row)


def find_moved(tx: Transaction, number: int) -> MovedJob:
    """As much as moving it needs of the job with that integer key, which must be there."""
    row = tx.one(f"{_MOVED_JOB} where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _moved_job.read(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Job]:
    """The jobs with those integer keys, by key."""
    return several.find_several(tx, "jobs", _job, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Job | None:
    """The job with that UUID."""
    row = tx.one("select * from jobs where uuid = ?", (uuid,))
    return None if row is None else _job(row)


def find_authority(tx: Transaction, token_digest: bytes) -> Authority | None:
    """The job whose job token has that digest; ended jobs have none."""
    row = tx.one(f"{_CALLING_JOB} where token_digest = ?", (token_digest,))
    return None if row is None else _authority(row, is_of_session=False)


def find_authority_of_agent(tx: Transaction, agent_id: int) -> Authority | None:
    """The job that an agent has."""
    row = tx.one(f"{_CALLING_JOB} where id = (select job_id from agents where id = ?)", (agent_id,))  # noqa: S608 - ours
    return None if row is None else _authority(row, is_of_session=True)


def find_in_cluster(
    tx: Transaction, organization_id: int, cluster_id: int | None, uuid: str
) -> ReachedJob | None:
    """The job with that UUID in a cluster, or outside all clusters of an organization."""
    row = tx.one(
        "select id, build_id from jobs where uuid = ? and organization_id = ? and cluster_id is ?",
        (uuid, organization_id, cluster_id),
    )
    return None if row is None else ReachedJob(row["id"], uuid, row["build_id"])


def uuid_of(tx: Transaction, number: int) -> str:
    """The UUID of the job with that integer key, which must be there."""
    uuid: str = tx.value("select uuid from jobs where id = ?", (number,))
    return uuid


def list_of_step(tx: Transaction, step_id: int) -> list[MovedJob]:
    """The jobs of a step, in the order in which they were made; those that were retried too."""
    rows = tx.all(f"{_MOVED_JOB} where step_id = ? order by id", (step_id,))
    return [_moved_job.read(row) for row in rows]


def list_latest_of_step(tx: Transaction, step_id: int) -> list[MovedJob]:
    """The jobs that count for a step: those in whose place no other came."""
    rows = tx.all(
        f"{_MOVED_JOB} where step_id = ? and retried_in_job_id is null order by id", (step_id,)
    )
    return [_moved_job.read(row) for row in rows]


def list_of_build(tx: Transaction, build_id: int) -> list[Job]:
    """A build's jobs in the order of its steps; those that were retried too."""
    rows = tx.all(
        "select jobs.* from jobs join steps on steps.id = step_id where jobs.build_id = ?"
        " order by position, step_id, parallel_group_index, jobs.id",
        (build_id,),
    )
    return [_job(row) for row in rows]


def search(tx: Transaction, wanted: Search) -> Listing[Job]:
    """The jobs that are asked for, in the order that is."""
    found = Listing(tx, "jobs", _job, key=_KEYS[wanted.order])
    for column, number in (
        ("organization_id", wanted.organization_id),
        ("pipeline_id", wanted.pipeline_id),
        ("build_id", wanted.build_id),
        ("agent_id", wanted.agent_id),
    ):
        if number is not None:
            found.ask(f"{column} = ?", number)
    if wanted.is_in_queue is not None:
        found.ask("(queue_id is not null) = ?", wanted.is_in_queue)
    if wanted.has_passed is not None:
        found.ask(_HAS_PASSED if wanted.has_passed else _HAS_FAILED)
    types, states = wanted.types, wanted.states
    found.ask_among("cluster_id", wanted.cluster_ids)
    found.ask_among("queue_id", wanted.queue_ids)
    found.ask_among("type", None if types is None else [each.value for each in types])
    found.ask_among("state", None if states is None else [each.value for each in states])
    found.ask_among("priority", wanted.priorities)
    found.ask_among("concurrency_group", wanted.concurrency_groups)
    found.ask_among("(select key from steps where steps.id = step_id)", wanted.step_keys)
    for rule in wanted.agent_query_rules:
        found.ask("? in (select value from json_each(agent_query_rules))", rule)
    found.ask_between("created_at", wanted.created_from, wanted.created_before)
    found.ask_between("finished_at", wanted.finished_from, wanted.finished_before)
    return found


def list_of_builds(tx: Transaction, build_ids: Iterable[int], wanted: OfBuild) -> list[Job]:
    """Those jobs of several builds that are asked for, each build's in the order of its steps."""
    conditions, parameters = _of_build(wanted)
    rows = tx.all(
        f"select jobs.* {_IN_STEPS} where jobs.build_id in {several.AMONG}{conditions}"
        f" order by jobs.build_id, {_STEP_ORDER}",
        [to_json(list(build_ids)), *parameters],
    )
    return [_job(row) for row in rows]


def list_keys_of_build(tx: Transaction, build_id: int, wanted: OfBuild) -> list[JobKey]:
    """The same for one build, and no more of each job than tells it from the others."""
    conditions, parameters = _of_build(wanted)
    rows = tx.all(
        f"select jobs.id, jobs.uuid {_IN_STEPS} where jobs.build_id = ?{conditions}"
        f" order by {_STEP_ORDER}",
        [build_id, *parameters],
    )
    return [JobKey(*row) for row in rows]


def count_by_shown_state(
    tx: Transaction, build_id: int, *, include_retried: bool
) -> dict[str, int]:
    """How many jobs of a build are in each state, in the words of `jobs.model.shown_state`."""
    latest = "" if include_retried else " and retried_in_job_id is null"
    rows = tx.all(
        f"select {_SHOWN_STATE}, count(*) from jobs where build_id = ?{latest}"  # noqa: S608 - ours
        " group by 1 order by 1",
        (build_id,),
    )
    return {row[0]: row[1] for row in rows}


def list_in_states(
    tx: Transaction, build_id: int, states: frozenset[JobState], step_id: int | None = None
) -> list[MovedJob]:
    """A build's jobs, or those of one step, in some states, in the order they were made in."""
    marks = ", ".join("?" * len(states))
    of_step = "" if step_id is None else " and step_id = ?"
    parameters = (build_id, *(state.value for state in states))
    rows = tx.all(
        f"{_MOVED_JOB} where build_id = ? and state in ({marks}){of_step} order by id",
        parameters if step_id is None else (*parameters, step_id),
    )
    return [_moved_job.read(row) for row in rows]


def is_any_left_in(tx: Transaction, cluster_id: int, queue_id: int | None = None) -> bool:
    """Whether a cluster, or that queue of it, has a job that has not ended."""
    sql = f"select 1 from jobs where cluster_id = ?1 and state not in ({_ENDED})"  # noqa: S608 - ours
    sql += " and (?2 is null or queue_id = ?2) limit 1"
    return tx.value(sql, (cluster_id, queue_id)) is not None


def list_in_group(tx: Transaction, organization_id: int, group: str) -> list[GroupedJob]:
    """The jobs in the queue of a concurrency group, in the order in which they came to it."""
    rows = tx.all(
        f"select {_grouped_job.columns} from jobs where organization_id = ?"  # noqa: S608 - ours
        " and concurrency_group = ?"
        " and state in ('waiting', 'limited', 'scheduled', 'assigned', 'accepted', 'running',"
        " 'canceling', 'timing_out') order by scheduled_at, id",
        (organization_id, group),
    )
    return [_grouped_job.read(row) for row in rows]


def count_unfinished(
    tx: Transaction, organization_id: int, cluster_id: int | None
) -> list[UnfinishedJobs]:
    """How many command jobs of a cluster, or outside clusters, are in each state.

    Only of builds that are not finished: no other has jobs that an agent might still run.
    """
    rows = tx.all(
        "select queue_id, agent_query_rules, jobs.state, count(*) from builds"
        " join jobs on jobs.build_id = builds.id where builds.organization_id = ?"
        " and builds.state in ('scheduled', 'running', 'failing', 'blocked', 'canceling')"
        " and jobs.type = 'script' and jobs.cluster_id is ? group by 1, 2, 3",
        (organization_id, cluster_id),
    )
    return [
        UnfinishedJobs(row[0], tuple(from_json(row[1])), JobState(row[2]), row[3]) for row in rows
    ]


def list_due(tx: Transaction, moment: datetime) -> list[int]:
    """The integer keys of the jobs that time moves by a moment, the first due first."""
    rows = tx.all(
        "select id from jobs where due_at is not null and due_at <= ? order by due_at, id",
        (to_text(moment),),
    )
    return [row[0] for row in rows]


def due_at_of(tx: Transaction, number: int) -> datetime | None:
    """When time moves the job with that integer key, if it does."""
    text = tx.value("select due_at from jobs where id = ?", (number,))
    return None if text is None else from_text(text)


def postpone_assignments(tx: Transaction, duration: timedelta) -> None:
    """Let agents that are about to accept or start a job have as much time left as before."""
    rows = tx.all(
        "select id, due_at from jobs where due_at is not null and state in ('assigned', 'accepted')"
    )
    for row in rows:
        update(tx, row["id"], {"due_at": to_text(from_text(row["due_at"]) + duration)})


def last_unblocker(tx: Transaction, build_id: int) -> int | None:
    """The user who released a block step of a build last."""
    number: int | None = tx.value(
        "select unblocked_by from jobs where build_id = ? and unblocked_by is not null"
        " order by unblocked_at desc, id desc",
        (build_id,),
    )
    return number


def first_due(tx: Transaction) -> datetime | None:
    """The next moment at which time moves a job."""
    text = tx.value("select min(due_at) from jobs where due_at is not null")
    return None if text is None else from_text(text)


def record_retry(
    tx: Transaction, number: int, by_job_id: int, retry_type: RetryType, user_id: int | None
) -> None:
    """Note that another job took a job's place: it no longer makes its build fail."""
    tx.execute(
        "update jobs set retried_in_job_id = ?, hard_failed = 0, retried_by = ? where id = ?",
        (by_job_id, user_id, number),
    )
    tx.execute(
        "update jobs set retry_source_job_id = ?, retry_type = ? where id = ?",
        (number, retry_type.value, by_job_id),
    )


def _authority(row: Row, *, is_of_session: bool) -> Authority:
    job = _calling_job.read(row)
    assert job.agent_id is not None  # noqa: S101 - a job without agent has no token
    return Authority(job, job.agent_id, is_of_session)


def _of_build(wanted: OfBuild) -> tuple[str, list[object]]:
    conditions, parameters = "", list[object]()
    if not wanted.include_retried:
        conditions += " and jobs.retried_in_job_id is null"
    for column, value in (("steps.key", wanted.step_key), ("groups.key", wanted.group_key)):
        if value is not None:
            conditions += f" and {column} = ?"
            parameters.append(value)
    if wanted.shown_states is not None:
        conditions += f" and {_FILTERED_STATE} in {several.AMONG}"
        parameters.append(to_json(sorted(wanted.shown_states)))
    if wanted.but_paused:
        paused = "(select id from queues where dispatch_paused_at is not null)"
        conditions += f" and (queue_id is null or queue_id not in {paused})"
    return conditions, parameters
