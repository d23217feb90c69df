"""Where a run is shown: lines of several jobs, a line that says what goes on, and colours."""

import shutil
from collections.abc import Mapping
from typing import TextIO

from mock_buildkite.local_run.lines import RESET, without_colours

WIDEST_NAME = 28
_ERASE_LINE = "\r\x1b[K"
_OF_JOBS = (36, 33, 35, 34, 32, 96, 93, 95, 94, 92)
_SEPARATOR = " | "


class Screen:
    """A terminal, or a file that wants no colours and no line that comes and goes."""

    def __init__(self, out: TextIO, environment: Mapping[str, str]) -> None:
        self._out = out
        self.is_terminal = out.isatty()
        # Source: no-color.org and force-color.org.
        wants_none = bool(environment.get("NO_COLOR"))
        forced = bool(environment.get("FORCE_COLOR"))
        self._has_colours = not wants_none and (self.is_terminal or forced)
        self._width_of_names = 0
        self._colours: dict[str, int] = {}
        self._progress = ""

    def say(self, text: str = "", *styles: int) -> None:
        """Show a line, or several, in a style given by its numbers."""
        self._erase_progress()
        for line in text.split("\n"):
            self._out.write(f"{self.styled(line, *styles)}\n")
        self._show_progress()

    def say_of(self, name: str, lines: list[str]) -> None:
        """Show lines of a job."""
        if not lines:
            return
        self._width_of_names = max(self._width_of_names, min(len(name), WIDEST_NAME))
        colour = self._colours.setdefault(name, _OF_JOBS[len(self._colours) % len(_OF_JOBS)])
        shown = name if len(name) <= WIDEST_NAME else f"{name[: WIDEST_NAME - 1]}…"
        prefix = self.styled(f"{shown:<{self._width_of_names}}{_SEPARATOR}", colour)
        self._erase_progress()
        for line in lines:
            text = line if self._has_colours else without_colours(line)
            self._out.write(f"{prefix}{text}".rstrip(" ") + "\n")
        self._show_progress()

    def progress(self, text: str) -> None:
        """Show what goes on below everything else, in place of what it was before."""
        if self.is_terminal and text != self._progress:
            self._erase_progress()
            self._progress = text
            self._show_progress()

    def prompt(self, text: str) -> None:
        """Show the beginning of a line that a person goes on with."""
        self.progress("")
        self._out.write(text)
        self._out.flush()

    def styled(self, text: str, *styles: int) -> str:
        """Text in a style, if there are colours."""
        if not (self._has_colours and styles and text):
            return text
        return f"\x1b[{';'.join(map(str, styles))}m{text}{RESET}"

    def _erase_progress(self) -> None:
        if self._progress:
            self._out.write(_ERASE_LINE)

    def _show_progress(self) -> None:
        if self._progress:
            room = shutil.get_terminal_size().columns - 1
            self._out.write(self.styled(self._progress[:room], 2))
        self._out.flush()
