"""Finding what a build was made from."""

from mock_buildkite.builds import store
from mock_buildkite.builds.model import Build, NamedBuild
from mock_buildkite.builds.variables import Origin, variables_of
from mock_buildkite.organizations import store as organizations
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction


def origin_of(tx: Transaction, build: NamedBuild) -> Origin:
    """The build that one repeats, and the one that triggered it."""
    rebuilt, triggering = build.rebuilt_from_build_id, build.triggered_from_job_id
    triggered_from = None
    if triggering is not None:
        parent = store.find_of_job(tx, triggering)
        triggered_from = parent, pipelines.find_named(tx, parent.pipeline_id)
    return Origin(None if rebuilt is None else store.find(tx, rebuilt), triggered_from)


def known_variables(tx: Transaction, pipeline: Pipeline, build: Build) -> dict[str, str]:
    """All variables of a build that are known before any of its jobs."""
    organization = organizations.find(tx, pipeline.organization_id)
    return variables_of(organization, pipeline, build, origin_of(tx, build))
