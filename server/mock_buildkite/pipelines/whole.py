"""What has to hold of the steps of a definition taken together."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import (
    CommandStep,
    GroupStep,
    Step,
    TriggerStep,
    encode_step,
)
from mock_buildkite.pipelines.matrix import longest_value, permutations

MOST_JOBS = 500
MOST_CHARACTERS = 32 * 1024 * 1024  # Unverified: no maximum is published
MOST_DEPENDENCIES = 50_000  # likewise
_WITHOUT_KEY = "#"  # no key begins so


def every_step(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps in their order, a group before the steps in it."""
    for step in steps:
        yield step
        if isinstance(step, GroupStep):
            yield from step.steps


def number_of_jobs(step: Step) -> int:
    """How many jobs a step makes at first."""
    match step:
        case GroupStep():
            return 0
        case CommandStep(matrix=matrix) if matrix is not None:
            return sum(each.skip is None for each in permutations(matrix))
        case CommandStep(parallelism=number) | TriggerStep(parallelism=number) if number:
            return number
    return 1


def require_few_jobs(steps: Sequence[Step]) -> None:
    """Refuse what would make too many jobs, or such large ones that they fill the memory.

    Raises:
        InvalidInputError: it would.
    """
    jobs = [(number_of_jobs(step), step) for step in every_step(steps)]
    total = sum(number for number, _ in jobs)
    if total > MOST_JOBS:
        msg = f"`steps` can make at most {MOST_JOBS} jobs, not {total}"
        raise InvalidInputError(msg)
    characters = sum(number * _characters_of_job(step) for number, step in jobs if number > 1)
    if characters > MOST_CHARACTERS:
        msg = f"`steps` can make jobs of at most {MOST_CHARACTERS} characters, not {characters}"
        raise InvalidInputError(msg)


def require_few_dependencies(steps: Sequence[Step]) -> None:
    """Refuse more dependencies than a build could keep an eye on.

    Raises:
        InvalidInputError: there are more.
    """
    total = sum(len(step.depends_on or ()) for step in every_step(steps))
    if total > MOST_DEPENDENCIES:
        msg = f"`depends_on` can name at most {MOST_DEPENDENCIES} keys in all steps, not {total}"
        raise InvalidInputError(msg)


def _characters_of_job(step: Step) -> int:
    """How long a job of a step may be, once a matrix's values are in place."""
    text = encode_step(step)
    matrix = step.matrix if isinstance(step, CommandStep) else None
    return len(text) if matrix is None else len(text) + text.count("{{") * longest_value(matrix)


def require_unique_keys(steps: Sequence[Step]) -> None:
    """Refuse a key that two steps have.

    Raises:
        InvalidInputError: there is one; the words are Buildkite's.
    """
    seen: set[str] = set()
    for step in every_step(steps):
        if step.key is None:
            continue
        if step.key in seen:
            msg = f'The key "{step.key}" has already been used by another step in this build'
            raise InvalidInputError(msg)
        seen.add(step.key)


def require_no_circle(steps: Sequence[Step]) -> None:
    """Refuse steps that wait for each other by their `depends_on`, so that none could run.

    Keys that no step has are no matter: such a step may come by an upload.

    Raises:
        InvalidInputError: there are some; the message has their keys in order.
    """
    graph = TopologicalSorter(_waits_for(steps))
    try:
        graph.prepare()
    except CycleError as error:
        # The sorter tells who is waited for before who waits.
        keys = [key for key in reversed(error.args[1]) if not key.startswith(_WITHOUT_KEY)]
        msg = f"`depends_on` goes round in a circle: {' -> '.join(keys)}"
        raise InvalidInputError(msg) from error


def _waits_for(steps: Sequence[Step]) -> Mapping[str, set[str]]:
    """Which steps each one waits for, by key; a group for its steps, and they for what it does.

    A step in a group has its group's dependencies beside its own. One without a key is nobody's
    dependency, so it is in no circle, unless through its group.
    """
    waits_for: dict[str, set[str]] = {}

    def add(step: Step, *others: str) -> str:
        name = step.key or f"{_WITHOUT_KEY}{len(waits_for)}"
        waits_for.setdefault(name, set()).update(
            others, (each.step for each in step.depends_on or ())
        )
        return name

    for step in steps:
        group = add(step)
        if isinstance(step, GroupStep):
            waited_for = [each.step for each in step.depends_on or ()]
            waits_for[group].update([add(child, *waited_for) for child in step.steps])
    return waits_for
