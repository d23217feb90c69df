"""`retry` and `soft_fail`: what follows when a job fails.

Source: pages/pipelines/configure/retry.md and soft_fail.md of Buildkite's documentation.
"""

from typing import Any, Literal

from mock_buildkite.pipelines.definition import AutomaticRetry, ManualRetry, Retry, SoftFail
from mock_buildkite.pipelines.grammar.attributes import HIGHEST_NUMBER, Attributes, whole_number

MOST_RETRIES = 10
HIGHEST_EXIT_STATUS = 255
EXIT_STATUS_OF_LOST_AGENTS = -1
MOST_RULES = 100  # Unverified: no maximum is published
SIGNAL_REASONS = (
    "*",
    "none",
    "cancel",
    "agent_stop",
    "agent_refused",
    "agent_incompatible",
    "process_run_error",
    "signature_rejected",
    "stack_error",
)


def retry(step: Attributes) -> Retry:
    """When the jobs of a step are tried again.

    Raises:
        InvalidInputError: a rule is malformed.
    """
    value = step.values.get("retry")
    if value is None:
        return Retry()
    said = step.part("retry", value)
    return Retry(automatic=_automatic(said), manual=_manual(said))


def _automatic(retries: Attributes) -> tuple[AutomaticRetry, ...]:
    value = retries.values.get("automatic")
    if not isinstance(value, list | dict):
        return (AutomaticRetry(exit_status="*"),) if retries.flag("automatic") else ()
    rules = value if isinstance(value, list) else [value]
    if len(rules) > MOST_RULES:
        retries.refuse(f"`automatic` can have at most {MOST_RULES} rules, not {len(rules)}")
    return tuple(
        _rule(retries.part(f"automatic[{index}]" if rules is value else "automatic", each))
        for index, each in enumerate(rules)
    )


def _rule(rule: Attributes) -> AutomaticRetry:
    exit_status = _exit_status(rule)
    signal, signal_reason = rule.texts("signal"), rule.texts("signal_reason")
    if exit_status is None and signal is None and signal_reason is None:
        # Unverified: that `*` is only meant where nothing is said. It has no -1, which is the exit
        # status of all that is refused, so a rule for such a reason alone would never match.
        exit_status = "*"
    for each in signal_reason or ():
        if each.lower() not in SIGNAL_REASONS:
            rule.refuse_form("signal_reason", f"one of {', '.join(SIGNAL_REASONS)}", each)
    limit = rule.number("limit", least=0, most=MOST_RETRIES)
    return AutomaticRetry(exit_status, signal, signal_reason, 2 if limit is None else limit)


def _exit_status(rule: Attributes) -> Literal["*"] | tuple[int, ...] | None:
    value = rule.values.get("exit_status")
    if value is None or value == "*":
        return value
    lowest, highest = EXIT_STATUS_OF_LOST_AGENTS, HIGHEST_EXIT_STATUS
    elements = value if isinstance(value, list) else [value]
    numbers = [whole_number(each) for each in elements[: highest - lowest + 1]]
    known = tuple(each for each in numbers if each is not None and lowest <= each <= highest)
    if not known or len(known) < len(elements):
        rule.refuse_form("exit_status", f'"*" or whole numbers from {lowest} to {highest}', value)
    return known


def _manual(retries: Attributes) -> ManualRetry:
    value = retries.values.get("manual")
    if not isinstance(value, dict):
        return ManualRetry(allowed=retries.flag("manual", default=True))
    rule = retries.part("manual", value)
    return ManualRetry(
        allowed=rule.flag("allowed", default=True),
        permit_on_passed=rule.flag("permit_on_passed", default=True),
        reason=rule.text("reason"),
    )


def soft_fail(attributes: Attributes) -> SoftFail:
    """Which failures leave the build as it is.

    Raises:
        InvalidInputError: it is neither a boolean nor a list of exit statuses.
    """
    value: Any = attributes.values.get("soft_fail")
    if not isinstance(value, list):
        return SoftFail(every=attributes.flag("soft_fail"))
    if len(value) > MOST_RULES:
        attributes.refuse(f"`soft_fail` can have at most {MOST_RULES} rules, not {len(value)}")
    statuses = [
        attributes.part(f"soft_fail[{index}]", each).values.get("exit_status")
        for index, each in enumerate(value)
    ]
    numbers = [whole_number(each) for each in statuses if each != "*"]
    known = tuple(each for each in numbers if each is not None and abs(each) <= HIGHEST_NUMBER)
    if len(known) < len(numbers):
        attributes.refuse("`soft_fail` must be a list of `exit_status`, each a whole number or *")
    return SoftFail(every="*" in statuses, exit_statuses=known)
