"""The life cycle of a job: its table, and what follows from it."""

from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.errors import InvalidStateError
from mock_buildkite.jobs.lifecycle import (
    AT_WORK,
    ENDED,
    NOT_STARTED,
    ON_AGENT,
    STARTED,
    TRANSITIONS,
    UNDER_WAY,
    JobEvent,
    JobState,
    next_state,
)

STATES = st.sampled_from(JobState)
EVENTS = st.sampled_from(JobEvent)
FOR_GOOD = ENDED - {JobState.WAITING_FAILED, JobState.BLOCKED_FAILED}
"""What failed before a job started may be retried; nothing brings any other job back."""


def after(state: JobState, event: JobEvent) -> JobState:
    """The state after something happened, or was refused."""
    try:
        return next_state(state, event)
    except InvalidStateError:
        return state


@given(STATES, EVENTS)
def test_whatever_happens_moves_a_job_along_the_table_or_is_refused(
    state: JobState, event: JobEvent
) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(InvalidStateError, match=state.value):
            next_state(state, event)


@given(st.lists(EVENTS))
def test_a_job_that_ended_for_good_stays_as_it_ended(events: list[JobEvent]) -> None:
    states = [JobState.PENDING]
    for event in events:
        states.append(after(states[-1], event))

    ended = [state for state in states if state in FOR_GOOD]

    assert states[len(states) - len(ended) :] == ended
    assert len(set(ended)) <= 1


@given(st.lists(EVENTS))
def test_a_job_can_always_be_brought_to_an_end(events: list[JobEvent]) -> None:
    state = reduce(after, events, JobState.PENDING)

    canceled = after(state, JobEvent.CANCEL)
    stopped = after(canceled, JobEvent.FINISH)

    assert stopped in ENDED


@given(st.lists(EVENTS))
def test_a_job_starts_only_on_an_agent_or_as_a_trigger(events: list[JobEvent]) -> None:
    states = [JobState.PENDING]
    for event in events:
        states.append(after(states[-1], event))

    for before, now in pairwise(states):
        if now is JobState.RUNNING and before is not now:
            assert before in {JobState.ACCEPTED, JobState.SCHEDULED}


def test_every_state_is_reached() -> None:
    reached = {JobState.PENDING}
    for _ in JobState:
        reached |= {after(state, event) for state in reached for event in JobEvent}

    assert reached == set(JobState)


def test_the_sets_of_states_are_parts_of_one_whole() -> None:
    assert AT_WORK < ON_AGENT < UNDER_WAY
    assert not UNDER_WAY & ENDED
    assert not NOT_STARTED & STARTED
    assert set(JobState) - UNDER_WAY - ENDED == {JobState.WAITING, JobState.BLOCKED}
