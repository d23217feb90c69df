"""A server inside another program: in a thread of its own, on a free port."""

import threading
from types import TracebackType
from typing import Any, Self

from mock_buildkite import introducing
from mock_buildkite.serving import Server, serve
from mock_buildkite.settings import Settings
from mock_buildkite.world import World

START_TIMEOUT_SECONDS = 30


class RunningServer:
    """Serves from the moment it is entered until it is left.

    Raises, when it is entered:
        StartupError: what keeps the server from starting.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="mock-buildkite", daemon=True)
        self.facts: dict[str, Any] = {}
        """What `mock-buildkite serve --json` prints."""

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        url: str = self.facts["url"]
        return url

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_TIMEOUT_SECONDS):
            msg = f"mock-buildkite did not start within {START_TIMEOUT_SECONDS} s"
            raise TimeoutError(msg)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            import uvloop  # noqa: PLC0415 - not at the import of the pytest plugin

            uvloop.run(serve(self._settings, self._serving, self._take))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error
        finally:
            self._started.set()

    def _take(self, server: Server) -> None:
        self._server = server

    def _serving(self, world: World, url: str) -> None:
        self.facts = introducing.facts(world, url)
        self._started.set()
