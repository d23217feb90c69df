"""Buildkite's dialect of regular expressions, and how two libraries spell it.

Source: internal/regex/regex.go of github.com/buildkite/conditional, and its regex_test.go.
"""

import re

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

DEEPEST_GROUP = 100
"""The library that goes back reads groups in groups by recursion."""

_PIECES = re.compile(
    r"""
      (?P<backreference> \\[1-9](?![0-9]) )
    | (?P<escape> \\. )
    | (?P<set> \[\^?\]? (?: \\. | \[:\^?[a-z]+:\] | [^\]\\] )*+ \] )
    | (?P<comment> \(\?\#[^)]*\) )
    | (?P<lookahead> \(\?[=!] )
    | (?P<switch> \(\?[A-Za-z-]+\) )
    | (?P<group> \( (?! \?\# ) (?: \? (?: <[=!]? | P?< | > | ' | \( | [A-Za-z-]*: )? )? )
    | (?P<quantifier> (?: [*+?] | \{[0-9]+(?:,[0-9]*)?\} ) [+?]? )
    | (?P<other> \(\?\# | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_REFUSED = {
    "(?<=": "lookbehind",
    "(?<!": "nlookbehind",
    "(?>": "atomic",
    "(?<": "named_ab",
    "(?P<": "named_ab",
    "(?'": "named_sq",
    "(?(": "condition_open",
    "?+": "zero_or_one_possessive",
    "*+": "zero_or_more_possessive",
    "++": "one_or_more_possessive",
}
"""What Buildkite refuses, by the words of its scanner."""
_ONLY_IN_RE2 = {r"\C", r"\E", r"\Q"}
_SPELLINGS = {
    "$": ("$", r"\Z"),
    r"\z": (r"\z", r"\Z"),
    r"\Z": (r"(?:\n?\z)", r"(?:\n?\Z)"),
    "{": (r"\{", r"\{"),
}
"""What RE2 and `regex` write differently, or read differently, outside sets.

The ends of a line are no ends here. Unverified: Ruby's own `^` and `$` would match at every line.
"""


class Translation(Struct, frozen=True):
    """A pattern for RE2, where look-ahead is a plain group and a backreference nothing at all.

    And one for `regex`, unless that cannot say the same.
    """

    for_re2: str
    for_regex: str | None
    needs_regex: bool


def translated(source: str) -> Translation:
    """What the two libraries are given; either may still refuse it.

    Raises:
        InvalidInputError: it has what Buildkite refuses, or too many groups inside each other.
    """
    for_re2, for_regex = "", ""
    depth, needs_regex, switches_late = 0, False, False
    for piece in _PIECES.finditer(source):
        kind, text = piece.lastgroup or "", piece[0]
        _require_allowed(kind, text)
        depth += (kind in {"group", "lookahead"}) - (kind == "other" and text == ")")
        if depth > DEEPEST_GROUP:
            msg = f"could not parse regexp: more than {DEEPEST_GROUP} groups inside each other"
            raise InvalidInputError(msg)
        needs_regex |= kind in {"lookahead", "backreference"}
        # For `regex` a switch counts from the beginning, wherever it stands.
        switches_late |= kind == "switch" and piece.start() > 0
        one, other = _spelled(kind, text)
        for_re2 += one
        for_regex += other
    return Translation(for_re2, None if switches_late else for_regex, needs_regex)


def _require_allowed(kind: str, text: str) -> None:
    feature = _REFUSED.get(text) if kind in {"group", "quantifier"} else None
    if kind == "quantifier" and text.endswith("}+"):
        feature = "bounded_possessive"
    if feature is not None:
        msg = f"unsupported regexp feature: {feature}"
        raise InvalidInputError(msg)
    # Nothing can follow these, and looking on would take long if there are many.
    unclosed = {"[": "missing ]", "(?#": "missing )"}.get(text) if kind == "other" else None
    if unclosed is not None or text in _ONLY_IN_RE2:
        msg = f"could not parse regexp: {unclosed or f'invalid escape sequence: {text}'}"
        raise InvalidInputError(msg)


def _spelled(kind: str, text: str) -> tuple[str, str]:
    match kind:
        case "backreference":
            return "(?:)", text
        case "lookahead":
            return "(?:", text
        case "comment":
            return "", ""
        case "escape" | "other":
            return _SPELLINGS.get(text, (text, text))
        case _:
            return text, text
