"""What should become of agent tokens and agents, in plain Python: the rules, and nothing else.

No line of it is the server's: two tellings of one story have to agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LOST_AFTER = timedelta(minutes=3)
SESSION_ENDS_AFTER = timedelta(hours=1)
HEARTBEATS_ANSWERED_FOR = timedelta(minutes=1)
DEFAULT_PAUSE_MINUTES = 5
CLUSTER_QUEUES = ("default", "deploy")


@dataclass(eq=False)
class AgentToken:
    """A clustered agent token, or an unclustered one."""

    is_clustered: bool
    expires_at: datetime | None = None
    is_revoked: bool = False


@dataclass(frozen=True)
class Pause:
    """That an agent takes no work until a moment."""

    note: str | None
    minutes: int
    ends_at: datetime


@dataclass(eq=False)
class Agent:
    """An agent, from its registration on and for ever."""

    agent_token: AgentToken
    queue: str
    heard_at: datetime
    connected_at: datetime | None = None
    heartbeat_at: datetime | None = None
    lost_at: datetime | None = None
    stopped_gracefully_at: datetime | None = None
    stop_forced_at: datetime | None = None
    pause: Pause | None = None
    ended_as: str | None = None
    ended_at: datetime | None = None
    heartbeats_answered_until: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.ended_as is None

    @property
    def is_told_to_stop(self) -> bool:
        return self.stopped_gracefully_at is not None or self.stop_forced_at is not None

    @property
    def state(self) -> str:
        if self.ended_as is not None:
            return self.ended_as
        if self.lost_at is not None:
            return "lost"
        if self.is_told_to_stop:
            return "stopping"
        return "never_connected" if self.connected_at is None else "connected"

    @property
    def will_be_lost_at(self) -> datetime:
        """When it was lost, or will be if nothing is heard of it from now on."""
        return self.lost_at or self.heard_at + LOST_AFTER

    @property
    def session_ends_at(self) -> datetime:
        """When its session ends if nothing is heard of it from now on."""
        return self.will_be_lost_at + SESSION_ENDS_AFTER

    @property
    def action(self) -> str | None:
        """What its ping is answered."""
        if self.is_told_to_stop:
            return "disconnect"
        return None if self.pause is None else "pause"

    def end(self, state: str, at: datetime) -> None:
        self.ended_as, self.ended_at, self.pause = state, at, None


@dataclass
class Model:
    """A world's agent tokens and agents. What is refused returns False and changes nothing."""

    now: datetime
    agent_tokens: list[AgentToken] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)

    def is_usable(self, token: AgentToken) -> bool:
        return not token.is_revoked and (token.expires_at is None or self.now < token.expires_at)

    def revoke(self, token: AgentToken) -> bool:
        was_revoked, token.is_revoked = token.is_revoked, True
        return not was_revoked

    def register(self, token: AgentToken, queue: str) -> Agent | None:
        if not self.is_usable(token):
            return None
        agent = Agent(token, queue, heard_at=self.now)
        self.agents.append(agent)
        return agent

    def presents_session_token(self, agent: Agent) -> bool:
        """Whether it is accepted, by anything but a heartbeat; if not, the agent knows by now."""
        if not agent.is_live:
            agent.heartbeats_answered_until = None
        return agent.is_live

    def connect(self, agent: Agent) -> bool:
        if self.presents_session_token(agent):
            self._appear(agent)
        return agent.is_live

    def heartbeat(self, agent: Agent) -> bool:
        if not agent.is_live:
            until = agent.heartbeats_answered_until
            return until is not None and self.now < until
        if agent.lost_at is not None:
            self._appear(agent)
        agent.heartbeat_at = agent.heard_at = self.now
        return True

    def disconnect(self, agent: Agent) -> bool:
        if not self.presents_session_token(agent):
            return False
        agent.end("stopped" if agent.state == "stopping" else "disconnected", self.now)
        return True

    def stop(self, agent: Agent, *, force: bool) -> bool:
        if agent.is_live and force:
            agent.stop_forced_at = agent.stop_forced_at or self.now
        elif agent.is_live:
            agent.stopped_gracefully_at = agent.stopped_gracefully_at or self.now
        return agent.is_live

    def pause(self, agent: Agent, note: str | None, minutes: int | None) -> bool:
        if agent.is_live:
            minutes = minutes or DEFAULT_PAUSE_MINUTES
            agent.pause = Pause(note, minutes, self.now + timedelta(minutes=minutes))
        return agent.is_live

    def resume(self, agent: Agent) -> bool:
        was_paused, agent.pause = agent.pause is not None, None
        return was_paused

    def advance(self, durations: Sequence[timedelta], *, silent: bool) -> None:
        """Let the sum of some durations pass: into how many it is cut makes no difference.

        But for one thing: of a session's end an agent hears from the next cut on.
        """
        cuts = [self.now]
        for duration in durations:
            cuts.append(cuts[-1] + duration)
        self.now = cuts[-1]
        for agent in self.agents:
            if agent.is_live and agent.lost_at is None and not silent:
                agent.heard_at = self.now
            if agent.pause is not None and agent.pause.ends_at <= self.now:
                agent.pause = None
            if agent.is_live and agent.will_be_lost_at <= self.now:
                agent.lost_at = agent.will_be_lost_at
            if agent.is_live and agent.session_ends_at <= self.now:
                agent.end("disconnected", agent.session_ends_at)
                noticed_at = min(cut for cut in cuts if cut >= agent.session_ends_at)
                agent.heartbeats_answered_until = noticed_at + HEARTBEATS_ANSWERED_FOR

    def turning_points(self) -> list[datetime]:
        """The moments to come at which time alone changes something."""
        moments = [token.expires_at for token in self.agent_tokens]
        for agent in self.agents:
            if agent.is_live:
                moments += [agent.will_be_lost_at, agent.session_ends_at]
            if agent.pause is not None:
                moments.append(agent.pause.ends_at)
            moments.append(agent.heartbeats_answered_until)
        return sorted({moment for moment in moments if moment is not None and moment > self.now})

    def count(self, *, is_clustered: bool, queue: str | None = None) -> int:
        """How many agents metrics show."""
        return sum(
            agent.state in {"connected", "stopping"}
            and agent.agent_token.is_clustered is is_clustered
            and queue in {None, agent.queue}
            for agent in self.agents
        )

    def _appear(self, agent: Agent) -> None:
        agent.connected_at = agent.heard_at = self.now
        agent.lost_at = None
