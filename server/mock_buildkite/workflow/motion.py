"""What one unit has set in motion and not yet brought to rest."""

from collections import deque

from msgspec import Struct, field

from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


class Motion(Struct):
    """What has to be looked at again before a unit is done (`workflow.progress.settle`)."""

    tx: Transaction
    world: World
    steps: deque[int] = field(default_factory=deque)
    """Steps that may go on, or may have ended."""
    triggers: deque[int] = field(default_factory=deque)
    """Trigger jobs that are to create their builds."""
    builds: dict[int, None] = field(default_factory=dict)
    """Builds in which something happened."""
    groups: dict[tuple[int, str], None] = field(default_factory=dict)
    """Concurrency groups, by organization and key, that may have a place."""
    runnable_jobs: dict[int, int | None] = field(default_factory=dict)
    """Jobs that wait for an agent since now, with the one that did not take it, if any."""
    idle_agents: dict[int, None] = field(default_factory=dict)
    """Agents that could take a job since now."""

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is left to be looked at but who takes which job."""
        return not (self.steps or self.triggers or self.builds or self.groups)
