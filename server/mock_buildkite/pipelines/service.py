"""Making, finding, changing and ending pipelines."""

from collections.abc import Callable
from typing import Any

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidFieldsError, InvalidInputError, InvalidStateError
from mock_buildkite.ids import Ids
from mock_buildkite.names import slug_of
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines import branches, reading, store
from mock_buildkite.pipelines.model import (
    NewPipeline,
    Pipeline,
    Search,
    checked_build_number,
    checked_name,
    checked_slug,
    provider_of,
)
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

find = store.find
list_newest_first = store.list_newest_first

VISIBILITIES = ("private", "public")
_TAKEN = "has already been taken"


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Pipeline | None:
    """A pipeline of an organization that the caller sees."""
    pipeline = store.find_by_uuid(tx, uuid)
    if pipeline is None or not caller.reaches(pipeline.organization_id):
        return None
    return pipeline


def find_by_slug(tx: Transaction, organization: Organization, slug: str) -> Pipeline | None:
    """An organization's pipeline of that slug."""
    return store.find_by_slug(tx, organization.id, slug)


def search(tx: Transaction, organization: Organization, wanted: Search) -> list[Pipeline]:
    """An organization's pipelines that are asked for, the newest first."""
    return [each for each in store.list_newest_first(tx, organization.id) if wanted.finds(each)]


def first_cluster(tx: Transaction, organization: Organization) -> Cluster | None:
    """The cluster of a new pipeline that names none; None if the organization has none."""
    return min(clusters.list_by_name(tx, organization), key=lambda each: each.id, default=None)


def named_cluster(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str
) -> Cluster:
    """The cluster that a pipeline is to be in.

    Raises:
        InvalidFieldsError: the organization has none of that UUID.
    """
    cluster = clusters.find_visible(tx, caller, uuid)
    if cluster is None or cluster.organization_id != organization.id:
        raise InvalidFieldsError([("cluster_id", "is not the ID of a cluster")])
    return cluster


def add(
    tx: Transaction,
    ids: Ids,
    organization: Organization,
    cluster: Cluster | None,
    new: NewPipeline,
    created_by: int | None = None,
) -> Pipeline:
    """Make a pipeline. Every member of an organization may.

    Raises:
        InvalidFieldsError: the organization has one of that name or slug, or something about it
            cannot be, its configuration for one.
    """
    slug = new.slug or _slug_of_name(new.name)
    _require_free_name(tx, organization.id, new.name)
    _require_free_slug(tx, organization.id, checked_slug(slug), "slug" if new.slug else "name")
    checked_build_number(new.next_build_number, 0)
    _require_sound({name: getattr(new, name) for name in NewPipeline.__struct_fields__})
    return store.insert(
        tx,
        ids.uuid(),
        new,
        organization_id=organization.id,
        cluster_id=None if cluster is None else cluster.id,
        slug=slug,
        created_by=created_by,
    )


def update(tx: Transaction, pipeline: Pipeline, changes: dict[str, Any]) -> Pipeline:
    """Change what is said about a pipeline, by the names of its columns.

    A new name without a slug gives it a new slug as well; settings of its provider that are not
    named stay.

    Raises:
        InvalidFieldsError: another pipeline of the organization has the name or slug, or something
            about it cannot be.
        InvalidStateError: it is archived.
    """
    if pipeline.is_archived:
        msg = "Archived pipelines can't be changed"
        raise InvalidStateError(msg)
    changes = dict(changes)
    name = changes.get("name", pipeline.name)
    if name != pipeline.name:
        changes.setdefault("slug", _slug_of_name(name))
        _require_free_name(tx, pipeline.organization_id, name)
    slug = changes.get("slug", pipeline.slug)
    if slug != pipeline.slug:
        _require_free_slug(tx, pipeline.organization_id, checked_slug(slug), "slug")
    _require_sound(changes)
    if "next_build_number" in changes:
        taken = store.highest_build_number(tx, pipeline.id)
        checked_build_number(changes["next_build_number"], taken)
    if "repository" in changes:
        changes["provider"] = provider_of(changes["repository"])
    if "provider_settings" in changes:
        settings = {**pipeline.provider_settings, **changes["provider_settings"]}
        changes["provider_settings"] = to_json(settings)
    if "tags" in changes:
        changes["tags"] = to_json(changes["tags"])
    return store.update(tx, pipeline.id, changes)


def move(tx: Transaction, pipeline: Pipeline, cluster: Cluster | None) -> Pipeline:
    """Have the jobs of a pipeline's coming builds run in another cluster, or outside all."""
    return store.update(tx, pipeline.id, {"cluster_id": None if cluster is None else cluster.id})


def archive(tx: Transaction, caller: Caller, pipeline: Pipeline) -> Pipeline:
    """Have a pipeline take no more builds.

    Raises:
        InvalidStateError: it is archived already.
    """
    if pipeline.is_archived:
        msg = "Pipeline could not be archived."
        raise InvalidStateError(msg)
    changes = {"archived_at": tx.now_text, "archived_by": caller.user.id}
    return store.update(tx, pipeline.id, changes)


def unarchive(tx: Transaction, pipeline: Pipeline) -> Pipeline:
    """Have an archived pipeline take builds again.

    Raises:
        InvalidStateError: it is not archived.
    """
    if not pipeline.is_archived:
        msg = "Pipeline could not be unarchived."
        raise InvalidStateError(msg)
    return store.update(tx, pipeline.id, {"archived_at": None, "archived_by": None})


def delete(tx: Transaction, pipeline: Pipeline) -> None:
    """Forget a pipeline, its builds and their files.

    Raises:
        InvalidStateError: one of its builds is under way.
    """
    if store.is_any_build_active(tx, pipeline.id):
        msg = "Cannot delete pipeline with active builds"
        raise InvalidStateError(msg)
    store.delete(tx, pipeline.id)
    tx.falls_due(tx.now)


def _slug_of_name(name: str) -> str:
    slug = slug_of(checked_name(name))
    if not slug:
        raise InvalidFieldsError([("name", "has no letter or number for a slug")])
    return slug


def _require_free_name(tx: Transaction, organization_id: int, name: str) -> None:
    if store.is_name_taken(tx, organization_id, checked_name(name)):
        raise InvalidFieldsError([("name", _TAKEN)])


def _require_free_slug(tx: Transaction, organization_id: int, slug: str, field: str) -> None:
    if store.find_by_slug(tx, organization_id, slug) is not None:
        raise InvalidFieldsError([(field, _TAKEN)])


def _require_sound(said: dict[str, Any]) -> None:
    """Refuse what no pipeline can have, all of it at once."""
    problems = [
        (field, problem) for field, value in said.items() if (problem := _problem(field, value))
    ]
    if problems:
        raise InvalidFieldsError(problems)


def _problem(field: str, value: Any) -> str | None:  # noqa: ANN401, PLR0911 - any column's
    """What is wrong with what is said of a pipeline, if anything is."""
    match field:
        case "repository" if not value.strip():
            return "can't be blank"
        case "repository" | "default_branch" if "\0" in value:
            return "can't have NUL characters"
        case "default_branch" if not value.strip():
            return "can't be blank"
        case "configuration":
            return _refusal(reading.check_yaml, value)
        case "visibility" if value not in VISIBILITIES:
            return f"must be one of {', '.join(VISIBILITIES)}"
        case "default_command_step_timeout" | "maximum_command_step_timeout":
            is_sound = value is None or 0 < value < 2**31
            return None if is_sound else "must be a positive number of minutes"
        case (
            "branch_configuration"
            | "skip_queued_branch_builds_filter"
            | "cancel_running_branch_builds_filter"
        ) if value:
            return _refusal(branches.checked, value)
    return None


def _refusal(check: Callable[[str], object], text: str) -> str | None:
    """Why a text is refused; None if it is not."""
    try:
        check(text)
    except InvalidInputError as error:
        return f"is invalid: {error.message}"
    return None
