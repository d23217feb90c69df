"""Ctrl-C: once it asks for an end, twice it enforces one."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from mock_buildkite.events import Subscription

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The signals that ask the program to end, heard in place of what they usually do."""

    def __init__(self, bell: Subscription) -> None:
        self._bell = bell
        self._count = 0
        self.first = asyncio.Event()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear signals while the block lasts; the second one cancels the task that is in it.

        Any further one finds that task tidying up, and is not heeded.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def hear() -> None:
            self._count += 1
            self.first.set()
            self._bell.ring()
            if self._count > 1 and task is not None:
                ignore()
                task.cancel()

        def ignore() -> None:
            for number in NUMBERS:
                loop.add_signal_handler(number, lambda: None)

        for number in NUMBERS:
            loop.add_signal_handler(number, hear)
        try:
            yield
        finally:
            for number in NUMBERS:
                loop.remove_signal_handler(number)
