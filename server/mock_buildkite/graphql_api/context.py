"""What every resolver has at hand."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, where, and the transaction that the whole operation runs in."""

    world: World
    tx: Transaction
    caller: Caller


Info: TypeAlias = GraphQLResolveInfo[Context]
Input: TypeAlias = dict[str, Any]
"""A mutation's input, its keys in snake case."""
Payload: TypeAlias = dict[str, Any]
"""A mutation's payload, its keys in snake case."""
