"""Regular expressions that users write, matched in bounded time.

RE2 judges and matches them. Look-ahead and backreferences, which it lacks and Buildkite has, are
left to a library that goes back, and can be stopped.
"""

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.expressions import dialect

if TYPE_CHECKING:
    import regex

MATCHING_SECONDS = 0.1
"""Of one processor, for all the regular expressions of a condition together."""
MOST_STEPS = 10_000_000
"""RE2 takes at most as many as its program is long, for each byte. Measured: this many in 0.1 s."""
PROGRAM_BYTES = 512 * 1024
"""A longer program takes long to make."""


class Stopwatch:
    """The time that is left for matching."""

    def __init__(self) -> None:
        self.seconds_left = MATCHING_SECONDS


class Regexp(Struct, frozen=True):
    """A regular expression, and how the libraries spell it."""

    source: str
    ignores_case: bool
    translation: dialect.Translation

    def matches(self, text: str, stopwatch: Stopwatch) -> bool:
        """Whether it is found anywhere in a text.

        Raises:
            InvalidInputError: no time is left, or not enough to know.
        """
        # What this thread has worked: no time that a world's clock could tell.
        began = time.thread_time()
        try:
            if stopwatch.seconds_left > 0:
                return self._search(text, stopwatch.seconds_left)
        except TimeoutError:
            pass
        finally:
            stopwatch.seconds_left -= time.thread_time() - began
        msg = f"Matching regular expressions took longer than {MATCHING_SECONDS} s"
        raise InvalidInputError(msg)

    def _search(self, text: str, seconds: float) -> bool:
        encoded = text.encode(errors="replace")
        automaton = _automaton(self.translation.for_re2, self.ignores_case)
        is_long = automaton.programsize * len(encoded) > MOST_STEPS
        if not self.translation.needs_regex and not is_long:
            return automaton.search(encoded) is not None
        if self.translation.for_regex is None:
            # RE2 cannot be stopped, and nothing else can match it.
            raise TimeoutError
        pattern = _backtracking(self.translation.for_regex, self.ignores_case)
        return pattern.search(text, timeout=seconds) is not None


def compiled(source: str, flags: str = "") -> Regexp:
    """A regular expression that is allowed.

    Raises:
        InvalidInputError: it has a flag other than `i`, what is refused, or cannot be read.
    """
    for flag in flags:
        if flag != "i":
            msg = f"unsupported regexp flag: {flag}"
            raise InvalidInputError(msg)
    regexp = Regexp(source, "i" in flags, dialect.translated(source))
    _automaton(regexp.translation.for_re2, regexp.ignores_case)
    if regexp.translation.needs_regex:
        if regexp.translation.for_regex is None:
            msg = "could not parse regexp: look-ahead after a switch that is not at the beginning"
            raise InvalidInputError(msg)
        _backtracking(regexp.translation.for_regex, regexp.ignores_case)
    return regexp


@lru_cache(maxsize=256)
def _automaton(pattern: str, ignores_case: bool) -> Any:  # noqa: ANN401
    import re2  # noqa: PLC0415 - few servers see a regular expression

    options = re2.Options()
    options.case_sensitive = not ignores_case
    options.log_errors = False
    options.max_mem = PROGRAM_BYTES
    options.never_capture = True
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        msg = f"could not parse regexp: {reason}"
        raise InvalidInputError(msg) from None


@lru_cache(maxsize=256)
def _backtracking(pattern: str, ignores_case: bool) -> "regex.Pattern[str]":
    import regex  # noqa: PLC0415 - likewise

    # RE2's `\w` and the like are ASCII; so, here alone, is what `i` makes equal.
    flags = regex.ASCII | regex.IGNORECASE if ignores_case else regex.ASCII
    try:
        return regex.compile(pattern, flags)
    except regex.error as error:
        msg = f"could not parse regexp: {error}"
        raise InvalidInputError(msg) from None
