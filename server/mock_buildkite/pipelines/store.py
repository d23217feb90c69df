"""The SQL of pipelines."""

from collections.abc import Iterable
from typing import Any

from mock_buildkite.pipelines.model import NamedPipeline, NewPipeline, Pipeline, provider_of
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part, reader
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import to_json

_pipeline = reader(Pipeline)
_named_pipeline = Part(NamedPipeline, "pipelines")
_NAMED_PIPELINE = f"select {_named_pipeline.columns} from pipelines"  # noqa: S608 - ours


def insert(  # noqa: PLR0913 - what a new pipeline does not say itself
    tx: Transaction,
    uuid: str,
    new: NewPipeline,
    *,
    organization_id: int,
    cluster_id: int | None,
    slug: str,
    created_by: int | None,
) -> Pipeline:
    """Add a pipeline, created now."""
    number = tx.insert(
        "pipelines",
        {
            "uuid": uuid,
            "organization_id": organization_id,
            "cluster_id": cluster_id,
            "slug": slug,
            "name": new.name,
            "description": new.description,
            "repository": new.repository,
            "default_branch": new.default_branch,
            "branch_configuration": new.branch_configuration,
            "configuration": new.configuration,
            "skip_queued_branch_builds": new.skip_queued_branch_builds,
            "skip_queued_branch_builds_filter": new.skip_queued_branch_builds_filter,
            "cancel_running_branch_builds": new.cancel_running_branch_builds,
            "cancel_running_branch_builds_filter": new.cancel_running_branch_builds_filter,
            "default_command_step_timeout": new.default_command_step_timeout,
            "maximum_command_step_timeout": new.maximum_command_step_timeout,
            "provider": provider_of(new.repository),
            "provider_settings": to_json(new.provider_settings),
            "visibility": new.visibility,
            "tags": to_json(new.tags),
            "color": new.color,
            "emoji": new.emoji,
            "allow_rebuilds": new.allow_rebuilds,
            "next_build_number": new.next_build_number,
            "created_by": created_by,
            "created_at": tx.now_text,
        },
    )
    return find(tx, number)


def update(tx: Transaction, number: int, changes: dict[str, Any]) -> Pipeline:
    """Change columns of a pipeline; the pipeline as it is then."""
    if changes:
        tx.update("pipelines", number, changes)
    return find(tx, number)


def delete(tx: Transaction, number: int) -> None:
    """Forget a pipeline and all its builds."""
    tx.execute("delete from pipelines where id = ?", (number,))


def find(tx: Transaction, number: int) -> Pipeline:
    """The pipeline with that integer key, which must be there."""
    row = tx.one("select * from pipelines where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _pipeline(row)


def find_named(tx: Transaction, number: int) -> NamedPipeline:
    """As much as its jobs are told of the pipeline with that integer key, which must be there."""
    row = tx.one(f"{_NAMED_PIPELINE} where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _named_pipeline.read(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Pipeline]:
    """The pipelines with those integer keys, by key."""
    return several.find_several(tx, "pipelines", _pipeline, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Pipeline | None:
    """The pipeline with that UUID."""
    row = tx.one("select * from pipelines where uuid = ?", (uuid,))
    return None if row is None else _pipeline(row)


def find_by_slug(tx: Transaction, organization_id: int, slug: str) -> Pipeline | None:
    """An organization's pipeline with that slug."""
    row = tx.one(
        "select * from pipelines where organization_id = ? and slug = ?", (organization_id, slug)
    )
    return None if row is None else _pipeline(row)


def is_name_taken(tx: Transaction, organization_id: int, name: str) -> bool:
    """Whether an organization has a pipeline of that name."""
    sql = "select 1 from pipelines where organization_id = ? and name = ?"
    return tx.value(sql, (organization_id, name)) is not None


def list_newest_first(tx: Transaction, organization_id: int) -> list[Pipeline]:
    """An organization's pipelines, the newest first, archived ones too."""
    rows = tx.all(
        "select * from pipelines where organization_id = ? order by id desc", (organization_id,)
    )
    return [_pipeline(row) for row in rows]


_UNFINISHED = "state in ('scheduled', 'running', 'failing', 'blocked', 'canceling')"


def count_unfinished_builds(tx: Transaction, numbers: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many builds of several pipelines are in each state, as far as they are not finished."""
    rows = tx.all(
        f"select pipeline_id, state, count(*) from builds where pipeline_id in {several.AMONG}"  # noqa: S608 - ours
        f" and {_UNFINISHED} group by pipeline_id, state",
        (to_json(list(numbers)),),
    )
    return _counted(rows)


def count_unfinished_jobs(tx: Transaction, numbers: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many command jobs of such builds are in each state, by pipeline."""
    rows = tx.all(
        "select jobs.pipeline_id, jobs.state, count(*) from builds"  # noqa: S608 - ours
        " join jobs on jobs.build_id = builds.id and jobs.type = 'script'"
        f" where builds.pipeline_id in {several.AMONG} and builds.{_UNFINISHED}"
        " group by jobs.pipeline_id, jobs.state",
        (to_json(list(numbers)),),
    )
    return _counted(rows)


def highest_build_number(tx: Transaction, number: int) -> int:
    """The highest number that a build of a pipeline has; 0 if there is no build."""
    highest: int = tx.value(
        "select coalesce(max(number), 0) from builds where pipeline_id = ?", (number,)
    )
    return highest


def is_any_build_active(tx: Transaction, number: int) -> bool:
    """Whether a pipeline has a build that goes on by itself."""
    states = "'scheduled', 'running', 'failing', 'canceling'"
    sql = f"select 1 from builds where pipeline_id = ? and state in ({states})"  # noqa: S608 - ours
    return tx.value(sql, (number,)) is not None


def take_build_number(tx: Transaction, number: int) -> int:
    """The next number for a build of a pipeline, taken."""
    taken: int = tx.execute(
        "update pipelines set next_build_number = next_build_number + 1 where id = ?"
        " returning next_build_number - 1",
        (number,),
    ).fetchone()[0]
    return taken


def _counted(rows: list[Row]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for pipeline_id, state, number in rows:
        found.setdefault(pipeline_id, {})[state] = number
    return found
