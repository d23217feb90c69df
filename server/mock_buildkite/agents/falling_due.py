"""What becomes of agents when time passes: lost, given up, resumed. The sweeper calls it."""

from datetime import datetime, timedelta

from mock_buildkite.agents import ended_session_store, store, taking
from mock_buildkite.agents.lifecycle import Happening, next_state
from mock_buildkite.agents.sessions import HEARTBEATS_ANSWERED_FOR
from mock_buildkite.events import AgentDisconnected, AgentLost, AgentResumed
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def lose_silent(tx: Transaction, world: World) -> None:
    """Give up for lost whoever was silent for too long, as of the moment at which it was."""
    patience = timedelta(seconds=world.settings.lost_after_seconds)
    for session, heard_at in store.list_silent_since(tx, tx.now - patience):
        state = next_state(session.connection_state, Happening.SILENCE)
        store.record_lost(tx, session.id, state, heard_at + patience)
        taking.take_from(tx, world, session)
        tx.tell(AgentLost(session.uuid))


def end_lost_sessions(tx: Transaction, world: World) -> None:
    """End the sessions of agents that stayed lost, and forget those that were ended long ago."""
    patience = timedelta(seconds=world.settings.session_ends_after_seconds)
    for session, since in store.list_lost_since(tx, tx.now - patience):
        state = next_state(session.connection_state, Happening.SESSION_END)
        # The agent can learn of it from now on only, however long ago its time was over.
        ended_session_store.insert_ended_session_of(tx, session.id, tx.now)
        store.record_ended(tx, session.id, state, since + patience)
        tx.tell(AgentDisconnected(session.uuid))
    ended_session_store.delete_sessions_ended_before(tx, tx.now - HEARTBEATS_ANSWERED_FOR)


def end_pauses(tx: Transaction, world: World) -> None:
    """Resume the agents whose pause has timed out."""
    for session in store.list_pauses_over(tx, tx.now):
        store.record_resumed(tx, session.id)
        taking.offer(tx, world, session.id)
        tx.tell(AgentResumed(session.uuid))


def next_due(tx: Transaction, world: World) -> datetime | None:
    """The next moment at which one of the three above may have something to do."""
    lost_after = timedelta(seconds=world.settings.lost_after_seconds)
    ends_after = timedelta(seconds=world.settings.session_ends_after_seconds)
    heard, lost = store.first_heard(tx), store.first_lost(tx)
    moments = [
        None if heard is None else heard + lost_after,
        None if lost is None else lost + ends_after,
        store.first_pause_end(tx),
    ]
    return min((moment for moment in moments if moment is not None), default=None)
