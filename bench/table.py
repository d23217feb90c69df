"""The table that a run prints: one line for each figure, with its goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LINE = "{:<36} {:>8} {:>15} {:>9}  {:<7} {}"
HEAD = LINE.format("", "median", "min-max", "goal", "", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be at least, or at most."""

    figure: float
    at_most: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether a measured value is good enough."""
        return value <= self.figure if self.at_most else value >= self.figure


def line(
    name: str,
    values: Sequence[float],
    goal: Goal | None = None,
    note: str = "",
    digits: int = 2,
) -> str:
    """A line of the table: the median of what was measured, its spread, and whether it will do."""
    middle = median(values)
    spread = f"{min(values):.{digits}f}-{max(values):.{digits}f}" if len(values) > 1 else ""
    wanted = verdict = ""
    if goal is not None:
        wanted = f"{'<=' if goal.at_most else '>='} {goal.figure:.{digits}f}"
        verdict = "reached" if goal.is_reached(middle) else "missed"
    return LINE.format(name, f"{middle:.{digits}f}", spread, wanted, verdict, note).rstrip()
