"""Builds with all that the APIs tell of them, found for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from mock_buildkite.builds import store
from mock_buildkite.builds.model import Build
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.described import DescribedJob
from mock_buildkite.jobs.described import describe as describe_jobs
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.counting import Counts, count
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class DescribedBuild:
    """A build, what it is of, how it came to be, and what it consists of."""

    build: Build
    organization: Organization
    pipeline: Pipeline
    counts: Counts
    """Of its pipeline."""
    creator: User | None
    meta_data: dict[str, str]
    rebuilt_from: Build | None
    triggered_from: tuple[Build, Pipeline] | None
    """The build whose job created it, and the pipeline of that."""
    jobs: list[DescribedJob]


def describe(
    tx: Transaction, builds: Iterable[Build], *, with_jobs: bool = True, with_retried: bool = False
) -> list[DescribedBuild]:
    """Describe builds, in their order; on request without jobs, or with those retried too."""
    builds = list(builds)
    numbers = [build.id for build in builds]
    triggers = jobs.find_several(tx, (build.triggered_from_job_id for build in builds))
    origins = store.find_several(
        tx,
        [
            *(build.rebuilt_from_build_id for build in builds),
            *(job.build_id for job in triggers.values()),
        ],
    )
    of_pipelines = pipelines.find_several(
        tx, (build.pipeline_id for build in (*builds, *origins.values()))
    )
    counts = count(tx, (build.pipeline_id for build in builds))
    creators = organizations.find_several_users(tx, (build.created_by for build in builds))
    pairs = meta_data.list_of_builds(tx, numbers)
    of_builds: dict[int, list[DescribedJob]] = {}
    if with_jobs:
        found = jobs.list_of_builds(tx, numbers, include_retried=with_retried)
        for job in describe_jobs(tx, found):
            of_builds.setdefault(job.build.id, []).append(job)
    of_organizations = {
        number: organizations.find(tx, number)
        for number in {build.organization_id for build in builds}
    }

    def described(build: Build) -> DescribedBuild:
        trigger = triggers.get(build.triggered_from_job_id or 0)
        parent = None if trigger is None else origins[trigger.build_id]
        return DescribedBuild(
            build=build,
            organization=of_organizations[build.organization_id],
            pipeline=of_pipelines[build.pipeline_id],
            counts=counts[build.pipeline_id],
            creator=creators.get(build.created_by or 0),
            meta_data=pairs.get(build.id, {}),
            rebuilt_from=origins.get(build.rebuilt_from_build_id or 0),
            triggered_from=None if parent is None else (parent, of_pipelines[parent.pipeline_id]),
            jobs=of_builds.get(build.id, []),
        )

    return [described(build) for build in builds]
