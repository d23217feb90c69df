"""What a query costs, before and after it ran.

Scalars cost nothing, an object field 1; a connection's `edges` cost 1, and everything below them
as often as the page is long, 500 without `first` or `last`.

Source: pages/apis/graphql/graphql_resource_limits.md of Buildkite's documentation, whose figures
this reproduces.
"""

from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from msgspec import Struct

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.allowances import GRAPHQL, GRAPHQL_USER
from mock_buildkite.graphql_api.connections import LARGEST_PAGE
from mock_buildkite.world import World

MOST_REQUESTED = 50_000
DEEPEST = 15

Variables = dict[str, Any]


class Refusal(Struct, frozen=True):
    """Why a query is not run: too costly in itself, or nothing left to pay for it."""

    status: int
    message: str


class Meter:
    """One query's cost, held against what its caller has left."""

    def __init__(self, world: World, caller: Caller, now: datetime, requested: int) -> None:
        self.requested = requested
        self._now = now
        organization = min(caller.roles, default=0)
        of = world.allowances.of
        self._organization = of(GRAPHQL, organization, now)
        self._user = of(GRAPHQL_USER, caller.user.id, now)

    def refusal(self, depth: int) -> Refusal | None:
        """Whether a limit stands against it."""
        if depth > DEEPEST:
            return Refusal(200, f"Query has depth of {depth}, which exceeds max depth of {DEEPEST}")
        if self.requested > MOST_REQUESTED:
            return Refusal(
                200,
                f"Query has complexity of {self.requested},"
                f" which exceeds max complexity of {MOST_REQUESTED}",
            )
        for allowance, whose in (
            (self._organization, "Your organization has exceeded the limit of {} complexity"),
            (self._user, "You have exceeded your per-user limit of {} complexity"),
        ):
            if allowance.remaining <= 0:
                seconds = allowance.seconds_left(self._now)
                again = f"points. Please try again in {seconds} seconds."
                return Refusal(429, f"{whose.format(allowance.limit)} {again}")
        return None

    def charge(self, actual: int) -> None:
        """Take what it cost off both allowances."""
        self._organization.used += actual
        self._user.used += actual

    def headers(self, actual: int) -> dict[str, str]:
        """The eight headers that tell a caller of it."""
        told = {
            "RateLimit-Complexity-Requested": str(self.requested),
            "RateLimit-Complexity-Actual": str(actual),
        }
        for prefix, allowance in (("", self._organization), ("User-", self._user)):
            told[f"RateLimit-{prefix}Remaining"] = str(allowance.remaining)
            told[f"RateLimit-{prefix}Limit"] = str(allowance.limit)
            told[f"RateLimit-{prefix}Reset"] = str(allowance.seconds_left(self._now))
        return told


class Measure:
    """What a document may cost, and how deep it is nested.

    Fragments are measured once each: spreading them in each other must not cost more than writing.
    """

    def __init__(
        self, document: DocumentNode, operation_name: str | None, variables: Variables
    ) -> None:
        self._variables = variables
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._operations: list[OperationDefinitionNode] = []
        self._costs: dict[tuple[str, int], int] = {}
        self._depths: dict[str, int] = {}
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                name = None if definition.name is None else definition.name.value
                if operation_name is None or name == operation_name:
                    self._operations.append(definition)

    def requested(self) -> int:
        """The cost if every page is full."""
        return sum(self._cost(each.selection_set, 1) for each in self._operations)

    def depth(self) -> int:
        """The number of fields that the innermost one is below, itself included."""
        return max((self._depth(each.selection_set) for each in self._operations), default=0)

    def _cost(self, selections: SelectionSetNode | None, page_size: int) -> int:
        cost = 0
        for selection in () if selections is None else selections.selections:
            if isinstance(selection, FieldNode) and selection.selection_set is not None:
                times = page_size if selection.name.value == "edges" else 1
                cost += 1 + times * self._cost(selection.selection_set, self._page_size(selection))
            elif isinstance(selection, FragmentSpreadNode):
                cost += self._fragment_cost(selection.name.value, page_size)
            elif isinstance(selection, InlineFragmentNode):
                cost += self._cost(selection.selection_set, page_size)
        return cost

    def _fragment_cost(self, name: str, page_size: int) -> int:
        if (name, page_size) not in self._costs:
            cost = self._cost(self._fragments[name].selection_set, page_size)
            self._costs[name, page_size] = cost
        return self._costs[name, page_size]

    def _page_size(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in {"first", "last"}:
                size: object = None
                if isinstance(argument.value, IntValueNode):
                    size = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    size = self._variables.get(argument.value.name.value)
                if isinstance(size, int):
                    return max(0, min(size, LARGEST_PAGE))
        return LARGEST_PAGE

    def _depth(self, selections: SelectionSetNode | None) -> int:
        deepest = 0
        for selection in () if selections is None else selections.selections:
            if isinstance(selection, FieldNode):
                below = 1 + self._depth(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                below = self._fragment_depth(selection.name.value)
            else:
                assert isinstance(selection, InlineFragmentNode)  # noqa: S101 - there is no fourth
                below = self._depth(selection.selection_set)
            deepest = max(deepest, below)
        return deepest

    def _fragment_depth(self, name: str) -> int:
        if name not in self._depths:
            self._depths[name] = self._depth(self._fragments[name].selection_set)
        return self._depths[name]


def actual(data: object) -> int:
    """What an answer cost: the objects in it, and one for each list of objects."""
    if isinstance(data, dict):
        return sum(1 + actual(value) for value in data.values() if _costs(value))
    if isinstance(data, list):
        return sum(actual(value) for value in data)
    return 0


def _costs(value: object) -> bool:
    if isinstance(value, list):
        return not value or isinstance(value[0], dict)
    return isinstance(value, dict)
