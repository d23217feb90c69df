"""Wait and trigger steps.

Source: pages/pipelines/configure/step_types/wait_step.md and trigger_step.md of Buildkite's
documentation.
"""

from mock_buildkite.pipelines.definition import TriggerStep, WaitStep
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.common import common, skip_reason
from mock_buildkite.pipelines.grammar.retries import soft_fail


def wait_step(step: Attributes) -> WaitStep:
    """A wait step.

    Raises:
        InvalidInputError: it is malformed.
    """
    return WaitStep(
        **common(step, "wait", "waiter"), continue_on_failure=step.flag("continue_on_failure")
    )


def trigger_step(step: Attributes) -> TriggerStep:
    """A trigger step.

    Raises:
        InvalidInputError: it is malformed, or names no pipeline.
    """
    trigger = step.text("trigger")
    if trigger is None:
        step.refuse("`trigger` must be the slug of a pipeline")
    build = step.part("build", step.values.get("build") or {})
    return TriggerStep(
        **common(step) | {"skip": skip_reason(step)},
        trigger=trigger,
        branch=build.text("branch"),
        commit=build.text("commit"),
        message=build.text("message"),
        env=build.variables("env"),
        meta_data=build.variables("meta_data"),
        is_async=step.flag("async"),
        parallelism=step.number("parallelism", least=0),
        soft_fail=soft_fail(step),
    )
