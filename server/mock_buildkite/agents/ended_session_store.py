"""The SQL of sessions that the server ended, while their agents have yet to hear so."""

from datetime import datetime, timedelta

from mock_buildkite.agents.lifecycle import LIVE
from mock_buildkite.agents.model import EndedSession
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.storage.database import Transaction

_LIVE = ", ".join(sorted(repr(state.value) for state in LIVE))


def list_live_sessions_as_ended(tx: Transaction) -> list[EndedSession]:
    """All sessions that work, as they are to be remembered if they end now."""
    rows = tx.all(
        "select session_token_digest, 1 + has_streamed from agents"  # noqa: S608 - ours
        f" where connection_state in ({_LIVE})"
    )
    return [EndedSession(row[0], timedelta(0), row[1]) for row in rows]


def list_ended_sessions(tx: Transaction, since: datetime) -> list[EndedSession]:
    """The sessions that the server ended after `since`, their agents not knowing."""
    rows = tx.all("select * from ended_sessions where ended_at > ?", (to_text(since),))
    return [EndedSession(row[0], tx.now - from_text(row[1]), row[2]) for row in rows]


def insert_ended_session(tx: Transaction, ended: EndedSession) -> None:
    """Remember a session that the server ended while its agent may not know."""
    tx.execute(
        "insert or replace into ended_sessions values (?, ?, ?)",
        (ended.digest, to_text(tx.now - ended.ago), ended.refusals_left),
    )


def insert_ended_session_of(tx: Transaction, number: int, at: datetime) -> None:
    """The same for the session of an agent."""
    tx.execute(
        "insert or replace into ended_sessions"
        " select session_token_digest, ?, 1 + has_streamed from agents where id = ?",
        (to_text(at), number),
    )


def find_ended_session(tx: Transaction, digest: bytes) -> datetime | None:
    """When the server ended a session, while its agent has not heard so."""
    return _moment(
        tx.value("select ended_at from ended_sessions where session_token_digest = ?", (digest,))
    )


def record_refusal(tx: Transaction, digest: bytes) -> None:
    """Note that its agent was refused; after the last refusal it has heard."""
    tx.execute(
        "update ended_sessions set refusals_left = refusals_left - 1"
        " where session_token_digest = ?",
        (digest,),
    )
    tx.execute(
        "delete from ended_sessions where session_token_digest = ? and refusals_left < 1",
        (digest,),
    )


def delete_sessions_ended_before(tx: Transaction, moment: datetime) -> None:
    """Their agents had their time."""
    tx.execute("delete from ended_sessions where ended_at <= ?", (to_text(moment),))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
