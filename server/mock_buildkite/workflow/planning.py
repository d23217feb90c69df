"""From a definition to the steps and jobs of a build, and to what each waits for.

Nothing in here moves: every job begins pending, or broken where its own definition says so.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.jobs.model import Job
from mock_buildkite.pipelines.definition import (
    BlockStep,
    CommandStep,
    GroupStep,
    InputStep,
    TriggerStep,
    WaitStep,
)
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import Step, StepType
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow.conditions import Conditions
from mock_buildkite.workflow.job_planning import JobPlanner
from mock_buildkite.world import World

MOST_JOBS_OF_BUILD = 4000


class Uploader(Struct, frozen=True):
    """The job that uploads steps, and the step it belongs to."""

    job: Job
    step: Step


class _Wait(Struct, frozen=True):
    """That a step is to wait for another, or for a key that no step may have yet."""

    on_step_id: int | None
    on_key: str | None = None
    allow_failure: bool = False
    is_implicit: bool = True


class _Scope(Struct):
    """A build, an upload or a group so far: what its next steps wait for."""

    inherited: tuple[_Wait, ...] = ()
    """What a group waits for, each of its steps waits for."""
    barrier: int | None = None
    since: list[int] = field(default_factory=list)
    """The steps since the barrier: what the next one waits for."""

    def go_past(self, step: Step) -> None:
        """Take a step into account for those that follow it."""
        if step.type in {StepType.WAIT, StepType.BLOCK}:
            self.barrier, self.since = step.id, []
        elif step.type is not StepType.INPUT:
            self.since.append(step.id)


class Planner:
    """Puts the steps of one definition into one build."""

    def __init__(
        self,
        tx: Transaction,
        world: World,
        pipeline: Pipeline,
        build: Build,
        uploader: Uploader | None = None,
    ) -> None:
        self._tx = tx
        self._world = world
        self._build = build
        self._uploader = uploader
        self._conditions = Conditions(tx, pipeline, build)
        uploading_job = None if uploader is None else uploader.job
        self._jobs = JobPlanner(tx, world, pipeline, build, uploading_job)
        self._planned: list[Step] = []
        self._names_dependencies = False

    def plan(
        self, definitions: Sequence[Definition], *, after: int, group: Step | None = None
    ) -> list[Step]:
        """Add steps after a place among the build's steps; all of them, those of groups too.

        Raises:
            InvalidInputError: a key is taken.
        """
        known = len(self._planned)
        steps.make_room(self._tx, self._build.id, after, _count(definitions))
        scope, position = _Scope(), after
        for definition in definitions:
            position = self._add(definition, position + 1, scope, group)
        return self._planned[known:]

    def complete(self) -> None:
        """Have steps wait for those just added that they mean, when every step is in its place.

        Raises:
            InvalidInputError: dependencies run in a circle, or the build would have too many jobs.
        """
        for step in self._planned:
            if step.key is not None:
                steps.bind_key(self._tx, self._build.id, step.key, step.id)
        if self._names_dependencies:
            self._refuse_circles()
        self._wait_for_whole_groups()
        if self._build.job_count + self._jobs.count > MOST_JOBS_OF_BUILD:
            msg = f"Builds can have at most {MOST_JOBS_OF_BUILD:,} jobs"
            raise InvalidInputError(msg)
        builds.count_jobs(self._tx, self._build.id, self._jobs.count)

    def _add(self, definition: Definition, position: int, scope: _Scope, group: Step | None) -> int:
        """Add one step, and if it is a group those in it; the last place that is taken then."""
        step = self._insert(definition, position, group)
        self._names_dependencies = self._names_dependencies or bool(definition.depends_on)
        waits = self._waits(definition, scope)
        for wait in waits:
            steps.insert_edge(
                self._tx,
                step.id,
                on_step_id=wait.on_step_id,
                on_key=wait.on_key,
                allow_failure=wait.allow_failure,
                is_implicit=wait.is_implicit,
            )
        if isinstance(definition, GroupStep):
            inside = _Scope(inherited=tuple(waits))
            for child in definition.steps:
                position = self._add(child, position + 1, inside, step)
            scope.go_past(step)
            return position
        broken_reason = self._conditions.broken_reason(definition)
        self._jobs.add(step, definition, broken_reason)
        if broken_reason is None:  # else it is as if it were not there
            scope.go_past(step)
        return position

    def _insert(self, definition: Definition, position: int, group: Step | None) -> Step:
        key = definition.key
        if key is not None and steps.find_by_key(self._tx, self._build.id, key) is not None:
            msg = f'The key "{key}" has already been used by another step in this build'
            raise InvalidInputError(msg)
        step = steps.insert(
            self._tx,
            self._world.ids.uuid(),
            self._build.id,
            _TYPES[type(definition)],
            _alone(definition),
            position=position,
            group_id=None if group is None else group.id,
            uploaded_by_job_id=None if self._uploader is None else self._uploader.job.id,
        )
        self._planned.append(step)
        return step

    def _waits(self, definition: Definition, scope: _Scope) -> list[_Wait]:
        """What a step waits for, and whether that may fail."""
        waits = self._named_or_implied(definition, scope)
        if definition.allow_dependency_failure:
            waits = [replace(wait, allow_failure=True) for wait in waits]
        return waits

    def _named_or_implied(self, definition: Definition, scope: _Scope) -> list[_Wait]:
        """What a step waits for: what it names, else what its place implies."""
        named = definition.depends_on
        if named is None:
            return [*scope.inherited, *self._implied(definition, scope), *self._upload()]
        waits = [wait for wait in scope.inherited if not wait.is_implicit]
        for dependency in named:
            target = steps.find_by_key(self._tx, self._build.id, dependency.step)
            waits.append(
                _Wait(
                    None if target is None else target.id,
                    dependency.step,
                    dependency.allow_failure,
                    is_implicit=False,
                )
            )
        return [*waits, *self._upload()] if named else waits

    def _implied(self, definition: Definition, scope: _Scope) -> list[_Wait]:
        if isinstance(definition, InputStep):
            return []
        before = [] if scope.barrier is None else [scope.barrier]
        if isinstance(definition, WaitStep | BlockStep):
            before += scope.since
        return [_Wait(number) for number in before]

    def _upload(self) -> list[_Wait]:
        """An uploaded step does not start before the step that uploads it has ended."""
        return [] if self._uploader is None else [_Wait(self._uploader.step.id)]

    def _refuse_circles(self) -> None:
        circle = first_circle(self._targets())
        if circle is not None:
            everyone = steps.find_several(self._tx, circle)
            names = " → ".join(_name(everyone[number]) for number in circle)
            msg = f"Steps depend on each other in a circle: {names}"
            raise InvalidInputError(msg)

    def _targets(self) -> dict[int, list[int]]:
        """For each step of the build those that it waits for; for a group, its own."""
        everyone = steps.list_of_build(self._tx, self._build.id)
        targets: dict[int, list[int]] = {step.id: [] for step in everyone}
        for step_id, on_step_id in steps.list_all_edges(self._tx, self._build.id):
            targets[step_id].append(on_step_id)
        for step in everyone:
            if step.group_id is not None:
                targets[step.group_id].append(step.id)
        return targets

    def _wait_for_whole_groups(self) -> None:
        """Let who names a step of a concurrency group wait for the group's other steps as well.

        Not for those that wait for itself, as the end of a gate does for what the gate is about;
        and not if it is in the group, which has an order already.

        Source: pages/pipelines/configure/depends_on.md of Buildkite's documentation. Unverified:
        that it goes no further than the build, and these exceptions.
        """
        missing = steps.list_edges_missing_in_concurrency_groups(self._tx, self._build.id)
        if not missing:
            return
        targets = self._targets()
        for edge in missing:
            if not is_reachable(targets, edge.on_step_id, edge.step_id):
                targets[edge.step_id].append(edge.on_step_id)
                steps.insert_edge(
                    self._tx,
                    edge.step_id,
                    on_step_id=edge.on_step_id,
                    allow_failure=edge.allow_failure,
                    is_implicit=True,
                )


def first_circle(targets: Mapping[int, Sequence[int]]) -> list[int] | None:
    """A way through a graph that ends where it began, if there is any."""
    done: set[int] = set()
    for start in targets:
        way, ahead = [start], [iter(targets[start])]
        on_way = {start}
        while ahead and start not in done:
            following = next(ahead[-1], None)
            if following is None:
                ahead.pop()
                left = way.pop()
                on_way.discard(left)
                done.add(left)
            elif following in on_way:
                return [*way[way.index(following) :], following]
            elif following not in done:
                way.append(following)
                on_way.add(following)
                ahead.append(iter(targets[following]))
    return None


def is_reachable(targets: Mapping[int, Sequence[int]], start: int, end: int) -> bool:
    """Whether a way through a graph leads from one place to another."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        following = [each for each in targets[here] if each not in seen]
        seen.update(following)
        ahead += following
    return False


_TYPES: dict[type[Definition], StepType] = {
    CommandStep: StepType.COMMAND,
    WaitStep: StepType.WAIT,
    BlockStep: StepType.BLOCK,
    InputStep: StepType.INPUT,
    TriggerStep: StepType.TRIGGER,
    GroupStep: StepType.GROUP,
}


def _flat(definitions: Sequence[Definition]) -> Iterator[Definition]:
    for definition in definitions:
        yield definition
        if isinstance(definition, GroupStep):
            yield from definition.steps


def _count(definitions: Sequence[Definition]) -> int:
    return sum(1 for _ in _flat(definitions))


def _alone(definition: Definition) -> Definition:
    """A definition as it is stored: the steps of a group have their own."""
    if isinstance(definition, GroupStep):
        return msgspec.structs.replace(definition, steps=())
    return definition


def _name(step: Step) -> str:
    return step.key or step.label or f"a {step.type.value} step"
