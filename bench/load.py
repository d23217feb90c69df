"""Load on one route: `wrk`, with a script that is generated for each run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import wrk
from bench.servers import Served
from bench.wrk import Crowd

CROWD = Crowd(connections=32, threads=2)
WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one route: alike but for who sends them, in turn."""

    method: str
    path: str
    authorizations: Sequence[str]
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


# Every thread of wrk runs this in a Lua of its own. The requests are put together beforehand, and
# each thread begins elsewhere, so that they do not walk through the agents side by side.
SCRIPT = """
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  requests, last = {}, 0
  local headers = %(headers)s
  for line in io.lines(%(authorizations)s) do
    if line ~= "" then headers["Authorization"] = line end
    requests[#requests + 1] = wrk.format(%(method)s, %(path)s, headers, %(body)s)
  end
  last = math.floor(#requests * number / %(threads)s)
end

function request()
  last = last %% #requests + 1
  return requests[last]
end
"""


class Load:
    """The load of a crowd of connections on one route of a server, warmed up beforehand.

    Raises, in every method:
        RuntimeError: a request was refused, or not answered.
    """

    def __init__(self, server: Served, requests: Requests, crowd: Crowd, folder: Path) -> None:
        self._server = server
        self._requests = requests
        self._crowd = crowd
        self._script = _write_script(folder, requests, crowd)
        self.measure(WARM_UP_SECONDS)

    def measure(self, seconds: int) -> float:
        """How many requests are answered in a second.

        One is sent alone after the load, and its answer really read: a GraphQL request that is
        refused is a 200.
        """
        run = wrk.run(self._server, self._script, self._crowd, seconds)
        _send_one(self._server, self._requests)
        return run.requests / run.seconds


@contextmanager
def load(server: Served, requests: Requests, crowd: Crowd = CROWD) -> Iterator[Load]:
    """A load on one route, which can be put on it again and again."""
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
        yield Load(server, requests, crowd, Path(name))


def _send_one(server: Served, requests: Requests) -> None:
    headers = dict(requests.headers)
    if requests.authorizations[0]:
        headers["Authorization"] = requests.authorizations[0]
    server.call(requests.method, requests.path, headers, requests.body)


def _write_script(folder: Path, requests: Requests, crowd: Crowd) -> Path:
    authorizations = folder / "authorizations"
    authorizations.write_text("\n".join(requests.authorizations) + "\n")
    return wrk.write_script(
        folder,
        SCRIPT,
        {
            "threads": crowd.threads,
            "authorizations": str(authorizations),
            "method": requests.method,
            "path": requests.path,
            "headers": requests.headers,
            "body": requests.body,
        },
    )
