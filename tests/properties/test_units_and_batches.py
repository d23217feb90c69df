"""What units leave in the database and tell, whichever of a batch are refused.

Units that put notes, tell of them and are refused at any depth run on a database, and on a
dictionary that is copied where the database has a savepoint. Both must agree.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.clock import Clock, ManualClock, to_text
from mock_buildkite.errors import InvalidInputError, UnavailableError
from mock_buildkite.events import Event
from mock_buildkite.storage.database import Database, Transaction, Unit

START = datetime(2026, 1, 1, tzinfo=UTC)


class Recorded(InvalidInputError):  # noqa: N818 - it is what happened, not a fault
    """A refusal that is itself kept."""

    keeps_writes = True


class Ending(Enum):
    """How a block of work ends: with nothing, or with what it raises."""

    DONE = None
    REFUSED = InvalidInputError
    BROKEN = RuntimeError
    REFUSED_AND_RECORDED = Recorded

    @property
    def is_kept(self) -> bool:
        return self in {Ending.DONE, Ending.REFUSED_AND_RECORDED}


@dataclass(frozen=True)
class Put:
    """Write a note over the one of that name, tell of it, and have it looked at later."""

    name: str
    text: str


@dataclass(frozen=True)
class Block:
    """Work that stands or falls together."""

    steps: tuple["Put | Block", ...]
    ending: Ending


@dataclass
class Witness:
    """Everything that comes out of a database besides answers."""

    runs: list[int] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)
    """Units whose work outside the database stands."""
    told: list[str] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)
    runs_before_telling: set[int] = field(default_factory=set)

    def on_commit(self, events: list[Event], due: list[datetime]) -> None:
        self.told += [event.subject for event in events]
        self.due += due
        self.runs_before_telling.add(len(self.runs))


NAMES = st.sampled_from(["a", "b", "c"])
PUTS = st.builds(Put, NAMES, st.text(alphabet="xyz", max_size=3))
ENDINGS = st.sampled_from(Ending)


def blocks_of(steps: st.SearchStrategy[Put | Block]) -> st.SearchStrategy[Block]:
    return st.builds(Block, st.lists(steps, max_size=3).map(tuple), ENDINGS)


STEPS: st.SearchStrategy[Put | Block] = st.recursive(PUTS, blocks_of, max_leaves=6)
UNITS = blocks_of(STEPS)
BATCHES = st.lists(UNITS, min_size=1, max_size=6)
Brief = frozenset[int]
"""The places of a batch's brief units: often all or none of them."""
BRIEF = st.sampled_from([frozenset(range(7)), frozenset[int]()]) | st.frozensets(
    st.integers(min_value=0, max_value=6)
)


@asynccontextmanager
async def opened(witness: Witness, clock: Clock | None = None) -> AsyncIterator[Database]:
    """An empty database in memory."""
    database = await Database.open(None, clock or ManualClock(START), witness.on_commit)
    try:
        yield database
    finally:
        await database.close()


def notes(tx: Transaction) -> dict[str, str]:
    return {row["key"]: row["value"] for row in tx.all("select key, value from world")}


def due_at(put: Put) -> datetime:
    return START + timedelta(minutes=len(put.text))


def work(tx: Transaction, block: Block) -> None:
    """Do a block's steps; the blocks among them each in a savepoint."""
    for step in block.steps:
        if isinstance(step, Put):
            tx.execute("insert or replace into world values (?, ?)", (step.name, step.text))
            tx.tell(Event(step.name + step.text))
            tx.falls_due(due_at(step))
        else:
            with suppress(InvalidInputError, RuntimeError), tx.savepoint():
                work(tx, step)
    if block.ending.value is not None:
        raise block.ending.value(block.ending.name)


def expect(kept: dict[str, str], block: Block) -> tuple[dict[str, str], list[Put]]:
    """The notes after a block, and the puts that are told of, on paper."""
    after, puts = dict(kept), []
    for step in block.steps:
        if isinstance(step, Put):
            after[step.name] = step.text
            puts.append(step)
        else:
            after, told = expect(after, step)
            puts += told
    return (after, puts) if block.ending.is_kept else (kept, [])


def as_unit(number: int, block: Block, witness: Witness) -> Unit[dict[str, str]]:
    """A unit that does a block's work, also outside the database; it returns what it found."""

    def unit(tx: Transaction) -> dict[str, str]:
        witness.runs.append(number)
        witness.outside.append(number)
        tx.if_undone(lambda: witness.outside.remove(number))
        found = notes(tx)
        work(tx, block)
        return found

    return unit


async def run(
    database: Database, units: list[Unit[dict[str, str]]], brief: Brief
) -> list[dict[str, str] | BaseException]:
    """Run units that wait together; for each what it returned or raised."""
    calls = (database.write(unit, is_brief=place in brief) for place, unit in enumerate(units))
    return await asyncio.gather(*calls, return_exceptions=True)


async def run_batch(
    database: Database, batch: list[Block], brief: Brief, witness: Witness
) -> list[dict[str, str] | BaseException]:
    units = [as_unit(number, block, witness) for number, block in enumerate(batch)]
    return await run(database, units, brief)


@given(BATCHES, BRIEF)
def test_a_refused_unit_leaves_nothing_and_the_others_of_its_batch_stand(
    batch: list[Block], brief: Brief
) -> None:
    async def scene() -> None:
        witness = Witness()
        async with opened(witness) as database:
            answers = await run_batch(database, batch, brief, witness)
            left = await database.read(notes)

        kept: dict[str, str] = {}
        for block, answer in zip(batch, answers, strict=True):
            if block.ending is Ending.DONE:
                assert answer == kept
            else:
                assert type(answer) is block.ending.value
            kept, _ = expect(kept, block)
        assert left == kept

    asyncio.run(scene())


@given(BATCHES, BRIEF)
def test_only_what_is_kept_is_told_and_not_before_its_whole_batch_has_run(
    batch: list[Block], brief: Brief
) -> None:
    async def scene() -> None:
        witness = Witness()
        async with opened(witness) as database:
            await run_batch(database, batch, brief, witness)

        told = [put for block in batch for put in expect({}, block)[1]]
        assert witness.told == [put.name + put.text for put in told]
        assert witness.due == [due_at(put) for put in told]
        assert witness.runs_before_telling <= {len(witness.runs)}

    asyncio.run(scene())


@given(BATCHES, BRIEF)
def test_a_unit_that_is_run_twice_has_acted_outside_once(batch: list[Block], brief: Brief) -> None:
    async def scene() -> None:
        witness = Witness()
        async with opened(witness) as database:
            await run_batch(database, batch, brief, witness)

        kept = [number for number, block in enumerate(batch) if block.ending.is_kept]
        numbers = list(range(len(batch)))
        assert witness.outside == kept
        assert witness.runs in (numbers, numbers * 2)

    asyncio.run(scene())


@given(BATCHES, BRIEF, st.integers(min_value=0, max_value=6))
def test_a_batch_whose_transaction_is_lost_leaves_nothing_at_all(
    batch: list[Block], brief: Brief, place: int
) -> None:
    def lose_the_transaction(tx: Transaction) -> dict[str, str]:
        tx.execute("rollback")  # as SQLite does by itself when the disk is full
        msg = "disk is full"
        raise RuntimeError(msg)

    async def scene() -> None:
        witness = Witness()
        units = [as_unit(number, block, witness) for number, block in enumerate(batch)]
        units.insert(place, lose_the_transaction)
        async with opened(witness) as database:
            answers = await run(database, units, brief)
            left = await database.read(notes)

        assert {type(answer) for answer in answers} == {UnavailableError}
        assert left == {}
        assert witness.outside == []
        assert witness.told == []

    asyncio.run(scene())


async def test_a_unit_has_one_moment_and_the_next_one_its_own() -> None:
    clock = ManualClock(START)
    database = await Database.open(None, clock, Witness().on_commit)

    def unit(tx: Transaction) -> tuple[datetime, datetime]:
        before = tx.now
        clock.advance(timedelta(hours=1))
        return before, tx.now

    first, second = await database.write(unit), await database.write(unit)
    await database.close()

    assert first == (START, START)
    assert second == (START + timedelta(hours=1), START + timedelta(hours=1))


async def test_the_units_of_a_batch_have_one_moment_until_one_of_them_moves_the_clock() -> None:
    clock = ManualClock(START)
    later = START + timedelta(hours=1)

    def look(tx: Transaction) -> tuple[datetime, str]:
        clock.advance(timedelta(minutes=1))  # as time does that nobody moves
        return tx.now, tx.now_text

    def move(tx: Transaction) -> tuple[datetime, str]:
        tx.move_to(later)
        return tx.now, tx.now_text

    def fail_to_move(tx: Transaction) -> tuple[datetime, str]:
        tx.move_to(later + timedelta(hours=1))
        msg = "no"
        raise InvalidInputError(msg)

    async with opened(Witness(), clock) as database:
        units = (look, look, fail_to_move, look, move, look)
        told = await asyncio.gather(*map(database.write, units), return_exceptions=True)

    assert isinstance(told.pop(2), InvalidInputError)
    before, after = (START, to_text(START)), (later, to_text(later))
    assert told == [before, before, before, after, after]


async def test_what_a_caller_who_went_away_did_stands_and_is_told() -> None:
    witness = Witness()

    def unit(tx: Transaction) -> None:
        work(tx, Block((Put("a", "x"),), Ending.DONE))

    async with opened(witness) as database:
        call = database.write(unit)
        call.cancel()
        left = await database.read(notes)

    assert call.cancelled()
    assert left == {"a": "x"}
    assert witness.told == ["ax"]


async def test_brief_units_run_where_the_loop_does_and_others_let_it_go_on() -> None:
    def where(_tx: Transaction) -> int:
        return threading.get_ident()

    here = threading.get_ident()
    async with opened(Witness()) as database:
        brief = await asyncio.gather(*(database.write(where, is_brief=True) for _ in range(3)))
        mixed = await asyncio.gather(database.write(where, is_brief=True), database.write(where))

    assert set(brief) == {here}
    assert here not in mixed
    assert len(set(mixed)) == 1


async def test_units_that_come_while_the_loop_turns_are_one_batch() -> None:
    witness = Witness()
    units = [as_unit(number, Block((Put("a", "x"),), Ending.DONE), witness) for number in range(3)]

    async def send(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await database.write(units[turns], is_brief=True)

    async with opened(witness) as database:
        await asyncio.gather(*map(send, range(3)))

    assert witness.runs_before_telling == {3}


async def test_a_closing_database_finishes_what_waits_and_refuses_what_comes() -> None:
    database = await Database.open(None, ManualClock(START), Witness().on_commit)
    waiting = database.read(notes)

    await database.close()

    assert await waiting == {}
    with pytest.raises(UnavailableError):
        await database.read(notes)
