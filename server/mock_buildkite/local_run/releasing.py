"""Releasing block and input steps: as was answered beforehand, or as the person at hand says."""

import asyncio

from mock_buildkite.errors import InvalidInputError, InvalidStateError
from mock_buildkite.jobs import requests
from mock_buildkite.jobs import store as jobs_store
from mock_buildkite.jobs.model import Job
from mock_buildkite.local_run import telling, watching
from mock_buildkite.local_run.answers import Answers, Fields
from mock_buildkite.local_run.asking import Dialog, NotAnsweredError
from mock_buildkite.local_run.interrupts import Interrupts
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.local_run.watching import Question
from mock_buildkite.organizations.model import User
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


class Releasing:
    """Has every step released that somebody wants to be, and remembers the others."""

    def __init__(
        self, world: World, person: User, screen: Screen, answers: Answers, interrupts: Interrupts
    ) -> None:
        self._world = world
        self._person = person
        self._screen = screen
        self._answers = answers
        self._interrupts = interrupts
        self._dialog = Dialog(screen)
        self.is_asking = False
        self.left_alone: set[int] = set()
        """The jobs of steps that nobody releases, by their integer keys."""

    async def release(self, job: Job) -> None:
        """Release a step, or leave it alone."""
        question = await self._world.database.read(lambda tx: watching.question(tx, job.id))
        given = self._answers.to(question.key, job.name)
        if given is not None and await self._is_released(question, given):
            return
        if self._dialog.is_possible:
            try:
                given = await self._asked(question)
            except NotAnsweredError:
                self.left_alone.add(job.id)
            else:
                await self._is_released(question, given)
            return
        if given is None:
            self._screen.say(telling.how_to_answer(question), telling.UNSURE)
        self.left_alone.add(job.id)

    async def _asked(self, question: Question) -> Fields:
        """What the person fills in; an interrupt is an answer as well: that the step stays.

        Raises:
            NotAnsweredError: it stays.
        """
        self._screen.progress("")
        self.is_asking = True
        asking = asyncio.create_task(self._dialog.ask(question.name, question.definition))
        interrupted = asyncio.create_task(self._interrupts.first.wait())
        try:
            await asyncio.wait({asking, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            self._screen.say()
            raise NotAnsweredError
        finally:
            asking.cancel()
            interrupted.cancel()
            self.is_asking = False

    async def _is_released(self, question: Question, fields: Fields) -> bool:
        """Release a step; False, and the reason is shown, if what is filled in does not suffice."""

        def unit(tx: Transaction) -> None:
            job = jobs_store.find(tx, question.job.id)
            requests.unblock(tx, self._world, self._person, job, fields)

        try:
            await self._world.database.write(unit)
        except InvalidInputError as error:
            self._screen.say(telling.why_not_released(question, error.message), telling.BAD)
            return False
        except InvalidStateError:
            pass  # somebody else has released it, or canceled the build
        return True
