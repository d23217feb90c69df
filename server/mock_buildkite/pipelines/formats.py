"""The formats that fields of block and input steps may demand."""

from typing import TYPE_CHECKING

from mock_buildkite.errors import InvalidInputError

if TYPE_CHECKING:
    import regex

MATCHING_SECONDS = 0.1


def check(pattern: str) -> None:
    """Refuse what is no regular expression.

    Raises:
        InvalidInputError: it is none.
    """
    _compiled(pattern)


def fits(text: str, pattern: str) -> bool:
    """Whether the whole of a text matches the regular expression of a field.

    Raises:
        InvalidInputError: it took too long to know.
    """
    try:
        return _compiled(pattern).fullmatch(text, timeout=MATCHING_SECONDS) is not None
    except TimeoutError as error:
        msg = f"Matching the format took longer than {MATCHING_SECONDS} s"
        raise InvalidInputError(msg) from error


def _compiled(pattern: str) -> "regex.Pattern[str]":
    import regex  # noqa: PLC0415 - few fields have one

    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError) as error:
        msg = f"expected a regular expression, but found: {error}"
        raise InvalidInputError(msg) from error
