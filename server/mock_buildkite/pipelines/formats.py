"""The formats that fields of block and input steps may demand."""

from mock_buildkite.errors import InvalidInputError

MATCHING_SECONDS = 0.1


def fits(text: str, pattern: str) -> bool:
    """Whether the whole of a text matches the regular expression of a field.

    Raises:
        InvalidInputError: it took too long to know.
    """
    import regex  # noqa: PLC0415 - few fields have one

    try:
        return regex.fullmatch(pattern, text, timeout=MATCHING_SECONDS) is not None
    except TimeoutError as error:
        msg = f"Matching the format took longer than {MATCHING_SECONDS} s"
        raise InvalidInputError(msg) from error
