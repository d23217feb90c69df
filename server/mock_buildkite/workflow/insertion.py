"""Adding steps to a build that runs, behind the step whose job uploads them."""

from collections.abc import Sequence

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import NOT_STARTED
from mock_buildkite.pipelines.definition import GroupStep
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import Step, StepType
from mock_buildkite.workflow import job_moves
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.planning import Planner, Uploader


def insert(
    motion: Motion,
    pipeline: Pipeline,
    build: Build,
    uploader: Uploader,
    definitions: Sequence[Definition],
    *,
    replaces: bool,
) -> None:
    """Add steps right behind the uploading job's; what waits for that one waits for them too.

    Raises:
        InvalidInputError: they cannot be added.
    """
    tx = motion.tx
    if replaces:
        _remove_not_started(motion, build, uploader.step)
        build = builds.find(tx, build.id)
    planner = Planner(tx, motion.world, pipeline, build, uploader)
    group = None if uploader.step.group_id is None else steps.find(tx, uploader.step.group_id)
    planned: list[Step] = []
    after = steps.find(tx, uploader.step.id).position
    for part, into in _parts(definitions, group):
        if into is None and group is not None:
            children = steps.list_of_group(tx, group.id)
            after = max(after, *(child.position for child in children))
        added = planner.plan(part, after=after, group=into)
        after = max((step.position for step in added), default=after)
        planned += added
    _have_others_wait(motion, uploader.step, [step for step in planned if _is_on_top(step, group)])
    planner.complete()
    motion.steps.extend(step.id for step in planned)
    motion.builds[build.id] = None


def _parts(
    definitions: Sequence[Definition], group: Step | None
) -> list[tuple[Sequence[Definition], Step | None]]:
    """What is uploaded, as far as it goes into the uploader's own group and as far as not.

    A group of the same label, if it comes first, is the uploader's own.
    """
    if group is None:
        return [(definitions, None)]
    first = definitions[0] if definitions else None
    inside: list[Definition] = []
    rest = list(definitions)
    if isinstance(first, GroupStep) and first.label == group.label:
        inside += first.steps
        rest = rest[1:]
    # Groups cannot be in groups: they, and what follows them, come behind the uploader's.
    while rest and not isinstance(rest[0], GroupStep):
        inside.append(rest.pop(0))
    return [(inside, group), (rest, None)]


def _is_on_top(step: Step, group: Step | None) -> bool:
    return step.group_id is None or (group is not None and step.group_id == group.id)


def _have_others_wait(motion: Motion, uploading: Step, planned: Sequence[Step]) -> None:
    """Let whatever waits for the uploading step, or for its group, wait for the new ones as well.

    Steps that the same step has uploaded are its equals.
    """
    tx = motion.tx
    edges = steps.list_edges_to(tx, uploading.id)
    if uploading.group_id is not None:
        edges += steps.list_edges_to(tx, uploading.group_id)
    new = {step.id for step in planned}
    own = set(steps.list_uploaded_by(tx, uploading.id))
    for edge in edges:
        if edge.step_id in new or edge.step_id in own:
            continue
        for step in planned:
            steps.insert_edge(
                tx,
                edge.step_id,
                on_step_id=step.id,
                allow_failure=edge.allow_failure,
                is_implicit=edge.is_implicit,
            )
        motion.steps.append(edge.step_id)  # there may be a block step among the new ones


def _remove_not_started(motion: Motion, build: Build, uploading: Step) -> None:
    """Take out every step none of whose jobs has started, but the uploading one.

    An agent that was about to start one is refused it, and goes on without.

    Source: pages/pipelines/configure/dynamic_pipelines.md of Buildkite's documentation, which
    spares jobs that run and those that have run. Unverified: a job that its agent has accepted
    already, and a step of which one job has started and another has not, which stays.
    """
    tx = motion.tx
    everyone = steps.list_of_build(tx, build.id)
    for step in everyone:
        if step.type is StepType.GROUP or step.id == uploading.id:
            continue
        its_jobs = jobs.list_of_step(tx, step.id)
        if all(job.state in NOT_STARTED for job in its_jobs):
            for job in its_jobs:
                job_moves.leave_queue(motion, job)
                job_moves.free_agent(motion, job)
            steps.delete(tx, step.id)
            builds.count_jobs(tx, build.id, -len(its_jobs))
    for step in everyone:
        if step.type is StepType.GROUP and not steps.list_of_group(tx, step.id):
            steps.delete(tx, step.id)
