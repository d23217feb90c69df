"""Escapes in the strings of conditions.

Source: internal/shell/shell.go of github.com/buildkite/conditional.
"""

import re

from mock_buildkite.errors import InvalidInputError

_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "s": " ",
    "t": "\t",
    "v": "\v",
}
_ONE_BYTE = 0xFF


def unescaped(escape: str) -> str:
    r"""What a backslash and what follows it stand for in double quotes: `\n`, `\x41`, `\141`.

    Raises:
        InvalidInputError: an octal number is over a byte.
    """
    digits = escape[1:]
    if digits[0] == "x" and len(digits) > 1:
        return chr(int(digits[1:], 16))
    if digits[0] not in "01234567":
        return _LETTERS.get(digits, digits)
    # Unverified: that a byte over 127 is a character rather than a part of one in UTF-8.
    if int(digits, 8) > _ONE_BYTE:
        msg = f"octal escape out of range: {escape}"
        raise InvalidInputError(msg)
    return chr(int(digits, 8))


def without_apostrophes(text: str) -> str:
    """A string in single quotes, where a backslash protects only itself and the quote."""
    return re.sub(r"\\([\\'])", r"\1", text[1:-1])
