"""Annotations as jobs write them.

Source: buildkite/agent api/annotations.go, the client's side of the same shape.
"""

import msgspec

from mock_buildkite.annotations import model
from mock_buildkite.annotations.model import Scope, Writing
from mock_buildkite.bodies import decode

LARGEST_BODY = 8 * 1024 * 1024
"""Of the JSON: a character of the annotation may take six of it."""


class AnnotationBody(msgspec.Struct):
    """The body of `POST annotations`. Nothing, an empty text or a zero says nothing."""

    body: str | None = None
    context: str | None = None
    style: str | None = None
    append: bool = False
    priority: int | None = None
    scope: str | None = None


def annotation(body: bytes) -> tuple[Scope, Writing]:
    """What a job writes, and whether on its build or on itself.

    Raises:
        InvalidInputError: something that an annotation cannot have.
    """
    read = decode(body, AnnotationBody)
    return model.scope_of(read.scope), model.writing(
        context=read.context,
        body=read.body,
        style=read.style,
        priority=read.priority or None,
        appends=read.append,
    )
