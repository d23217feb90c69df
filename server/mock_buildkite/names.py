"""What names may be, where a noun has no rule of its own, and the slugs that are made of them."""

import re

from mock_buildkite.errors import InvalidInputError

LONGEST_NAME = 255
_NO_SLUG_CHARACTERS = re.compile(r"[^a-z0-9]+")


def checked_name(name: str) -> str:
    """A name.

    Raises:
        InvalidInputError: it is blank or too long.
    """
    if not name.strip():
        msg = "Name can't be blank"
        raise InvalidInputError(msg)
    if len(name) > LONGEST_NAME:
        msg = f"Name is too long (maximum is {LONGEST_NAME} characters)"
        raise InvalidInputError(msg)
    return name


def slug_of(name: str) -> str:
    """The slug that a name gives: lower case, other characters than letters and digits a dash."""
    return _NO_SLUG_CHARACTERS.sub("-", name.lower()).strip("-")


def slug_made_of(name: str) -> str:
    """The same for something that has to have a slug.

    Raises:
        InvalidInputError: nothing is left of the name.
    """
    slug = slug_of(name)[:LONGEST_NAME].strip("-")
    if not slug:
        msg = "Name must have a letter or a digit that a slug can be made of"
        raise InvalidInputError(msg)
    return slug
