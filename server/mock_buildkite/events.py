"""What happened, told after the commit, in Buildkite's webhook and audit words.

Nothing else pushes: the ping streams are subscribers. A subscriber learns only that there is
something new, and reads the present state again, so it can never fall behind and never holds a unit
up.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct


class Event(Struct, frozen=True):
    """Something that happened to one agent, or to anything else that has a UUID."""

    subject: str
    """The UUID of what it happened to."""


class AgentRegistered(Event, frozen=True):
    """An agent exists."""


class AgentConnected(Event, frozen=True):
    """An agent called connect, or was heard of again after it was lost."""


class AgentDisconnected(Event, frozen=True):
    """An agent's session is over."""


class AgentLost(Event, frozen=True):
    """An agent was silent for too long."""


class AgentStopping(Event, frozen=True):
    """An agent is to stop."""


class AgentPaused(Event, frozen=True):
    """An agent is to take no work."""


class AgentResumed(Event, frozen=True):
    """An agent may take work again."""


class JobAssigned(Event, frozen=True):
    """An agent has a job to accept; the subject is the agent."""


class JobScheduled(Event, frozen=True):
    """A job waits for an agent; the subject is its build, as for all events of jobs below."""


class JobStarted(Event, frozen=True):
    """An agent works on a job."""


class JobActivated(Event, frozen=True):
    """A block or input step was released."""


class JobPromisedExitStatus(Event, frozen=True):
    """A job said how it will fail, before it does."""


class JobFinished(Event, frozen=True):
    """A job is at its end, whichever it is."""


class JobLogged(Event, frozen=True):
    """A job's log is longer; the subject is the job."""


class BuildScheduled(Event, frozen=True):
    """A build exists."""


class BuildRunning(Event, frozen=True):
    """A job of a build has started, or is tried again."""


class BuildFailing(Event, frozen=True):
    """A job has failed while others go on."""


class BuildFinished(Event, frozen=True):
    """A build is at its end, or blocked."""


class BuildSkipped(Event, frozen=True):
    """A newer build has taken a build's place."""


class Subscription:
    """A reader's bell: it rings when there is something to read again, or nothing more comes."""

    __slots__ = ("_bell", "closed")

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self.closed = False

    def ring(self) -> None:
        """Wake the reader."""
        self._bell.set()

    def close(self) -> None:
        """Wake the reader for the last time."""
        self.closed = True
        self._bell.set()

    async def wait(self) -> None:
        """Wait for the bell. What rings while the reader reads rings again."""
        await self._bell.wait()
        self._bell.clear()


class Events:
    """Who wants to hear of what, in one world."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._closed = False

    def publish(self, events: list[Event]) -> None:
        """Ring for every event's subject."""
        for event in events:
            for subscription in self._subscriptions.get(event.subject, ()):
                subscription.ring()

    @contextmanager
    def subscribed(
        self, subject: str, subscription: Subscription | None = None
    ) -> Iterator[Subscription]:
        """A subscription to what happens to one subject. Take it before reading the state.

        One that is there already may be given one subject more.
        """
        subscription = subscription or Subscription()
        self._subscriptions.setdefault(subject, set()).add(subscription)
        if self._closed:
            subscription.close()
        try:
            yield subscription
        finally:
            subscribers = self._subscriptions[subject]
            subscribers.discard(subscription)
            if not subscribers:
                del self._subscriptions[subject]

    def close(self) -> None:
        """End every subscription: the world, or the server, comes to its end."""
        self._closed = True
        for subscribers in self._subscriptions.values():
            for subscription in subscribers:
                subscription.close()
