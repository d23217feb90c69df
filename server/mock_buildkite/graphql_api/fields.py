"""What the resolvers of many nouns share: IDs, mutations, permissions, moments."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import msgspec
from ariadne import MutationType, ObjectType, ScalarType

from mock_buildkite import node_ids
from mock_buildkite.errors import InvalidInputError, NotFoundError
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User

N = TypeVar("N")

json_text = ScalarType("JSON")
"""JSON as text within JSON. On the way in, what it stands for is taken too."""
date_time = ScalarType("DateTime")
"""Moments: ISO 8601 in UTC on the way out; dates and fractions are read too on the way in."""


def node_type(name: str) -> ObjectType:
    """A type whose `id` is the global ID made of its name and its object's UUID."""
    bindable = ObjectType(name)
    bindable.set_field("id", lambda source, _info: node_ids.encode(name, source.uuid))
    return bindable


def payload_of(
    mutation: MutationType, name: str
) -> Callable[[Callable[[Info, Input], Payload]], Callable[[Info, Input], Payload]]:
    """Bind a function of a mutation's input to its field.

    What it does is undone if it is refused; other fields of the operation stand. The payload gets
    the input's `clientMutationId` back.
    """

    def bind(act: Callable[[Info, Input], Payload]) -> Callable[[Info, Input], Payload]:
        @wraps(act)
        def resolve(_source: object, info: Info, *, input: Input) -> Payload:  # noqa: A002 - theirs
            with info.context.tx.savepoint():
                payload = act(info, input)
            return {"client_mutation_id": input.get("client_mutation_id"), **payload}

        mutation.set_field(name, resolve)
        return act

    return bind


def permission(*, allowed: bool) -> dict[str, Any]:
    """A `Permission`: whether something is allowed, and if not, why."""
    if allowed:
        return {"allowed": True, "code": None, "message": None}
    return {
        "allowed": False,
        "code": "not_permitted",  # Unverified: the words
        "message": "You do not have permission to do this",
    }


def visible_organization(info: Info, node_id: str) -> Organization:
    """The organization with that global ID.

    Raises:
        InvalidInputError: there is none for this caller.
    """
    uuid = node_ids.uuid_of(node_id, "Organization")
    organization = organizations.find_visible(info.context.tx, info.context.caller, uuid=uuid)
    if organization is None:
        msg = "No organization found"
        raise InvalidInputError(msg)
    return organization


def required(thing: N | None, noun: str) -> N:
    """Something that a mutation is about.

    Raises:
        NotFoundError: there is none for this caller.
    """
    if thing is None:
        msg = f"No {noun} found"
        raise NotFoundError(msg)
    return thing


def user(info: Info, number: int | None) -> User | None:
    """The user with that integer key, where there may be none."""
    return None if number is None else organizations.find_user(info.context.tx, number)


@json_text.serializer
def serialize_json(value: object) -> str:
    """A value, spread over lines as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@json_text.value_parser
def parse_json(value: object) -> object:
    """The value in a text, or one that was given as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value) if value.strip() else None
    except (msgspec.DecodeError, RecursionError) as error:
        msg = f"{value!r} is not JSON"
        raise ValueError(msg) from error


@date_time.serializer
def serialize_moment(value: datetime) -> str:
    """A moment as Buildkite writes it: milliseconds at most, `Z`."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z").replace(".000Z", "Z")


@date_time.value_parser
def parse_moment(value: object) -> datetime | None:
    """A moment as clients write it, with or without a time, a fraction, or an offset."""
    if value == "":  # Go clients send it for nothing
        return None
    try:
        moment = datetime.fromisoformat(str(value).upper())
    except ValueError as error:
        msg = f"{value!r} is not an ISO 8601 date or time"
        raise ValueError(msg) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
