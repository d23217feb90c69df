"""A world is one universe: everything that is true in it, and nothing of any other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypedDict

from mock_buildkite.alarm import Alarm
from mock_buildkite.allowances import Allowances
from mock_buildkite.clock import Clock
from mock_buildkite.events import Events
from mock_buildkite.failed_authentications import FailedAuthentications
from mock_buildkite.ids import Ids
from mock_buildkite.issuer_key import IssuerKey
from mock_buildkite.keys import Keys
from mock_buildkite.leaks.own_key import OwnKey
from mock_buildkite.leaks.trusted_keys import TrustedKeys
from mock_buildkite.settings import Settings
from mock_buildkite.storage.blobs import Blobs
from mock_buildkite.storage.database import Database


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
    issuer_key: IssuerKey
    github_key: OwnKey
    """With which a test plays GitHub."""
    github_keys: TrustedKeys
    """Whose reports of leaked tokens are believed."""
    events: Events
    alarm: Alarm
    database: Database
    blobs: Blobs
    succeed: "Callable[[World], Awaitable[World]]"
    """Ends this world and begins one from the same seed, in the present."""
    failed_authentications: FailedAuthentications
    allowances: Allowances = field(default_factory=Allowances)
    introduction: tuple[OrganizationIntroduction, ...] = ()


class Worlds:
    """The worlds of one application, of which one is current."""

    def __init__(self, world: World) -> None:
        self.current = world
        self._settled = asyncio.Event()
        self._settled.set()
        self._resetting = asyncio.Lock()

    @property
    def is_settled(self) -> bool:
        """Whether the current world is there for requests: always, but for the time of a reset."""
        return self._settled.is_set()

    async def settled(self) -> World:
        """The current world, once no reset is under way."""
        while not self.is_settled:
            await self._settled.wait()
        return self.current

    async def reset(self) -> World:
        """Put a world as it was at first in the current one's place."""
        async with self._resetting:
            self._settled.clear()
            try:
                self.current = await self.current.succeed(self.current)
            finally:
                self._settled.set()
        return self.current


class State(TypedDict):
    """What every request carries: where its handler finds the current world."""

    worlds: Worlds
