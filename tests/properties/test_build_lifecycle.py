"""The life cycle of a build: its table, and what follows from it."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.builds.lifecycle import (
    FINISHED,
    TRANSITIONS,
    BuildEvent,
    BuildState,
    next_state,
)
from mock_buildkite.errors import InvalidStateError

STATES = st.sampled_from(BuildState)
EVENTS = st.sampled_from(BuildEvent)
ENDS = [
    BuildEvent.END_PASSED,
    BuildEvent.END_FAILED,
    BuildEvent.END_CANCELED,
    BuildEvent.END_NOT_RUN,
]


def after(state: BuildState, event: BuildEvent) -> BuildState:
    """The state after something happened, or was refused."""
    try:
        return next_state(state, event)
    except InvalidStateError:
        return state


@given(STATES, EVENTS)
def test_whatever_happens_moves_a_build_along_the_table_or_is_refused(
    state: BuildState, event: BuildEvent
) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(InvalidStateError, match=state.value):
            next_state(state, event)


@given(st.sampled_from(sorted(FINISHED, key=str)), EVENTS)
def test_a_finished_build_is_not_finished_again_before_it_has_run_again(
    state: BuildState, event: BuildEvent
) -> None:
    assert after(state, event) in {state, BuildState.RUNNING}
    assert all((state, end) not in TRANSITIONS for end in ENDS)


@given(st.lists(EVENTS))
def test_canceled_and_skipped_builds_stay_so(events: list[BuildEvent]) -> None:
    for state in (BuildState.CANCELED, BuildState.SKIPPED, BuildState.NOT_RUN):
        assert reduce(after, events, state) is state


@given(st.lists(EVENTS))
def test_a_build_that_is_not_finished_can_be_canceled(events: list[BuildEvent]) -> None:
    state = reduce(after, events, BuildState.SCHEDULED)

    canceled = after(after(state, BuildEvent.CANCEL), BuildEvent.END_CANCELED)

    assert canceled is (state if state in FINISHED else BuildState.CANCELED)


@given(st.lists(EVENTS))
def test_a_canceled_build_ends_in_no_other_way(events: list[BuildEvent]) -> None:
    states = {BuildState.CANCELING}
    for event in events:
        states |= {after(state, event) for state in states}

    assert states <= {BuildState.CANCELING, BuildState.CANCELED}


def test_every_state_is_reached() -> None:
    reached = {BuildState.SCHEDULED}
    for _ in BuildState:
        reached |= {after(state, event) for state in reached for event in BuildEvent}

    assert reached == set(BuildState)
