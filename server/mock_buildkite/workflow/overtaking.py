"""A newer build of a branch that makes the older ones moot.

Source: pages/pipelines/configure/skipping.md and canceling_builds.md of Buildkite's documentation.
"""

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build
from mock_buildkite.pipelines import branches
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import build_moves
from mock_buildkite.workflow.motion import Motion


def overtake(motion: Motion, pipeline: Pipeline, build: Build) -> None:
    """Skip or cancel the older builds of a new one's branch, as its pipeline asks for."""
    skips = pipeline.skip_queued_branch_builds and branches.matches(
        pipeline.skip_queued_branch_builds_filter or "*", build.branch
    )
    cancels = pipeline.cancel_running_branch_builds and branches.matches(
        pipeline.cancel_running_branch_builds_filter or "*", build.branch
    )
    if not (skips or cancels):
        return
    spared = {build.id, *_ancestors(motion.tx, build)}
    for older in builds.list_unfinished_of_branch(motion.tx, pipeline.id, build.branch):
        if older.id in spared:
            continue
        if skips and older.state is BuildState.SCHEDULED:
            build_moves.skip(motion, older)
        elif cancels and older.state is not BuildState.SCHEDULED:
            build_moves.supersede(motion, older, by=build)


def _ancestors(tx: Transaction, build: Build) -> list[int]:
    """The builds that triggered one, directly or not. Unverified: that it does not end them."""
    found: list[int] = []
    while build.triggered_from_job_id is not None:
        build = builds.find_of_job(tx, build.triggered_from_job_id)
        found.append(build.id)
    return found
