"""A request as the handlers meet it: off the socket as a whole, its sender known."""

import re
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from mock_buildkite.access_tokens.model import ApiCaller
from mock_buildkite.bodies import decode
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import (
    InvalidFieldsError,
    InvalidInputError,
    MalformedParameterError,
)
from mock_buildkite.exchange import base_url, credential, plain_body, world_of
from mock_buildkite.organizations.model import Organization
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World

B = TypeVar("B")

_NAME = re.compile(r"\w+")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
"""In lower case: pybuildkite writes `True`."""


class Received(Struct, frozen=True):
    """A request that was taken off the socket. None of it is interpreted yet."""

    world: World
    credential: Credential | None
    url: str
    """Where it was sent to, without its query."""
    path: Mapping[str, str]
    """What stands in the places of its path, by their names."""
    query: QueryParams
    headers: Headers
    body: bytes
    links: Links


class Call(Struct, frozen=True):
    """A request of somebody who may make it, and the transaction that it is answered in."""

    tx: Transaction
    caller: ApiCaller
    received: Received

    @property
    def world(self) -> World:
        """Where it is answered."""
        return self.received.world

    @property
    def path(self) -> Mapping[str, str]:
        """What stands in the places of its path, by their names."""
        return self.received.path

    @property
    def links(self) -> Links:
        """The addresses that the answer leads to."""
        return self.received.links

    def body(self, shape: type[B]) -> B:
        """Its JSON body; an empty one is an empty object.

        Raises:
            MalformedBodyError: it is not JSON, or not an object.
            InvalidInputError: a field has the wrong type; the message names it.
        """
        return decode(self.received.body, shape)

    def body_of_fields(self, shape: type[B]) -> B:
        """The same for nouns whose refusals name the fields.

        Raises:
            MalformedBodyError: it is not JSON, or not an object.
            InvalidFieldsError: a field has the wrong type.
        """
        try:
            return self.body(shape)
        except InvalidInputError as error:
            problem, _, place = error.message.partition(" - at `$.")
            field = _NAME.match(place)
            named = field[0] if field is not None else "body"
            raise InvalidFieldsError([(named, f"is invalid: {problem}")]) from error

    def parameter(self, name: str) -> str | None:
        """A parameter of the query; a blank one is none given."""
        return self.received.query.get(name) or None

    def parameters(self, name: str) -> list[str]:
        """All values of a parameter, written `name=` or `name[]=`; blank ones are none given."""
        query = self.received.query
        return [value for value in query.getlist(name) + query.getlist(f"{name}[]") if value]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter that is `true` or `false`.

        Raises:
            MalformedParameterError: it is another word.
        """
        text = self.parameter(name)
        if text is None:
            return default
        if text.lower() not in _FLAGS:
            msg = f"{name} must be true or false"
            raise MalformedParameterError(msg)
        return _FLAGS[text.lower()]


class OrganizationCall(Call, frozen=True):
    """A call about one organization, which exists for the caller."""

    organization: Organization


async def receive(request: Request[State], places: Mapping[str, str], limit: int) -> Received:
    """Take a request off the socket, with `limit` bytes of body at most."""
    world = world_of(request)
    base = base_url(request, world.settings)
    return Received(
        world=world,
        credential=credential(request, world.settings),
        url=f"{base}{request.scope['path'].rstrip('/')}",
        path=places,
        query=request.query_params,
        headers=request.headers,
        body=await plain_body(request, limit),
        links=Links(base),
    )
