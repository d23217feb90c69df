"""How a world begins, and how the next one takes its place."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from mock_buildkite import introducing
from mock_buildkite.agents import ended_session_store, sessions
from mock_buildkite.agents.model import EndedSession
from mock_buildkite.alarm import Alarm
from mock_buildkite.clock import Clock
from mock_buildkite.errors import BuildkiteError, ConflictError, StartupError
from mock_buildkite.events import Event, Events
from mock_buildkite.failed_authentications import FailedAuthentications
from mock_buildkite.ids import Ids, SystemIds
from mock_buildkite.issuer_key import IssuerKey
from mock_buildkite.keys import Keys
from mock_buildkite.leaks import key_sources
from mock_buildkite.leaks.own_key import OwnKey
from mock_buildkite.leaks.trusted_keys import TrustedKeys
from mock_buildkite.seeding import document, planting
from mock_buildkite.seeding.document import Seed
from mock_buildkite.settings import Settings
from mock_buildkite.storage import facts
from mock_buildkite.storage.blobs import Blobs
from mock_buildkite.storage.data_directory import DataDirectory
from mock_buildkite.storage.database import Database, Transaction
from mock_buildkite.sweeping import hear_everyone, keep_sweeping, sweep
from mock_buildkite.world import World


class Origin:
    """Where a server's worlds come from, one after the other: its settings, seed, keys, folder."""

    def __init__(
        self, settings: Settings, ids: Ids, keys: Keys, directory: DataDirectory | None
    ) -> None:
        self._settings = settings
        self._ids = ids
        self._keys = keys
        self._directory = directory
        self._issuer_key = None if directory is None else IssuerKey(directory.path)
        self._github_key = None if directory is None else OwnKey(directory.path)
        self._seed: Seed | None = None
        self._world: World | None = None
        self._sweeping: asyncio.Task[None] | None = None

    @classmethod
    def prepare(cls, settings: Settings, ids: Ids) -> "Origin":
        """Read the seed and take the data directory, before anything is changed.

        Raises:
            StartupError: one of them cannot be had, or a setting says something impossible.
        """
        key_sources.check(settings)
        seed = None if settings.seed is None else document.load(settings.seed)
        if settings.data is None:
            origin = cls(settings, ids, Keys.draw(SystemIds()), None)
        else:
            directory = DataDirectory.hold(settings.data)
            try:
                keys = Keys.kept_in(directory.path, SystemIds())
            except StartupError:
                directory.release()
                raise
            origin = cls(settings, ids, keys, directory)
        origin._seed = seed
        return origin

    async def begin(self, clock: Clock, ended_sessions: Iterable[EndedSession] = ()) -> World:
        """The first world, or, with the sessions that ended with the ones before it, the next.

        Raises:
            StartupError: the data cannot be read by this version, or came from another seed.
        """
        events, alarm = Events(), Alarm()

        def on_commit(happened: list[Event], due: list[datetime]) -> None:
            events.publish(happened)
            if due:
                alarm.set_for(min(due))

        github_key = self._github_key or OwnKey()
        path = None if self._directory is None else self._directory.database
        database = await Database.open(path, clock, on_commit)
        world = World(
            settings=self._settings,
            clock=clock,
            ids=self._ids,
            keys=self._keys,
            issuer_key=self._issuer_key or IssuerKey(),
            github_key=github_key,
            github_keys=TrustedKeys(clock, key_sources.source(self._settings, github_key)),
            events=events,
            alarm=alarm,
            database=database,
            blobs=Blobs(None if self._directory is None else self._directory.files),
            succeed=self.succeed,
            failed_authentications=FailedAuthentications(
                self._settings.most_failed_authentications
            ),
        )
        try:
            world = await database.write(lambda tx: self._fill(tx, world, ended_sessions))
        except BaseException:
            await database.close()
            raise
        self._world = world
        self._sweeping = asyncio.create_task(keep_sweeping(world))
        return world

    async def succeed(self, world: World) -> World:
        """End a world and begin one from the same seed, in the present.

        The agents of the old one are strangers in the new one; it only knows that their sessions
        were ended, so that none of them hangs on a refused heartbeat.

        Raises:
            ConflictError: the seed of the data directory is not at hand.
        """
        self._seed = await world.database.read(self._seed_at_hand)
        ended_sessions = await world.database.read(sessions.list_to_end)
        await self._end_world()
        if self._directory is not None:
            await asyncio.to_thread(self._directory.remove_data)
        return await self.begin(world.clock.present(), ended_sessions)

    async def end(self) -> None:
        """End the world there is, and let go of the data directory."""
        await self._end_world()
        if self._directory is not None:
            self._directory.release()

    async def _end_world(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping
            self._sweeping = None
        if self._world is not None:
            self._world.events.close()
            await self._world.database.close()
            await self._world.blobs.close()
            self._world = None

    def _fill(self, tx: Transaction, world: World, ended_sessions: Iterable[EndedSession]) -> World:
        """Fill a new database from the seed, or find the way back into one that has data."""
        digest = facts.get(tx, facts.SEED_DIGEST)
        if digest is not None:
            return self._resume(tx, world, digest)
        seed = self._seed or document.load(None)
        world = replace(world, keys=self._keys_for(seed.digest))
        try:
            planted = planting.plant(
                tx,
                world,
                seed.document,
                key=world.keys.seed,
                fixed_values=self._settings.fixed_values,
            )
        except BuildkiteError as error:
            msg = f"the seed {seed.source}: {error.message}"
            raise StartupError(msg) from error
        facts.put(tx, facts.SEED_DIGEST, seed.digest)
        facts.put(tx, facts.SEED_SOURCE, seed.source)
        for ended in ended_sessions:
            ended_session_store.insert_ended_session(tx, ended)
        return replace(world, introduction=introducing.from_seed(planted))

    def _resume(self, tx: Transaction, world: World, digest: str) -> World:
        from mock_buildkite.settling import settle_files  # noqa: PLC0415 - only where data is

        if self._seed is not None and self._seed.digest != digest:
            source = facts.get(tx, facts.SEED_SOURCE)
            msg = (
                f"the data directory was filled from the seed {source}, and keeps what it has;"
                f" the seed {self._seed.source} is another one"
            )
            raise StartupError(msg)
        world = replace(world, keys=self._keys_for(digest))
        offset = facts.get(tx, facts.CLOCK_OFFSET_SECONDS)
        if offset is not None:
            world.clock.advance(timedelta(seconds=float(offset)))
            tx.move_to(world.clock.now())
        hear_everyone(tx)
        settle_files(tx, world)
        due = sweep(tx, world)
        if due is not None:
            tx.falls_due(due)
        return replace(world, introduction=introducing.from_data(tx, world))

    def _keys_for(self, seed_digest: str) -> Keys:
        """Well-known values are for those on this machine; anywhere else the seed key is random."""
        if not self._settings.is_on_loopback:
            return self._keys
        return replace(self._keys, seed=hashlib.sha256(f"seed {seed_digest}".encode()).digest())

    def _seed_at_hand(self, tx: Transaction) -> Seed:
        if self._seed is not None:
            return self._seed
        source = facts.get(tx, facts.SEED_SOURCE)
        try:
            seed = document.load(source)
        except StartupError as error:
            raise ConflictError(str(error)) from error
        if seed.digest != facts.get(tx, facts.SEED_DIGEST):
            msg = f"The seed {source} has changed since the data directory was filled from it"
            raise ConflictError(msg)
        return seed


@asynccontextmanager
async def open_world(
    settings: Settings | None = None, *, clock: Clock | None = None, ids: Ids | None = None
) -> AsyncIterator[World]:
    """A world, for as long as the block lasts, resets included.

    Raises:
        StartupError: the seed or the data directory cannot be used.
    """
    origin = Origin.prepare(settings or Settings(), ids or SystemIds())
    try:
        yield await origin.begin(clock or Clock())
    finally:
        await origin.end()
