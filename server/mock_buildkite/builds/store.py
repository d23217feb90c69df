"""The SQL of builds."""

from collections.abc import Iterable
from typing import Any

from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build, MovedBuild, NewBuild, Search
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part, reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.storage.listing import Listing

_build = reader(Build)
_moved_build = Part(MovedBuild, "builds")
_MOVED_BUILD = f"select {_moved_build.columns} from builds"  # noqa: S608 - ours

_OF_BUILD = "from jobs where build_id = builds.id and type = 'script'"
_PAUSED = "queue_id in (select id from queues where dispatch_paused_at is not null)"
_NOT_ALL_PAUSED = (
    f"(not exists (select 1 {_OF_BUILD})"
    f" or exists (select 1 {_OF_BUILD} and {_PAUSED} is not true))"
)


def insert(tx: Transaction, uuid: str, pipeline: Pipeline, number: int, new: NewBuild) -> Build:
    """Add a build, created and scheduled now, without steps."""
    key = tx.insert(
        "builds",
        {
            "uuid": uuid,
            "organization_id": pipeline.organization_id,
            "pipeline_id": pipeline.id,
            "number": number,
            "state": BuildState.SCHEDULED.value,
            '"commit"': new.commit,
            "branch": new.branch,
            "tag": new.tag,
            "message": new.message,
            "source": new.source.value,
            "env": to_json(new.env),
            "author": None if new.author is None else to_json(new.author),
            "pull_request": None if new.pull_request is None else to_json(new.pull_request),
            "clean_checkout": new.clean_checkout,
            "ignore_pipeline_branch_filters": new.ignore_pipeline_branch_filters,
            "created_by": new.created_by,
            "rebuilt_from_build_id": new.rebuilt_from_build_id,
            "triggered_from_job_id": new.triggered_from_job_id,
            "trigger_depth": new.trigger_depth,
            "created_at": tx.now_text,
            "scheduled_at": tx.now_text,
        },
    )
    return find(tx, key)


def update(tx: Transaction, number: int, changes: dict[str, Any]) -> None:
    """Change columns of a build."""
    tx.update("builds", number, changes)


def find(tx: Transaction, number: int) -> Build:
    """The build with that integer key, which must be there."""
    row = tx.one("select * from builds where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _build(row)


def find_moved(tx: Transaction, number: int) -> MovedBuild:
    """As much as moving it needs of the build with that integer key, which must be there."""
    row = tx.one(f"{_MOVED_BUILD} where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _moved_build.read(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Build]:
    """The builds with those integer keys, by key."""
    return several.find_several(tx, "builds", _build, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Build | None:
    """The build with that UUID."""
    row = tx.one("select * from builds where uuid = ?", (uuid,))
    return None if row is None else _build(row)


def find_of_job(tx: Transaction, job_id: int) -> Build:
    """The build that a job belongs to."""
    return find(tx, tx.value("select build_id from jobs where id = ?", (job_id,)))


def uuid_of(tx: Transaction, number: int) -> str:
    """The UUID of the build with that integer key, which must be there."""
    uuid: str = tx.value("select uuid from builds where id = ?", (number,))
    return uuid


def find_by_number(tx: Transaction, pipeline_id: int, number: int) -> Build | None:
    """A pipeline's build with that number."""
    row = tx.one("select * from builds where pipeline_id = ? and number = ?", (pipeline_id, number))
    return None if row is None else _build(row)


def find_in_cluster(
    tx: Transaction, organization_id: int, cluster_id: int | None, uuid: str
) -> int | None:
    """The integer key of the build with that UUID whose pipeline is in a cluster, or in none."""
    number: int | None = tx.value(
        "select builds.id from builds join pipelines on pipelines.id = pipeline_id"
        " where builds.uuid = ? and builds.organization_id = ? and cluster_id is ?",
        (uuid, organization_id, cluster_id),
    )
    return number


def list_unfinished_of_branch(tx: Transaction, pipeline_id: int, branch: str) -> list[MovedBuild]:
    """A pipeline's builds of a branch that are not at their end, oldest first."""
    rows = tx.all(
        f"{_MOVED_BUILD} where pipeline_id = ? and branch = ? and finished_at is null"
        " and state in ('scheduled', 'running', 'failing', 'blocked') order by id",
        (pipeline_id, branch),
    )
    return [_moved_build.read(row) for row in rows]


def search(tx: Transaction, wanted: Search) -> Listing[Build]:
    """The builds that are asked for, the newest first."""
    # The numbers of a pipeline's builds go up as their keys do, and have an index.
    key = "id" if wanted.pipeline_id is None else "number"
    found = Listing(tx, "builds", _build, key=key)
    found.ask_among("organization_id", wanted.organization_ids)
    if wanted.pipeline_id is not None:
        found.ask("pipeline_id = ?", wanted.pipeline_id)
    if wanted.branches is not None:
        either = " or ".join("branch glob ?" for _ in wanted.branches)
        found.ask(f"({either or 'false'})", *map(_glob, wanted.branches))
    found.ask_among('"commit"', wanted.commits)
    if wanted.states is not None:
        found.ask_among("state", [state.value for state in wanted.states])
    if wanted.created_by is not None:
        found.ask("created_by = ?", wanted.created_by)
    found.ask_between("created_at", wanted.created_from, wanted.created_before)
    found.ask_between("finished_at", wanted.finished_from, None)
    if wanted.but_paused:
        found.ask(_NOT_ALL_PAUSED)
    for pair in wanted.meta_data.items():
        said = "select key, value from build_meta_data where build_id = builds.id"
        found.ask(f"(?, ?) in ({said})", *pair)
    return found


def count_jobs(tx: Transaction, number: int, added: int) -> None:
    """Note that a build has more jobs."""
    tx.execute("update builds set job_count = job_count + ? where id = ?", (added, number))


def _glob(branch: str) -> str:
    """A branch in the language of SQLite's `glob`, where only a `*` means more than itself."""
    return branch.replace("[", "[[]").replace("?", "[?]")
