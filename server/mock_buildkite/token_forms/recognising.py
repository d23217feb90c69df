"""Telling what kind of token a value is, and finding and hiding tokens in text."""

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from mock_buildkite.token_forms import values
from mock_buildkite.token_forms.kinds import KINDS, Kind, exact_form, loose_form, older_form

HIDDEN = "[REDACTED]"
"""What stands in the place of a secret; the agent writes the same into job logs."""

_TOKEN_WORD = r"(?i:token|bearer|api[_-]?key|secret|password)"  # noqa: S105 - the word
_SPACE = "[ \t]{0,8}"
_WORD = "A-Za-z0-9_"


class Form(Enum):
    """How closely a value has the form of its kind."""

    EXACT = "exact"
    """Just as Buildkite mints it."""
    OLDER = "older"
    """As it was minted before the kinds had prefixes. Other things look like that too."""
    PREFIX = "prefix"
    """With the prefix of its kind, but not its length or alphabet; or no source says how."""


class Recognised(Struct, frozen=True):
    """What a value looks like."""

    kind: Kind
    form: Form


class Found(Struct, frozen=True):
    """A token in a text, and where."""

    kind: Kind
    form: Form
    start: int
    end: int


def recognise(value: str) -> Recognised | None:
    """What kind of token a whole value looks like, if any."""
    kind = _kind_with_prefix_of(value)
    if kind is not None:
        form = exact_form(kind)
        is_exact = form is not None and form.fullmatch(value) is not None
        return Recognised(kind, Form.EXACT if is_exact else Form.PREFIX)
    for kind in KINDS:
        form = older_form(kind)
        if form is not None and form.fullmatch(value):
            return Recognised(kind, Form.OLDER)
    return None


def find(text: str, at: int = 0) -> Iterator[Found]:
    """The tokens in a text from a place on, in their order; what is before it is looked at too.

    Values without a prefix are found only where a word such as `token` stands just before them:
    commits are 40 hexadecimal digits too.
    """
    while (candidate := _candidates().search(text, at)) is not None:
        found = _with_prefix(text, candidate) or _without_prefix(candidate)
        if found is not None:
            yield found
        at = candidate.start() + 1 if found is None else found.end


def masked(value: str) -> str:
    """A value without its secret: the prefix of its kind, and its id segment."""
    recognised = recognise(value)
    if recognised is None or recognised.form is Form.OLDER:
        return HIDDEN
    form = exact_form(recognised.kind) if recognised.form is Form.EXACT else None
    found = None if form is None else form.fullmatch(value)
    if found is None or not found.groupdict().get("id"):
        return recognised.kind.prefix + HIDDEN
    return value[: found.start("secret")] + HIDDEN


def redacted(text: str) -> str:
    """A text with every token in it masked."""
    pieces, at = [], 0
    for found in find(text):
        pieces += [text[at : found.start], masked(text[found.start : found.end])]
        at = found.end
    return "".join([*pieces, text[at:]])


def _kind_with_prefix_of(value: str) -> Kind | None:
    return next((kind for kind in KINDS if value.startswith(kind.prefix)), None)


def _with_prefix(text: str, candidate: re.Match[str]) -> Found | None:
    kind = None if candidate["prefix"] is None else _kind_with_prefix_of(candidate["prefix"])
    if kind is None:
        return None
    start = candidate.start("prefix")
    exact = _guarded(kind)
    # No further than a value goes: a hostile text could have each of its places look at all of it.
    found = None if exact is None else exact.match(text, start, start + values.LONGEST + 1)
    if found is not None:
        return Found(kind, Form.EXACT, start, found.end())
    found = loose_form(kind).match(text, start)
    return None if found is None else Found(kind, Form.PREFIX, start, found.end())


def _without_prefix(candidate: re.Match[str]) -> Found | None:
    if candidate["older"] is None:
        return None
    recognised = recognise(candidate["older"])
    if recognised is None or recognised.form is not Form.OLDER:
        return None
    return Found(recognised.kind, Form.OLDER, candidate.start("older"), candidate.end("older"))


@lru_cache
def _guarded(kind: Kind) -> re.Pattern[str] | None:
    """The exact form where no longer word goes on."""
    form = exact_form(kind)
    return None if form is None else re.compile(f"{form.pattern}(?![{_WORD}])")


@lru_cache
def _candidates() -> re.Pattern[str]:
    """Where a token may begin: at a prefix, or after a word that announces one."""
    prefixes = "|".join(kind.prefix for kind in KINDS)
    older = "|".join(kind.older for kind in KINDS if kind.older is not None)
    return re.compile(
        f"(?<![{_WORD}])(?P<prefix>{prefixes})"
        f"|{_TOKEN_WORD}[\"']?{_SPACE}[:=]?{_SPACE}[\"']?(?<![{_WORD}])(?P<older>{older})(?![{_WORD}])"
    )
