"""The life cycle of an artifact: its table, and that what is gone stays gone."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.artifacts.lifecycle import (
    THERE,
    TRANSITIONS,
    ArtifactEvent,
    ArtifactState,
    next_state,
)
from mock_buildkite.errors import InvalidStateError

STATES = st.sampled_from(ArtifactState)
EVENTS = st.sampled_from(ArtifactEvent)


def after(state: ArtifactState, event: ArtifactEvent) -> ArtifactState:
    """The state after something happened, or was refused."""
    try:
        return next_state(state, event)
    except InvalidStateError:
        return state


@given(STATES, EVENTS)
def test_whatever_happens_moves_an_artifact_along_the_table_or_is_refused(
    state: ArtifactState, event: ArtifactEvent
) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(InvalidStateError, match=state.value):
            next_state(state, event)


@given(st.lists(EVENTS), st.lists(EVENTS))
def test_an_artifact_that_is_gone_stays_as_it_went(
    before: list[ArtifactEvent], later: list[ArtifactEvent]
) -> None:
    state = reduce(after, before, ArtifactState.NEW)

    last = reduce(after, later, state)

    assert state in THERE or last is state


@given(st.lists(EVENTS))
def test_an_artifact_is_finished_or_failed_never_both(events: list[ArtifactEvent]) -> None:
    states = [ArtifactState.NEW]
    for event in events:
        states.append(after(states[-1], event))

    assert not {ArtifactState.FINISHED, ArtifactState.ERROR} <= set(states)
