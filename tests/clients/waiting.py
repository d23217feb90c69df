"""Waiting for real processes, which live by the machine's clock and not by the world's."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_AGAIN_AFTER_SECONDS = 0.02


async def eventually(
    look: Callable[[], Awaitable[T | None]],
    explain: Callable[[], str],
    *,
    within_seconds: float = 10,
) -> T:
    """What a look finds, as soon as it finds something; else fail with an explanation."""
    deadline = time.perf_counter() + within_seconds
    while True:
        found = await look()
        if found:
            return found
        if time.perf_counter() > deadline:
            raise AssertionError(explain())
        await asyncio.sleep(LOOK_AGAIN_AFTER_SECONDS)
