"""Builds with all that the APIs tell of them, found for many at once."""

from collections.abc import Iterable

from msgspec import Struct

from mock_buildkite.builds import store
from mock_buildkite.builds.model import Build
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.described import DescribedJob
from mock_buildkite.jobs.described import describe as describe_jobs
from mock_buildkite.jobs.model import OfBuild
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.described import DescribedPipeline
from mock_buildkite.pipelines.described import describe as describe_pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction


class DescribedBuild(Struct, frozen=True):
    """A build, what it is of, how it came to be, and what it consists of."""

    build: Build
    organization: Organization
    of: DescribedPipeline
    creator: User | None
    meta_data: dict[str, str]
    rebuilt_from: Build | None
    triggered_from: tuple[Build, Pipeline] | None
    """The build whose job created it, and the pipeline of that."""
    jobs: list[DescribedJob] | None
    """None: nobody asked for them."""

    @property
    def pipeline(self) -> Pipeline:
        """What it is a build of."""
        return self.of.pipeline


def describe(
    tx: Transaction, builds: Iterable[Build], wanted: OfBuild | None
) -> list[DescribedBuild]:
    """Describe builds, in their order, with those of their jobs that are asked for."""
    builds = list(builds)
    numbers = [build.id for build in builds]
    own_pipelines = pipelines.find_several(tx, (build.pipeline_id for build in builds))
    of = {each.pipeline.id: each for each in describe_pipelines(tx, own_pipelines.values())}
    of_organizations = {
        number: organizations.find(tx, number)
        for number in {build.organization_id for build in builds}
    }
    creators = organizations.find_several_users(tx, (build.created_by for build in builds))
    pairs = meta_data.list_of_builds(tx, numbers)
    originals = store.find_several(tx, (build.rebuilt_from_build_id for build in builds))
    parents = _parents(tx, builds)
    of_builds = {} if wanted is None else _jobs(tx, numbers, wanted)
    return [
        DescribedBuild(
            build=build,
            organization=of_organizations[build.organization_id],
            of=of[build.pipeline_id],
            creator=creators.get(build.created_by or 0),
            meta_data=pairs.get(build.id, {}),
            rebuilt_from=originals.get(build.rebuilt_from_build_id or 0),
            triggered_from=parents.get(build.triggered_from_job_id or 0),
            jobs=None if wanted is None else of_builds.get(build.id, []),
        )
        for build in builds
    ]


def _parents(tx: Transaction, builds: Iterable[Build]) -> dict[int, tuple[Build, Pipeline]]:
    """The builds of the jobs that have created others, by those jobs."""
    triggers = jobs.find_several(tx, (build.triggered_from_job_id for build in builds))
    found = store.find_several(tx, (job.build_id for job in triggers.values()))
    their = pipelines.find_several(tx, (job.pipeline_id for job in triggers.values()))
    return {job.id: (found[job.build_id], their[job.pipeline_id]) for job in triggers.values()}


def _jobs(
    tx: Transaction, build_ids: Iterable[int], wanted: OfBuild
) -> dict[int, list[DescribedJob]]:
    of_builds: dict[int, list[DescribedJob]] = {}
    for job in describe_jobs(tx, jobs.list_of_builds(tx, build_ids, wanted)):
        of_builds.setdefault(job.build.id, []).append(job)
    return of_builds
