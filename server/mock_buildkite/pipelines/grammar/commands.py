"""Command steps, and what a whole pipeline says for all of them.

Source: pages/pipelines/configure/step_types/command_step.md of Buildkite's documentation,
schema.json of pipeline-schema, and step_command.go of go-pipeline.
"""

from collections.abc import Mapping
from typing import Any, Literal, cast

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep, Secret
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.common import common, skip_reason
from mock_buildkite.pipelines.grammar.matrices import matrix
from mock_buildkite.pipelines.grammar.plugins import merged_secrets, plugins, secrets
from mock_buildkite.pipelines.grammar.retries import retry, soft_fail
from mock_buildkite.pipelines.matrix import require_known_dimensions

LONGEST_CONCURRENCY_GROUP = 200


class Defaults(Struct, frozen=True):
    """What a pipeline says at its top for every command step that does not say it itself."""

    agents: tuple[str, ...] | None
    priority: int | None
    image: str | None
    secrets: tuple[Secret, ...]
    checkout: Any
    cache: Any


def defaults(pipeline: Attributes) -> Defaults:
    """What a pipeline says for its command steps.

    Raises:
        InvalidInputError: one of them is malformed.
    """
    return Defaults(
        agents=_agents(pipeline),
        priority=pipeline.number("priority"),
        image=pipeline.text("image"),
        secrets=secrets(pipeline),
        checkout=_checkout(pipeline),
        cache=_cache(pipeline),
    )


def command_step(step: Attributes, of_pipeline: Defaults) -> CommandStep:
    """A command step, complete with what its pipeline says.

    Raises:
        InvalidInputError: it is malformed.
    """
    if not step.values.keys() & {"command", "commands", "plugins"}:
        step.refuse("a command step needs a `command`, `commands` or `plugins`")
    concurrency, group, method = _concurrency(step)
    parallelism, varied = step.number("parallelism", least=0), matrix(step)
    if parallelism is not None and varied is not None:
        step.refuse("`matrix` and `parallelism` can't be used together")
    agents, image, cache = _agents(step), step.text("image"), _cache(step)
    priority = step.number("priority")
    read = CommandStep(
        **common(step) | {"skip": skip_reason(step)},
        command="\n".join(step.texts("commands", "command") or ()),
        env=step.variables("env"),
        agents=of_pipeline.agents if agents is None else agents,
        artifact_paths=";".join(step.texts("artifact_paths", "artifacts") or ()),
        cancel_on_build_failing=step.flag("cancel_on_build_failing"),
        concurrency=concurrency,
        concurrency_group=group,
        concurrency_method=method,
        matrix=varied,
        parallelism=parallelism,
        plugins=plugins(step),
        priority=of_pipeline.priority if priority is None else priority,
        retry=retry(step),
        secrets=merged_secrets(secrets(step), of_pipeline.secrets),
        soft_fail=soft_fail(step),
        timeout_in_minutes=step.number("timeout_in_minutes", "timeout", least=1),
        image=of_pipeline.image if image is None else image,
        checkout=_merged_checkout(_checkout(step), of_pipeline.checkout),
        cache=of_pipeline.cache if cache is None else cache,
        notify=step.elements("notify") or None,
        signature=_signature(step),
    )
    if varied is not None:
        try:
            require_known_dimensions(read, varied)
        except InvalidInputError as error:
            step.refuse(error.message)
    return read


def _agents(attributes: Attributes) -> tuple[str, ...] | None:
    """Rules for agents, each `key=value`."""
    name, value = attributes.said("agents", "agent_query_rules")
    if isinstance(value, dict):
        rules = Attributes(attributes.place, {name: value}).variables(name)
        return tuple(f"{key}={each}" for key, each in rules.items())
    if value is not None and not isinstance(value, list):
        attributes.refuse_form(name, "a mapping, or a list of rules", value)
    return attributes.texts(name)


def _concurrency(step: Attributes) -> tuple[int | None, str | None, Literal["ordered", "eager"]]:
    limit = step.number("concurrency", least=1)
    group = step.text("concurrency_group")
    if limit is not None and group is None:
        step.refuse(
            "`concurrency` needs a `concurrency_group` beside it (concurrency_group_id is missing)"
        )
    if limit is None and (group is not None or step.text("concurrency_method") is not None):
        step.refuse("`concurrency_group` (concurrency_group_id) needs `concurrency` beside it")
    if group is not None and len(group) > LONGEST_CONCURRENCY_GROUP:
        step.refuse(
            f"`concurrency_group` can have at most {LONGEST_CONCURRENCY_GROUP} characters, "
            f"not {len(group)}"
        )
    method = step.choice("concurrency_method", "ordered", "eager")
    return limit, group, cast(Literal["ordered", "eager"], method)


def _checkout(attributes: Attributes) -> dict[str, Any] | None:
    """How the repository is checked out, with what agents insist on the types of in those."""
    value = attributes.values.get("checkout")
    if value is None:
        return None
    said = attributes.part("checkout", value)
    checkout = dict(value)
    for name in ("skip", "submodules", "lfs"):
        if checkout.get(name) is not None:
            checkout[name] = said.flag(name)
    if checkout.get("depth") is not None:
        checkout["depth"] = said.number("depth", least=1)
    if checkout.get("ssh_secret") is not None:
        checkout["ssh_secret"] = said.text("ssh_secret")
    return checkout


def _merged_checkout(
    own: Mapping[str, Any] | None, of_pipeline: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Each setting by itself; the key of an SSH secret is never inherited.

    Source: pages/pipelines/configure/git_checkout.md of Buildkite's documentation.
    """
    inherited = {name: each for name, each in (of_pipeline or {}).items() if name != "ssh_secret"}
    return inherited | dict(own or {}) or None


def _cache(attributes: Attributes) -> Any:  # noqa: ANN401 - any JSON that agents read
    value = attributes.values.get("cache")
    if isinstance(value, bool):
        return False if value is False else None
    if not isinstance(value, dict):
        return value if isinstance(value, str) else _listed(attributes.texts("cache"))
    said = attributes.part("cache", value)
    known = {
        "paths": _listed(said.texts("paths")),
        "name": said.text("name"),
        "size": said.text("size"),
    }
    return value | {name: each for name, each in known.items() if each is not None}


def _listed(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)


def _signature(step: Attributes) -> dict[str, Any] | None:
    """The signature, which is only passed on, in the types that agents insist on."""
    value = step.values.get("signature")
    if value is None:
        return None
    said = step.part("signature", value)
    fields = said.elements("signed_fields")
    is_sound = isinstance(value.get("algorithm", ""), str) and isinstance(
        value.get("value", ""), str
    )
    if not is_sound or not all(isinstance(each, str) for each in fields):
        said.refuse("`algorithm` and `value` must be text, `signed_fields` a list of texts")
    return dict(said.values)
