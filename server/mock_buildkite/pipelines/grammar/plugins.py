"""`plugins` and `secrets` of a command step.

Source: plugin.go, plugins.go and secrets.go of Buildkite's go-pipeline.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mock_buildkite.pipelines.definition import Secret
from mock_buildkite.pipelines.grammar.attributes import Attributes

_SHORT = re.compile(r"([^/.\\:#][^/:#]*)(?:/([^/#]+))?(?:#|(#.+))?", re.DOTALL)


def plugins(step: Attributes) -> tuple[dict[str, Any], ...]:
    """The plugins in their order, each one mapping from where it comes from to its configuration.

    Raises:
        InvalidInputError: it is neither a list nor a mapping of plugins.
    """
    value = step.values.get("plugins")
    if value is None:
        return ()
    if not isinstance(value, list | dict):
        step.refuse_form("plugins", "a list of plugins", value)
    return tuple(
        {full_source(source): None if configuration in ({}, []) else configuration}
        for source, configuration in _entries(step, value if isinstance(value, list) else [value])
    )


def _entries(step: Attributes, elements: list[Any]) -> Iterator[tuple[str, Any]]:
    for index, each in enumerate(elements):
        entries = {each: None} if isinstance(each, str) else each
        if not isinstance(entries, dict):
            step.refuse_form(f"plugins[{index}]", "a plugin's name, or a mapping from it", each)
        for source, configuration in entries.items():
            if not source:
                step.refuse(f"`plugins[{index}]` has a name that is empty")
            yield source, configuration


def full_source(source: str) -> str:
    """Where a plugin comes from, written out: `docker#v1` is one of Buildkite's own on GitHub."""
    short = _SHORT.fullmatch(source)
    if short is None:  # a path or an address
        return source
    first, second, version = short.groups()
    owner, name = (first, second) if second else ("buildkite-plugins", first)
    return f"github.com/{owner}/{name}-buildkite-plugin{version or ''}"


def secrets(attributes: Attributes) -> tuple[Secret, ...]:
    """The secrets in their order, with the variable that gets each.

    Raises:
        InvalidInputError: it is neither a list nor a mapping of secrets.
    """
    value = attributes.values.get("secrets")
    if isinstance(value, dict):
        elements: list[Any] = [
            {"key": key, "environment_variable": variable} for variable, key in value.items()
        ]
    else:
        elements = attributes.elements("secrets")
    return tuple(
        _secret(
            attributes.part(f"secrets[{index}]", each if isinstance(each, dict) else {"key": each})
        )
        for index, each in enumerate(elements)
    )


def _secret(secret: Attributes) -> Secret:
    key = secret.text("key")
    if key is None:
        secret.refuse("it must name the key of a secret")
    return Secret(key, secret.text("environment_variable") or key)


def merged_secrets(own: Sequence[Secret], defaults: Sequence[Secret]) -> tuple[Secret, ...]:
    """A step's own secrets, then those of its pipeline for other variables."""
    merged: dict[str, Secret] = {}
    for each in (*own, *defaults):
        merged.setdefault(each.environment_variable, each)
    return tuple(merged.values())
