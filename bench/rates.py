"""How many requests some servers answer in a second, held against the bare application."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from bench.load import CROWD, Requests, load
from bench.reference import PATH
from bench.servers import bare, serving
from bench.table import Goal, line
from bench.wrk import Crowd

EVENNESS = Goal(0.90)
BARE_REQUESTS = Requests("GET", PATH, [""])


class Rated(Protocol):
    """Something that is done again and again, as often as it goes."""

    def measure(self, seconds: int) -> float:
        """How often it is done in a second."""
        ...


Subject = Callable[[], AbstractContextManager[Rated]]
"""Something that is done on a server, both to be started."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How often to measure."""

    rounds: int
    turns: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What some servers are asked for, and what is wanted of them."""

    name: str
    subjects: dict[str, Subject]
    goal: Goal | None = None


def compare(wanted: Comparison, extent: Extent) -> Iterator[str]:
    """How the rates of some servers compare to that of the bare application, and to each other."""
    rounds = in_rounds(wanted.subjects, CROWD, extent)
    for subject in wanted.subjects:
        rates = [each[subject] for each in rounds]
        yield against_bare(wanted.name + subject, rates, rounds, 1, wanted.goal)
    if len(wanted.subjects) > 1:
        few, many = wanted.subjects
        yield to_each_other([(each[few], each[many]) for each in rounds], EVENNESS)


def in_rounds(subjects: dict[str, Subject], crowd: Crowd, extent: Extent) -> list[dict[str, float]]:
    """The rates of some subjects, and of the bare application: `bare`; in several rounds."""
    entrants = {"bare": lambda: _bare(crowd), **subjects}
    return [_round(entrants, extent) for _ in range(extent.rounds)]


def against_bare(
    name: str, rates: list[float], rounds: list[dict[str, float]], requests: int, goal: Goal | None
) -> str:
    """A line for the rates of something, in the rounds of a run.

    What is done once is as much as so many requests of the bare application.
    """
    bare = [each["bare"] / requests for each in rounds]
    ratios = [rate / of for rate, of in zip(rates, bare, strict=True)]
    return line(name, ratios, goal, f"{median(rates):,.0f}/s of {median(bare):,.0f}/s")


def to_each_other(pairs: list[tuple[float, float]], goal: Goal) -> str:
    """A line for how two rates of each round compare."""
    return line("  the second to the first", [second / first for first, second in pairs], goal)


def _round(entrants: dict[str, Subject], extent: Extent) -> dict[str, float]:
    """The rates of all, measured there and back again: A B C C B A."""
    rates = dict.fromkeys(entrants, 0.0)
    with ExitStack() as stack:
        started = {name: stack.enter_context(entrants[name]()) for name in entrants}
        for _ in range(extent.turns):
            for name in (*started, *reversed(started)):
                rates[name] += started[name].measure(1) / extent.turns / 2
    return rates


@contextmanager
def _bare(crowd: Crowd) -> Iterator[Rated]:
    with serving(bare()) as server, load(server, BARE_REQUESTS, crowd) as loaded:
        yield loaded
