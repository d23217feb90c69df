"""The one door to the database: units, batches and their transaction.

A unit is an ordinary function of a `Transaction`. It runs alone; units that wait together share one
`begin immediate … commit`, a refused one leaves nothing behind, and nobody is answered before the
commit. So every use-case is one serializable transaction. A batch of brief units runs on the event
loop's thread, at once; one with others runs on the connection's own, so that the loop goes on. A
unit may be run twice, its first run undone: what it does outside the transaction it takes back
(`if_undone`), or can do twice.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite

from mock_buildkite.clock import Clock, to_text
from mock_buildkite.errors import BuildkiteError, StartupError, UnavailableError
from mock_buildkite.events import Event
from mock_buildkite.storage.migrate import pending

A = TypeVar("A")
T = TypeVar("T")
Row = sqlite3.Row
Parameters = Sequence[Any]
Unit = Callable[["Transaction"], T]

IN_MEMORY = ":memory:"
MOST_TURNS = 16
"""How often the event loop may turn, at most, before the units that wait become a batch."""


class Transaction:
    """What a unit works with: statements, the moment it happens at, and what it tells others."""

    __slots__ = (
        "_connection",
        "_savepoints",
        "_undoings",
        "due_moments",
        "events",
        "has_written",
        "now",
    )

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._connection = connection
        self._savepoints = 0
        self.has_written = False
        self.now = now
        self.events: list[Event] = []
        self.due_moments: list[datetime] = []
        self._undoings: list[Callable[[], None]] = []

    @property
    def now_text(self) -> str:
        """`now` in its stored form."""
        return to_text(self.now)

    def move_to(self, moment: datetime) -> None:
        """Let the unit go on at another moment: only the clock's own does."""
        self.now = moment

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run one statement that changes something."""
        self.has_written = True
        return self._connection.execute(sql, parameters)

    def one(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, if any."""
        row: Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Every row of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def iterate(self, sql: str, parameters: Parameters = ()) -> Iterator[Row]:
        """The rows of a query, one at a time, for who may stop early."""
        return iter(self._connection.execute(sql, parameters))

    def value(self, sql: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert a row whose columns are named in the code that calls; its integer key."""
        sql = _insertion(table, tuple(values))
        return self.execute(sql, tuple(values.values())).lastrowid or 0

    def insert_all(
        self, table: str, columns: tuple[str, ...], rows: Iterable[Parameters], more: str = ""
    ) -> None:
        """Insert rows at once, whose columns are named in the code that calls, as is `more`.

        `more` is what stands after the values, for rows that are there already.
        """
        self.has_written = True
        self._connection.executemany(f"{_insertion(table, columns)} {more}", rows)

    def update(self, table: str, number: int, changes: dict[str, Any]) -> None:
        """Change columns, named in the code that calls, of the row with that integer key."""
        self.execute(_change(table, tuple(changes)), (*changes.values(), number))

    def tell(self, event: Event) -> None:
        """Have an event published when the batch has committed."""
        self.events.append(event)

    def falls_due(self, moment: datetime) -> None:
        """Have what is due looked at by `moment`, if this unit is committed."""
        self.due_moments.append(moment)

    def if_undone(self, act: Callable[[], None]) -> None:
        """Have something outside the transaction taken back when the unit's work is undone."""
        self._undoings.append(act)

    def undo(self) -> None:
        """Take back what was done outside the transaction."""
        while self._undoings:
            self._undoings.pop()()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was done inside if it is refused; what it would have told is forgotten."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        told, due = len(self.events), len(self.due_moments)
        self.execute(f"savepoint {name}")
        try:
            yield
        except BaseException as error:
            if not getattr(error, "keeps_writes", False):
                self._connection.execute(f"rollback to {name}")
                del self.events[told:]
                del self.due_moments[due:]
            raise
        finally:
            self._connection.execute(f"release {name}")
            self._savepoints -= 1


class _Waiting(Generic[T]):
    """A unit and the caller who waits for it."""

    __slots__ = ("future", "is_brief", "unit")

    def __init__(self, unit: Unit[T], future: asyncio.Future[T], *, is_brief: bool) -> None:
        self.unit = unit
        self.future = future
        self.is_brief = is_brief


class _Outcome:
    """What became of one unit."""

    __slots__ = ("error", "result", "tx")

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.result: Any = None
        self.error: Exception | None = None

    @property
    def is_undone(self) -> bool:
        """Whether nothing of what the unit did may stay."""
        return self.error is not None and not getattr(self.error, "keeps_writes", False)


class Database:
    """One SQLite database and the batches that run on it.

    `on_commit` is called on the event loop with the events and due moments of each unit whose
    batch has committed, before the unit's caller is answered.
    """

    def __init__(
        self,
        connection: aiosqlite.Connection,
        clock: Clock,
        on_commit: Callable[[list[Event], list[datetime]], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._on_commit = on_commit
        self._queue: list[_Waiting[Any]] = []
        self._draining: asyncio.Task[None] | None = None
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path | None,
        clock: Clock,
        on_commit: Callable[[list[Event], list[datetime]], None],
    ) -> "Database":
        """Open the database file, or a new one in memory, and bring its schema up to date.

        Raises:
            StartupError: a newer version of mock-buildkite wrote it, or it is no database; nothing
                was changed.
        """
        place = IN_MEMORY if path is None else path
        try:
            # Two threads use it, never at the same time: one batch ends before the next begins.
            connection = await aiosqlite.connect(
                place, isolation_level=None, cached_statements=512, check_same_thread=False
            )
            try:
                await _on_thread(connection, _prepare, connection._conn)  # noqa: SLF001
            except BaseException:
                await connection.close()
                raise
        except sqlite3.Error as error:
            msg = f"the database {place} cannot be used: {error}"
            raise StartupError(msg) from error
        return cls(connection, clock, on_commit)

    def write(self, unit: Unit[T], *, is_brief: bool = False) -> asyncio.Future[T]:
        """Run a unit in the next batch; what it returned is there once that is durable.

        A brief one takes less than a millisecond, and comes by the thousand: the event loop stands
        still for it, since to hand it to another thread and back would take longer.

        Raises:
            BuildkiteError: whatever the unit raised; it then changed nothing.
            UnavailableError: the batch could not be committed, or the world has ended.
        """
        if self._closed:
            msg = "This world was reset while the request was under way"
            raise UnavailableError(msg)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(unit, future, is_brief=is_brief))
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return future

    read = write
    """The same for a unit that changes nothing. One door: a reader sees whole units only."""

    async def close(self) -> None:
        """Finish the units that wait, then close the database. Later units are refused."""
        self._closed = True
        if self._draining is not None:
            await self._draining
        await self._connection.close()

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._let_more_come()
                batch, self._queue = self._queue, []
                units = [waiting.unit for waiting in batch]
                try:
                    if all(waiting.is_brief for waiting in batch):
                        outcomes = self._run(units)
                    else:
                        outcomes = await _on_thread(self._connection, self._run, units)
                except Exception as error:  # noqa: BLE001 - every waiter is told
                    for waiting in batch:
                        _refuse(waiting.future, error)
                    continue
                for waiting, outcome in zip(batch, outcomes, strict=True):
                    self._settle(waiting.future, outcome)
        finally:
            self._draining = None

    async def _let_more_come(self) -> None:
        """Let the loop read what other callers have sent, for as long as that brings units.

        A batch costs as much as some of its units do; twice as large, it costs each half of that.
        """
        known = 0
        for _ in range(MOST_TURNS):
            if len(self._queue) == known:
                return
            known = len(self._queue)
            await asyncio.sleep(0)

    def _settle(self, future: asyncio.Future[Any], outcome: _Outcome) -> None:
        told, due = outcome.tx.events, outcome.tx.due_moments
        if (told or due) and not outcome.is_undone:
            self._on_commit(told, due)
        if future.done():  # its caller went away; what it did stands
            return
        if outcome.error is None:
            future.set_result(outcome.result)
        else:
            future.set_exception(outcome.error)

    def _run(self, units: list[Unit[Any]]) -> list[_Outcome]:
        """Run a batch.

        At first without a savepoint for each unit: hardly ever is one refused after it has
        written. When one is, the whole batch is undone and run again, with savepoints.
        """
        connection = self._connection._conn  # noqa: SLF001
        outcomes: list[_Outcome] = []
        try:
            connection.execute("begin immediate")
            self._run_each(connection, units, outcomes, self._run_one)
            if any(outcome.is_undone and outcome.tx.has_written for outcome in outcomes):
                _roll_back(connection, outcomes)
                connection.execute("begin immediate")
                self._run_each(connection, units, outcomes, self._run_protected)
            connection.execute("commit")
        except BaseException:
            _roll_back(connection, outcomes)
            raise
        return outcomes

    def _run_each(
        self,
        connection: sqlite3.Connection,
        units: list[Unit[Any]],
        outcomes: list[_Outcome],
        run: Callable[[sqlite3.Connection, Unit[Any], datetime], _Outcome],
    ) -> None:
        """Run units one after the other, all at the same moment, unless one moves the clock."""
        moment = self._clock.now()
        for unit in units:
            outcome = run(connection, unit, moment)
            outcomes.append(outcome)
            if not outcome.is_undone:
                moment = outcome.tx.now

    def _run_one(
        self, connection: sqlite3.Connection, unit: Unit[Any], moment: datetime
    ) -> _Outcome:
        outcome = _Outcome(Transaction(connection, moment))
        try:
            outcome.result = unit(outcome.tx)
        except Exception as error:
            outcome.error = error
            if outcome.is_undone:
                outcome.tx.undo()
            if not connection.in_transaction:
                raise  # the transaction is gone (a full disk): the batch is lost as a whole
        return outcome

    def _run_protected(
        self, connection: sqlite3.Connection, unit: Unit[Any], moment: datetime
    ) -> _Outcome:
        connection.execute("savepoint unit")
        outcome = self._run_one(connection, unit, moment)
        if outcome.is_undone:
            connection.execute("rollback to unit")
        connection.execute("release unit")
        return outcome


def _roll_back(connection: sqlite3.Connection, outcomes: list[_Outcome]) -> None:
    """Undo a batch so far, the last unit first."""
    if connection.in_transaction:
        connection.execute("rollback")
    while outcomes:
        outcomes.pop().tx.undo()


@lru_cache
def _change(table: str, columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f"{column} = ?" for column in columns)
    return f"update {table} set {assignments} where id = ?"  # noqa: S608 - ours


@lru_cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"insert into {table} ({', '.join(columns)}) values ({marks})"  # noqa: S608 - ours


async def _on_thread(
    connection: aiosqlite.Connection, function: Callable[[A], T], argument: A
) -> T:
    """Run a function on the connection's own thread: what `aiosqlite` does for each statement."""
    result: T = await connection._execute(function, argument)  # type: ignore[no-untyped-call]  # noqa: SLF001
    return result


def _refuse(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        refusal: BuildkiteError = UnavailableError("The database could not take the change")
        refusal.__cause__ = error
        future.set_exception(refusal)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("pragma busy_timeout = 2000")
    migrations = pending(connection)  # before anything is changed
    connection.execute("pragma journal_mode = wal")
    # WAL with `normal` survives the end of the process, kill -9 included; not a power cut.
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma cache_size = -4000")  # kB: what is not in it, the system has
    connection.execute("pragma wal_autocheckpoint = 4000")  # pages: a checkpoint waits for the disk
    for migration in migrations:
        connection.executescript(migration)
    connection.execute("pragma foreign_keys = on")  # a table that is made anew is dropped before
