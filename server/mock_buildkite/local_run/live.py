"""A build that is watched until it is over: what it prints, and what it waits for."""

import asyncio
from contextlib import ExitStack, suppress

from msgspec import Struct

from mock_buildkite.builds import service as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.errors import InvalidStateError
from mock_buildkite.events import Subscription
from mock_buildkite.jobs.lifecycle import STARTED, UNDER_WAY, JobState
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.local_run import telling, watching
from mock_buildkite.local_run.agents import Agents
from mock_buildkite.local_run.answers import Answers
from mock_buildkite.local_run.errors import BrokenOffError
from mock_buildkite.local_run.interrupts import Interrupts
from mock_buildkite.local_run.lines import Lines
from mock_buildkite.local_run.releasing import Releasing
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.local_run.stage import Stage
from mock_buildkite.local_run.watching import Look
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

PROGRESS_INTERVAL_SECONDS = 1
NEVER_TOLD = frozenset({JobState.WAITING_FAILED, JobState.BLOCKED_FAILED})
"""Ends that something may yet take back; the summary has them."""


class Around(Struct, frozen=True):
    """What a build is watched with."""

    world: World
    stage: Stage
    agents: Agents
    screen: Screen
    interrupts: Interrupts
    bell: Subscription
    """Rings when something may have happened."""
    answers: Answers
    waits_for_others: bool
    """Whether agents may come that are not ours."""


class LiveBuild:
    """The build of a run, from its creation to its end."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._screen = around.screen
        self._releasing = Releasing(
            around.world, around.stage.person.user, around.screen, around.answers, around.interrupts
        )
        self._look = Look(around.stage.build, [], {}, {})
        self._lines: dict[int, Lines] = {}
        self._printed: dict[int, int] = {}
        self._told: set[int] = set()
        self._without_agent: set[int] = set()
        self._is_canceled = False

    async def until_over(self) -> Look:
        """Show what happens until nothing more does; how everything is then.

        Raises:
            BrokenOffError: the agents are gone.
        """
        ticking = asyncio.create_task(self._tick())
        try:
            with ExitStack() as subscriptions:
                heard: set[str] = set()
                self._hear(heard, subscriptions)
                while True:
                    await self._look_again()
                    self._hear(heard, subscriptions)
                    if self._is_over():
                        return self._look
                    if not await self._act():
                        await self._around.bell.wait()
        finally:
            ticking.cancel()
            self._screen.progress("")

    def _hear(self, heard: set[str], subscriptions: ExitStack) -> None:
        """Have the bell ring for the build, and for every job that prints something."""
        events, bell = self._around.world.events, self._around.bell
        printing = [job.uuid for job in self._look.jobs if job.state in STARTED]
        for subject in {self._look.build.uuid, *printing} - heard:
            heard.add(subject)
            subscriptions.enter_context(events.subscribed(subject, bell))
            bell.ring()  # there may have been something before it was heard

    async def _look_again(self) -> None:
        def unit(tx: Transaction) -> Look:
            look = self._look
            return watching.look(tx, look.build.id, look.names, self._printed, self._told)

        self._look = await self._around.world.database.read(unit)
        for job in self._look.jobs:
            self._tell(job)
        self._show_progress()

    def _tell(self, job: Job) -> None:
        """Show what a job has printed, and how it has ended."""
        name, output = self._look.names[job.id], self._look.output.get(job.id, b"")
        if output:
            self._printed[job.id] = self._printed.get(job.id, 0) + len(output)
            lines = self._lines.setdefault(job.id, Lines())
            self._screen.say_of(name, lines.add(output))
        if not job.is_ended or job.id in self._told or job.state in NEVER_TOLD:
            return
        self._told.add(job.id)
        if job.id in self._lines:
            self._screen.say_of(name, self._lines.pop(job.id).end())
        if job.type is not JobType.WAITER:
            self._screen.say(*telling.ending(job, name))

    def _is_over(self) -> bool:
        if self._look.build.state is BuildState.BLOCKED and not self._is_to_be_canceled:
            return all(job.id in self._releasing.left_alone for job in self._questions())
        return self._look.build.is_finished

    @property
    def _is_to_be_canceled(self) -> bool:
        return self._around.interrupts.first.is_set() and not self._is_canceled

    def _questions(self) -> list[Job]:
        """The jobs of block and input steps that wait for a person."""
        return [
            job
            for job in self._look.jobs
            if job.type is JobType.MANUAL and job.state is JobState.BLOCKED
        ]

    async def _act(self) -> bool:
        """Do what the build waits for; whether there was anything to do."""
        if self._is_to_be_canceled:
            self._screen.say("\nCanceling the build. Ctrl-C again kills it", telling.UNSURE)
            await self._cancel()
            return True
        if self._is_canceled:
            return False
        for job in self._questions():
            if job.id not in self._releasing.left_alone:
                await self._releasing.release(job)
                return True
        return await self._deal_with_missing_agents()

    async def _cancel(self) -> None:
        world, person = self._around.world, self._around.stage.person

        def unit(tx: Transaction) -> None:
            builds.cancel(tx, world, person, builds.find(tx, self._look.build.id))

        self._is_canceled = True
        with suppress(InvalidStateError):  # it has ended by itself
            await world.database.write(unit)

    async def _deal_with_missing_agents(self) -> bool:
        """Say which jobs none of the agents takes, and give up if nothing else is left."""
        around, groups = self._around, self._around.agents.groups
        if not groups:
            raise BrokenOffError(around.agents.last_words())
        under_way = [job for job in self._look.jobs if job.state in UNDER_WAY]
        without_agent = [
            job
            for job in under_way
            if job.type is JobType.SCRIPT
            and job.state is JobState.SCHEDULED
            and not around.stage.takes(job, groups)
        ]
        for job in without_agent:
            if job.id not in self._without_agent:
                self._without_agent.add(job.id)
                self._screen.say(telling.no_agent(job, self._look.names[job.id]), telling.BAD)
        waiting = {job.id for job in without_agent}
        waiting |= {job.id for job in under_way if job.state is JobState.LIMITED}
        if not without_agent or len(waiting) < len(under_way) or around.waits_for_others:
            return False
        self._screen.say("Canceling the build: nobody else is there to take them", telling.BAD)
        await self._cancel()
        return True

    async def _tick(self) -> None:
        """Keep the line about the progress up to date, if there is one."""
        while self._screen.is_terminal:
            if not self._releasing.is_asking:
                self._show_progress()
            await asyncio.sleep(PROGRESS_INTERVAL_SECONDS)

    def _show_progress(self) -> None:
        self._screen.progress(telling.progress(self._look, self._around.world.clock.now()))
