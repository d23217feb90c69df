import pytest

from mock_buildkite.pipelines.definition import AutomaticRetry, SoftFail, matching_rule


@pytest.mark.parametrize(
    ("rule", "exit_status", "signal", "signal_reason", "is_match"),
    [
        (AutomaticRetry(), 1, None, None, True),
        (AutomaticRetry(), -1, "SIGKILL", "agent_stop", True),
        (AutomaticRetry(exit_status="*"), 1, None, None, True),
        (AutomaticRetry(exit_status="*"), 255, None, None, True),
        (AutomaticRetry(exit_status="*"), 0, None, None, False),
        (AutomaticRetry(exit_status="*"), -1, None, None, False),
        (AutomaticRetry(exit_status=(-1, 7)), -1, None, None, True),
        (AutomaticRetry(exit_status=(-1, 7)), 8, None, None, False),
        (AutomaticRetry(signal=("*",)), 1, None, None, True),
        (AutomaticRetry(signal=("*",)), 1, "SIGKILL", None, True),
        (AutomaticRetry(signal=("none",)), 1, None, None, True),
        (AutomaticRetry(signal=("none",)), 1, "", None, True),
        (AutomaticRetry(signal=("None",)), 1, "SIGKILL", None, False),
        (AutomaticRetry(signal=("kill",)), 137, "SIGKILL", None, True),
        (AutomaticRetry(signal=("SigKill",)), 137, "KILL", None, True),
        (AutomaticRetry(signal=("term", "kill")), 137, "SIGKILL", None, True),
        (AutomaticRetry(signal=("term",)), 137, "SIGKILL", None, False),
        (AutomaticRetry(signal_reason=("none",)), 1, None, "", True),
        (AutomaticRetry(signal_reason=("none",)), 1, None, "cancel", False),
        (AutomaticRetry(signal_reason=("AGENT_STOP",)), -1, None, "agent_stop", True),
        (AutomaticRetry(signal_reason=("*",)), 1, None, None, True),
        (AutomaticRetry((1,), ("kill",), ("cancel",)), 1, "SIGKILL", "cancel", True),
        (AutomaticRetry((1,), ("kill",), ("cancel",)), 2, "SIGKILL", "cancel", False),
        (AutomaticRetry((1,), ("kill",), ("cancel",)), 1, "SIGTERM", "cancel", False),
        (AutomaticRetry((1,), ("kill",), ("cancel",)), 1, "SIGKILL", "agent_stop", False),
    ],
)
def test_a_rule_matches_if_all_that_it_says_is_so(
    rule: AutomaticRetry,
    exit_status: int,
    signal: str | None,
    signal_reason: str | None,
    is_match: bool,
) -> None:
    found = matching_rule([rule], exit_status, signal, signal_reason)

    assert found == (0 if is_match else None)


def test_the_first_rule_that_matches_decides() -> None:
    rules = [
        AutomaticRetry(exit_status=(-1,), limit=0),
        AutomaticRetry(exit_status=(1,)),
        AutomaticRetry(),
    ]

    assert matching_rule(rules, -1, None, None) == 0
    assert matching_rule(rules, 1, None, None) == 1
    assert matching_rule(rules, 2, None, None) == 2
    assert matching_rule(rules[:2], 2, None, None) is None
    assert matching_rule([], 1, None, None) is None


@pytest.mark.parametrize(
    ("soft_fail", "exit_status", "is_covered"),
    [
        (SoftFail(), 1, False),
        (SoftFail(every=True), 1, True),
        (SoftFail(every=True), -1, True),
        (SoftFail(every=True), 0, False),
        (SoftFail(exit_statuses=(1, 3)), 3, True),
        (SoftFail(exit_statuses=(1, 3)), 2, False),
        (SoftFail(exit_statuses=(0,)), 0, False),
    ],
)
def test_soft_failures_cover_exit_statuses(
    soft_fail: SoftFail, exit_status: int, is_covered: bool
) -> None:
    assert soft_fail.covers(exit_status) is is_covered
