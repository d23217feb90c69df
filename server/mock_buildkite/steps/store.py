"""The SQL of steps and of what they wait for."""

from collections.abc import Iterable
from typing import Any

from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.definition import encode_step
from mock_buildkite.steps.model import Edge, MissingEdge, Outcome, Step, StepType
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part
from mock_buildkite.storage.database import Row, Transaction

_step = Part(Step, "steps")
_STEP = f"select {_step.columns} from steps"  # noqa: S608 - ours
_TYPES = {each.value: each for each in StepType}
_OUTCOMES = {each.value: each for each in Outcome}


def insert(  # noqa: PLR0913 - what a definition does not say itself
    tx: Transaction,
    uuid: str,
    build_id: int,
    step_type: StepType,
    definition: Definition,
    *,
    position: int,
    group_id: int | None,
    uploaded_by_job_id: int | None,
) -> Step:
    """Add a step of a build."""
    number = tx.insert(
        "steps",
        {
            "uuid": uuid,
            "build_id": build_id,
            "group_id": group_id,
            "type": step_type.value,
            "key": definition.key,
            "label": definition.label,
            "position": position,
            "definition": encode_step(definition),
            "uploaded_by_job_id": uploaded_by_job_id,
        },
    )
    return find(tx, number)


def find(tx: Transaction, number: int) -> Step:
    """The step with that integer key, which must be there."""
    row = tx.one(f"{_STEP} where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _step.read(row)


def definition_of(tx: Transaction, number: int) -> str:
    """The definition of a step, as it is stored."""
    definition: str = tx.value("select definition from steps where id = ?", (number,))
    return definition


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Step]:
    """The steps with those integer keys, by key."""
    return several.find_several(tx, "steps", _step.read, numbers, _step.columns)


def find_by_uuid(tx: Transaction, uuid: str) -> Step | None:
    """The step with that UUID."""
    row = tx.one(f"{_STEP} where uuid = ?", (uuid,))
    return None if row is None else _step.read(row)


def find_by_key(tx: Transaction, build_id: int, key: str) -> Step | None:
    """A build's step with that key."""
    row = tx.one(f"{_STEP} where build_id = ? and key = ?", (build_id, key))
    return None if row is None else _step.read(row)


def list_of_build(tx: Transaction, build_id: int) -> list[Step]:
    """A build's steps in their order, those of groups after their group."""
    rows = tx.all(f"{_STEP} where build_id = ? order by position, id", (build_id,))
    return [_step.read(row) for row in rows]


def list_of_group(tx: Transaction, group_id: int) -> list[Step]:
    """A group's steps in their order."""
    rows = tx.all(f"{_STEP} where group_id = ? order by position, id", (group_id,))
    return [_step.read(row) for row in rows]


def list_uploaded_by(tx: Transaction, step_id: int) -> list[int]:
    """The integer keys of the steps that the jobs of a step have uploaded."""
    rows = tx.all(
        "select steps.id from steps join jobs on jobs.id = uploaded_by_job_id"
        " where jobs.step_id = ?",
        (step_id,),
    )
    return [row[0] for row in rows]


def make_room(tx: Transaction, build_id: int, after: int, count: int) -> None:
    """Move the steps of a build that come after a place."""
    tx.execute(
        "update steps set position = position + ? where build_id = ? and position > ?",
        (count, build_id, after),
    )


def delete(tx: Transaction, number: int) -> None:
    """Take a step out of its build, with its jobs and all that waits for it."""
    tx.execute("delete from steps where id = ?", (number,))


def update(tx: Transaction, number: int, changes: dict[str, Any]) -> None:
    """Change columns of a step."""
    tx.update("steps", number, changes)


def insert_update(tx: Transaction, number: int, uuid: str) -> bool:
    """Remember a change of a step by its UUID; whether it was not known before."""
    cursor = tx.execute("insert or ignore into step_updates values (?, ?)", (number, uuid))
    return cursor.rowcount == 1


def record_outcome(
    tx: Transaction,
    number: int,
    outcome: Outcome,
    *,
    is_finished: bool,
    passes_failure: bool = False,
) -> None:
    """Note how a step stands."""
    tx.execute(
        "update steps set outcome = ?, is_finished = ?, passes_failure = ? where id = ?",
        (outcome.value, is_finished, passes_failure, number),
    )


def insert_edge(
    tx: Transaction,
    step_id: int,
    *,
    on_step_id: int | None,
    on_key: str | None = None,
    allow_failure: bool = False,
    is_implicit: bool = False,
) -> None:
    """Have a step wait for another, or for a key that no step has yet."""
    tx.execute(
        "insert or ignore into step_dependencies"
        " (step_id, on_step_id, on_key, allow_failure, is_implicit) values (?, ?, ?, ?, ?)",
        (step_id, on_step_id, on_key, allow_failure, is_implicit),
    )


def bind_key(tx: Transaction, build_id: int, key: str, step_id: int) -> list[int]:
    """Let those who wait for a key wait for the step that has it now; their integer keys."""
    rows = tx.all(
        "select step_dependencies.id, step_id from step_dependencies"
        " join steps on steps.id = step_id"
        " where build_id = ? and on_step_id is null and on_key = ?",
        (build_id, key),
    )
    for row in rows:
        tx.execute("update step_dependencies set on_step_id = ? where id = ?", (step_id, row[0]))
    return [row[1] for row in rows]


def list_edges_missing_in_concurrency_groups(tx: Transaction, build_id: int) -> list[MissingEdge]:
    """Who has named a step of a concurrency group, and the group's steps it does not wait for."""
    rows = tx.all(
        "select distinct named.step_id, other.step_id, named.allow_failure"
        " from step_dependencies as named"
        " join jobs as target on target.step_id = named.on_step_id"
        " join jobs as other on other.build_id = target.build_id"
        " and other.concurrency_group = target.concurrency_group"
        " where target.build_id = ? and target.concurrency_group is not null"
        " and not named.is_implicit and not exists (select 1 from step_dependencies as known"
        " where known.step_id = named.step_id and known.on_step_id = other.step_id)"
        " and not exists (select 1 from jobs as own where own.step_id = named.step_id"
        " and own.concurrency_group = target.concurrency_group)"
        " order by named.step_id, other.step_id",
        (build_id,),
    )
    return [MissingEdge(row[0], row[1], bool(row[2])) for row in rows]


_EDGES = (
    "select step_dependencies.step_id, on_step_id, on_key, allow_failure, is_implicit,"
    " on_step.type, on_step.outcome, on_step.is_finished, on_step.passes_failure,"
    " on_step.is_blocked"
    " from step_dependencies left join steps as on_step on on_step.id = on_step_id"
)


def list_edges(tx: Transaction, step_id: int) -> list[Edge]:
    """What a step waits for."""
    rows = tx.all(f"{_EDGES} where step_dependencies.step_id = ?", (step_id,))
    return [_edge(row) for row in rows]


def list_edges_to(tx: Transaction, step_id: int) -> list[Edge]:
    """Who waits for a step."""
    rows = tx.all(f"{_EDGES} where on_step_id = ?", (step_id,))
    return [_edge(row) for row in rows]


def list_all_edges(tx: Transaction, build_id: int) -> list[tuple[int, int]]:
    """Every edge of a build between two steps: who waits, and for which."""
    rows = tx.all(
        "select step_id, on_step_id from step_dependencies join steps on steps.id = step_id"
        " where build_id = ? and on_step_id is not null",
        (build_id,),
    )
    return [(row[0], row[1]) for row in rows]


def list_steps_waiting_for_missing_keys(tx: Transaction, build_id: int) -> list[tuple[int, str]]:
    """The steps of a build that wait for a key that no step has, with that key."""
    rows = tx.all(
        "select step_id, on_key from step_dependencies join steps on steps.id = step_id"
        " where build_id = ? and on_step_id is null and not is_finished order by position",
        (build_id,),
    )
    return [(row[0], row[1]) for row in rows]


def _edge(row: Row) -> Edge:
    return Edge(
        step_id=row[0],
        on_step_id=row[1],
        on_key=row[2],
        allow_failure=bool(row[3]),
        is_implicit=bool(row[4]),
        on_type=None if row[5] is None else _TYPES[row[5]],
        on_outcome=Outcome.NEUTRAL if row[6] is None else _OUTCOMES[row[6]],
        on_is_finished=bool(row[7]),
        on_passes_failure=bool(row[8]),
        on_is_blocked=bool(row[9]),
    )
