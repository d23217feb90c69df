"""A build that is watched until it is over: its output, its questions, and what it waits for."""

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from mock_buildkite.builds import service as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import InvalidInputError, InvalidStateError
from mock_buildkite.events import Subscription
from mock_buildkite.jobs import requests
from mock_buildkite.jobs import store as jobs_store
from mock_buildkite.jobs.lifecycle import STARTED, UNDER_WAY, JobState
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.local_run import telling, watching
from mock_buildkite.local_run.agents import Agents
from mock_buildkite.local_run.answers import Answers, Fields
from mock_buildkite.local_run.asking import Dialog, NotAnsweredError
from mock_buildkite.local_run.errors import BrokenOffError
from mock_buildkite.local_run.interrupts import Interrupts
from mock_buildkite.local_run.lines import Lines
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.local_run.stage import Stage
from mock_buildkite.local_run.watching import Look, Question
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

PROGRESS_INTERVAL_SECONDS = 1
NEVER_TOLD = frozenset({JobState.WAITING_FAILED, JobState.BLOCKED_FAILED})
"""Ends that something may yet take back; the summary has them."""


@dataclass(frozen=True, slots=True)
class Around:
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
    """One build, from its creation to its end."""

    def __init__(self, around: Around, build: Build) -> None:
        self._around = around
        self._screen = around.screen
        self._build_id = build.id
        self._look = Look(build, [], {}, {})
        self._lines: dict[int, Lines] = {}
        self._printed: dict[int, int] = {}
        self._told: set[int] = set()
        self._without_agent: set[int] = set()
        self._unanswered: set[int] = set()
        self._is_canceled = self._is_asking = False
        self._dialog = Dialog(self._screen)

    async def until_over(self) -> Look:
        """Show what happens until nothing more does; how everything is then."""
        events, bell = self._around.world.events, self._around.bell
        ticking = asyncio.create_task(self._tick())
        try:
            with ExitStack() as subscriptions:
                heard = {self._look.build.uuid}
                subscriptions.enter_context(events.subscribed(self._look.build.uuid, bell))
                while True:
                    await self._look_again()
                    for job in self._look.jobs:
                        if job.state in STARTED and job.uuid not in heard:
                            heard.add(job.uuid)
                            subscriptions.enter_context(events.subscribed(job.uuid, bell))
                            bell.ring()  # it may have printed something in between
                    if self._is_over():
                        return self._look
                    if not await self._act():
                        await bell.wait()
        finally:
            ticking.cancel()
            self._screen.progress("")

    async def _look_again(self) -> None:
        def unit(tx: Transaction) -> Look:
            return watching.look(tx, self._build_id, self._look.names, self._printed, self._told)

        self._look = await self._around.world.database.read(unit)
        for job in self._look.jobs:
            self._tell(job)
        self._show_progress()

    def _tell(self, job: Job) -> None:
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
        build = self._look.build
        if build.state is BuildState.BLOCKED and not self._is_to_be_canceled:
            return all(job.id in self._unanswered for job in self._questions())
        return build.is_finished

    @property
    def _is_to_be_canceled(self) -> bool:
        return self._around.interrupts.first.is_set() and not self._is_canceled

    def _questions(self) -> list[Job]:
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
            if job.id not in self._unanswered:
                await self._answer(job)
                return True
        return await self._deal_with_missing_agents()

    async def _cancel(self) -> None:
        around = self._around

        def unit(tx: Transaction) -> None:
            builds.cancel(tx, around.world, around.stage.person, builds.find(tx, self._build_id))

        self._is_canceled = True
        with suppress(InvalidStateError):  # it has ended by itself
            await around.world.database.write(unit)

    async def _answer(self, job: Job) -> None:
        """Release a block or input step, or leave it for good."""
        database = self._around.world.database
        question = await database.read(lambda tx: watching.question(tx, job.id))
        given = self._around.answers.to(question.key, job.name)
        if given is not None and await self._release(question, given):
            return
        if not self._dialog.is_possible:
            if given is None:
                self._screen.say(telling.how_to_answer(question), telling.UNSURE)
            self._unanswered.add(job.id)
            return
        try:
            fields = await self._ask(question)
        except NotAnsweredError:
            self._unanswered.add(job.id)
        else:
            await self._release(question, fields)

    async def _ask(self, question: Question) -> Fields:
        self._is_asking = True
        self._screen.progress("")
        asking = asyncio.create_task(self._dialog.ask(question.name, question.definition))
        interrupted = asyncio.create_task(self._around.interrupts.first.wait())
        try:
            await asyncio.wait({asking, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            self._screen.say()
            raise NotAnsweredError
        finally:
            asking.cancel()
            interrupted.cancel()
            self._is_asking = False

    async def _release(self, question: Question, fields: Fields) -> bool:
        """Whether the step waits no longer."""
        around = self._around

        def unit(tx: Transaction) -> None:
            job = jobs_store.find(tx, question.job.id)
            requests.unblock(tx, around.world, around.stage.person.user, job, fields)

        try:
            await around.world.database.write(unit)
        except InvalidInputError as error:
            self._screen.say(telling.why_not_released(question, error.message), telling.BAD)
            return False
        except InvalidStateError:
            return True  # somebody else has released it, or canceled the build
        return True

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
            if not self._is_asking:
                self._show_progress()
            await asyncio.sleep(PROGRESS_INTERVAL_SECONDS)

    def _show_progress(self) -> None:
        self._screen.progress(telling.progress(self._look, self._around.world.clock.now()))
