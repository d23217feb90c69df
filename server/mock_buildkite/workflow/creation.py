"""How a build comes to be: its number, its meta-data, the steps its pipeline begins with."""

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build, NewBuild
from mock_buildkite.events import BuildScheduled
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.organizations import store as organizations
from mock_buildkite.pipelines import reading
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.planning import Planner


def create(motion: Motion, pipeline: Pipeline, new: NewBuild) -> Build:
    """Make a build with the steps of its pipeline's configuration, all set to go on.

    Raises:
        InvalidInputError: the configuration cannot become the steps of this build.
    """
    tx, world = motion.tx, motion.world
    number = pipelines.take_build_number(tx, pipeline.id)
    build = builds.insert(tx, world.ids.uuid(), pipeline, number, new)
    meta_data.put(tx, build.id, new.meta_data)
    definition = reading.read_yaml(pipeline.configuration, _variables(tx, pipeline, build))
    builds.update(
        tx,
        build.id,
        {"pipeline_env": to_json(definition.env), "notify": to_json(definition.notify or [])},
    )
    build = builds.find(tx, build.id)
    planned = Planner(tx, world, pipeline, build).plan(definition.steps, after=0)
    tx.tell(BuildScheduled(build.uuid))
    motion.steps.extend(step.id for step in planned)
    motion.builds[build.id] = None
    return builds.find(tx, build.id)


def _variables(tx: Transaction, pipeline: Pipeline, build: Build) -> dict[str, str]:
    """What a configuration may be filled in with, since it is known before the build.

    Source: pages/pipelines/configure/environment_variables.md of Buildkite's documentation.
    """
    organization = organizations.find(tx, pipeline.organization_id)
    pull_request = build.pull_request or {}
    return {
        **build.env,
        "BUILDKITE_BRANCH": build.branch,
        "BUILDKITE_TAG": build.tag or "",
        "BUILDKITE_MESSAGE": build.message or "",
        "BUILDKITE_COMMIT": build.commit,
        "BUILDKITE_PIPELINE_SLUG": pipeline.slug,
        "BUILDKITE_PIPELINE_NAME": pipeline.name,
        "BUILDKITE_PIPELINE_ID": pipeline.uuid,
        "BUILDKITE_ORGANIZATION_SLUG": organization.slug,
        "BUILDKITE_REPO": pipeline.repository,
        "BUILDKITE_PULL_REQUEST": str(pull_request.get("id") or "false"),
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": str(pull_request.get("base") or ""),
        "BUILDKITE_PULL_REQUEST_REPO": str(pull_request.get("repository") or ""),
        "BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG": _triggering_slug(tx, build),
    }


def _triggering_slug(tx: Transaction, build: Build) -> str:
    if build.triggered_from_job_id is None:
        return ""
    return pipelines.slug_of_job(tx, build.triggered_from_job_id)
