"""The facts that a condition is decided from."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

Value: TypeAlias = str | int | bool | tuple[str, ...] | None


class Facts(Struct, frozen=True):
    """What a condition is decided from. A variable that is not there is null."""

    variables: Mapping[str, Value]
    env: Mapping[str, str]
    """What `env` and `$NAME` see."""
    build_env: Mapping[str, str]
    """What `build.env` sees."""
