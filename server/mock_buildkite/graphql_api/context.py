"""What every resolver has at hand."""

from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo
from msgspec import Struct, field

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


class Context(Struct, frozen=True):
    """Who asks, where, and the transaction that the whole operation runs in."""

    world: World
    tx: Transaction
    caller: Caller
    base_url: str
    """Where this server is, as the request found it."""
    unrendered: list["Markdown"] = field(default_factory=list)
    """What the answer has that is to be HTML, once the unit is over: that can take seconds."""


class Markdown(str):
    """Text of an answer in whose place its HTML goes."""

    __slots__ = ()


Info: TypeAlias = GraphQLResolveInfo[Context]
Input: TypeAlias = dict[str, Any]
"""A mutation's input, its keys in snake case."""
Payload: TypeAlias = dict[str, Any]
"""A mutation's payload, its keys in snake case."""
