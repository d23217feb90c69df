"""A world is one universe: everything that is true in it, and nothing of any other."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from mock_buildkite.allowances import Allowances
from mock_buildkite.clock import Clock
from mock_buildkite.events import Events
from mock_buildkite.ids import Ids
from mock_buildkite.keys import Keys
from mock_buildkite.settings import Settings
from mock_buildkite.storage.database import Database

if TYPE_CHECKING:
    from mock_buildkite.sweeping import Sweeper
    from mock_buildkite.worlds import Origin, Worlds


@dataclass(frozen=True, slots=True)
class OrganizationIntroduction:
    """What somebody needs to know to work with an organization that the world began with.

    A value is None when it cannot be shown again.
    """

    slug: str
    uuid: str
    cluster_uuid: str | None
    agent_token: str | None = field(repr=False)
    unclustered_agent_token: str | None = field(repr=False)
    api_access_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class World:
    """One universe. Two of them in one process never meet; dropping one drops all in it."""

    settings: Settings
    clock: Clock
    ids: Ids
    keys: Keys
    events: Events
    database: Database
    sweeper: "Sweeper"
    origin: "Origin"
    allowances: Allowances = field(default_factory=Allowances)
    introduction: tuple[OrganizationIntroduction, ...] = ()


class State(TypedDict):
    """What every request carries: where its handler finds the current world."""

    worlds: "Worlds"
