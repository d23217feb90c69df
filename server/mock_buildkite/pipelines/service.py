"""Making, finding, changing and ending pipelines."""

from typing import Any

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import (
    ConflictError,
    InvalidFieldsError,
    InvalidInputError,
    InvalidStateError,
)
from mock_buildkite.ids import Ids
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
    slug_of,
)
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

find = store.find
list_newest_first = store.list_newest_first

VISIBILITIES = ("private", "public")


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


def cluster_for(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str | None
) -> Cluster | None:
    """The cluster that a new pipeline is to be in: a named one, or the organization's first.

    None if the organization has none.

    Raises:
        InvalidInputError: it has none of that UUID.
    """
    if uuid is None:
        return min(clusters.list_by_name(tx, organization), key=lambda each: each.id, default=None)
    cluster = clusters.find_visible(tx, caller, uuid)
    if cluster is None or cluster.organization_id != organization.id:
        raise InvalidFieldsError([("cluster_id", "is not a cluster of this organization")])
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
        ConflictError: the organization has one of that name or slug.
        InvalidInputError: something about it cannot be, its configuration for one.
    """
    checked_name(new.name)
    slug = checked_slug(new.slug or slug_of(new.name))
    _require_free(tx, organization.id, slug, "Slug" if new.slug else "Name")
    checked_build_number(new.next_build_number, 0)
    _require_sound(_settings(new))
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

    A new name without a slug gives it a new slug as well.

    Raises:
        ConflictError: another pipeline of the organization has the slug.
        InvalidInputError: something about it cannot be.
    """
    changes = dict(changes)
    if "name" in changes and changes["name"] != pipeline.name:
        changes.setdefault("slug", slug_of(checked_name(changes["name"])))
    slug = changes.get("slug")
    if slug is not None and slug != pipeline.slug:
        _require_free(tx, pipeline.organization_id, checked_slug(slug), "Slug")
    _require_sound(changes)
    if "next_build_number" in changes:
        taken = store.highest_build_number(tx, pipeline.id)
        checked_build_number(changes["next_build_number"], taken)
    if "repository" in changes:
        changes["provider"] = provider_of(changes["repository"])
    for name in ("provider_settings", "tags"):
        if name in changes:
            changes[name] = to_json(changes[name])
    return store.update(tx, pipeline.id, changes)


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
        ConflictError: one of its builds is under way.
    """
    if store.is_any_build_active(tx, pipeline.id):
        msg = "Cannot delete pipeline with active builds"
        raise ConflictError(msg)
    store.delete(tx, pipeline.id)
    tx.falls_due(tx.now)


def _require_free(tx: Transaction, organization_id: int, slug: str, what: str) -> None:
    if store.find_by_slug(tx, organization_id, slug) is not None:
        msg = f"{what} has already been taken"
        raise ConflictError(msg)


def _settings(new: NewPipeline) -> dict[str, Any]:
    return {name: getattr(new, name) for name in NewPipeline.__dataclass_fields__}


def _require_sound(said: dict[str, Any]) -> None:
    if not str(said.get("repository", "-")).strip():
        msg = "Repository can't be blank"
        raise InvalidInputError(msg)
    if "configuration" in said:
        reading.check_yaml(said["configuration"])
    if said.get("visibility", VISIBILITIES[0]) not in VISIBILITIES:
        msg = f"Visibility must be one of {', '.join(VISIBILITIES)}"
        raise InvalidInputError(msg)
    for name in ("default_command_step_timeout", "maximum_command_step_timeout"):
        minutes = said.get(name)
        if minutes is not None and not 0 < minutes < 2**31:
            msg = f"{name} must be a positive number of minutes"
            raise InvalidInputError(msg)
    for name in (
        "branch_configuration",
        "skip_queued_branch_builds_filter",
        "cancel_running_branch_builds_filter",
    ):
        if said.get(name):
            branches.checked(said[name])
