"""Conditions: what stands in `if`, on steps, on notifications and in a pipeline's settings.

Source: pages/pipelines/configure/conditionals.md of Buildkite's documentation, and
github.com/buildkite/conditional, which says that it decides as the server does.

What reads and decides them is imported where it is used: many servers never see one.
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.expressions.facts import Facts, Value

if TYPE_CHECKING:
    from mock_buildkite.pipelines.expressions.syntax import Expression
    from mock_buildkite.pipelines.expressions.variables import Variable

__all__ = ["LONGEST", "Context", "Facts", "Value", "check", "holds"]

LONGEST = 10_000
"""Characters of a condition. Unverified: where Buildkite's limit is."""


class Context(Enum):
    """Where a condition stands, which decides what variables there are."""

    STEP = "step"
    BUILD = "build"
    """The settings of a pipeline: whether a webhook becomes a build."""
    NOTIFY = "notify"

    @property
    def variables(self) -> "Mapping[str, Variable]":
        """Those that exist, by name."""
        from mock_buildkite.pipelines.expressions.variables import (  # noqa: PLC0415 - see above
            OF_BUILDS,
            OF_STEPS,
        )

        return {**OF_BUILDS, **OF_STEPS} if self is Context.NOTIFY else OF_BUILDS


def check(text: str, context: Context) -> None:
    """Refuse a condition that can never be decided. One that is blank is none, and good.

    Raises:
        InvalidInputError: it cannot be read, or it is no boolean, whatever the facts.
    """
    if text.strip():
        _expression(text, context)


def holds(text: str, context: Context, facts: Facts) -> bool:
    """Whether a condition is met. A notification's is not when anything is wrong with it.

    Raises:
        InvalidInputError: as `check`, or the facts make it impossible to decide.
    """
    # Blank is documented for notifications. Unverified: that it is no condition elsewhere too.
    if not text.strip():
        return True
    from mock_buildkite.pipelines.expressions.evaluating import is_met  # noqa: PLC0415 - see above

    try:
        return is_met(_expression(text, context), context.variables, facts)
    except InvalidInputError:
        if context is Context.NOTIFY:
            return False
        raise


@lru_cache(maxsize=256)
def _expression(text: str, context: Context) -> "Expression":
    """A condition that was read and checked."""
    from mock_buildkite.pipelines.expressions import parsing  # noqa: PLC0415 - see above
    from mock_buildkite.pipelines.expressions.checking import require_boolean  # noqa: PLC0415

    if len(text) > LONGEST:
        msg = f"A condition can have at most {LONGEST:,} characters"
        raise InvalidInputError(msg)
    expression = parsing.parse(text)
    require_boolean(expression, context.variables)
    return expression
