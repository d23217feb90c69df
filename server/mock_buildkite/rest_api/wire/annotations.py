"""Annotations."""

from typing import Any

import msgspec

from mock_buildkite.annotations import model
from mock_buildkite.annotations.model import Annotation, Scope, Writing
from mock_buildkite.annotations.rendering import to_html
from mock_buildkite.errors import InvalidInputError, MalformedParameterError
from mock_buildkite.rest_api.wire.moments import spelled

LARGEST_BODY = 8 * 1024 * 1024
"""Of the JSON: a character of the annotation may take six of it."""

_SCOPES = {"build": {Scope.BUILD}, "job": {Scope.JOB}, "all": set(Scope)}


class AnnotationBody(msgspec.Struct):
    """The body of `POST annotations`."""

    body: str
    style: str | None = None
    priority: int | None = None
    context: str | None = None
    append: bool | None = False


def writing(read: AnnotationBody) -> Writing:
    """What a user writes.

    Raises:
        InvalidInputError: something that an annotation cannot have.
    """
    if not read.body:
        msg = "Body can't be blank"
        raise InvalidInputError(msg)
    return model.writing(
        context=read.context,
        body=read.body,
        style=read.style,
        priority=read.priority,
        appends=bool(read.append),
    )


def scopes(word: str | None) -> set[Scope]:
    """The scopes that a list is to have; the build's unless it is said otherwise.

    Raises:
        MalformedParameterError: there are none of that name.
    """
    found = _SCOPES.get(word or "build")
    if found is None:
        msg = f"scope must be one of {', '.join(_SCOPES)}"
        raise MalformedParameterError(msg)
    return found


def annotation(shown: Annotation, *, with_body: bool = True) -> dict[str, Any]:
    """An annotation. Its body is rendered, which can take long."""
    spelled_out = {
        "id": shown.uuid,
        "context": shown.context,
        "style": shown.style.value,
        "scope": shown.scope.value,
        "job_id": shown.job_uuid,
        "priority": shown.priority,
        "created_at": spelled(shown.created_at),
        "updated_at": spelled(shown.updated_at),
    }
    return {**spelled_out, "body_html": to_html(shown.body)} if with_body else spelled_out
