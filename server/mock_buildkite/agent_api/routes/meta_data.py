"""What jobs do with the meta-data of builds; all of it is POST, reading too."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import meta_data as wire
from mock_buildkite.exchange import credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.jobs.model import Authority
from mock_buildkite.meta_data import service as meta_data
from mock_buildkite.refusals import Handler
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

LARGEST_BATCH = 8 * 1024 * 1024

Act = Callable[[Transaction, int, bytes], Any]
"""What is done with the integer key of a build and a body; the answer."""


def set_one(tx: Transaction, build_id: int, body: bytes) -> dict[str, Any]:
    """POST data/set: set a key."""
    meta_data.put(tx, build_id, wire.pair(body))
    return {}


def set_batch(tx: Transaction, build_id: int, body: bytes) -> dict[str, Any]:
    """POST data/set-batch: set several keys, all or none."""
    meta_data.put(tx, build_id, wire.pairs(body))
    return {}


def get(tx: Transaction, build_id: int, body: bytes) -> dict[str, Any]:
    """POST data/get: the value of a key."""
    key = wire.key(body)
    return wire.found(key, meta_data.get(tx, build_id, key))


def exists(tx: Transaction, build_id: int, body: bytes) -> dict[str, Any]:
    """POST data/exists: whether a key is set."""
    return wire.existence(exists=meta_data.exists(tx, build_id, wire.key(body)))


def keys(tx: Transaction, build_id: int, _body: bytes) -> list[str]:
    """POST data/keys: every key."""
    return meta_data.list_keys(tx, build_id)


def _of_job(act: Act) -> Handler:
    """A call about the build of the job in its path."""
    return _handler(act, lambda tx, asking, uuid: authority.reach_job(tx, asking, uuid).build_id)


def _of_build(act: Act) -> Handler:
    """A call about the build in its path."""
    return _handler(act, authority.reach_build)


def _handler(act: Act, reach: Callable[[Transaction, Authority, str], int]) -> Handler:
    async def handle(request: Request[State]) -> Response:
        world, uuid = world_of(request), segment(request, "uuid")
        presented = credential(request, world.settings)
        body = await plain_body(request, LARGEST_BATCH)

        def unit(tx: Transaction) -> object:
            asking = authority.authenticate(tx, world, presented)
            return act(tx, reach(tx, asking, uuid), body)

        return json_answer(await world.database.write(unit))

    return handle


routes = [
    Route("/jobs/{uuid}/data/set", _of_job(set_one), methods=["POST"]),
    Route("/jobs/{uuid}/data/set-batch", _of_job(set_batch), methods=["POST"]),
    *(
        Route(f"/{things}/{{uuid}}/data/{act.__name__}", of(act), methods=["POST"])
        for things, of in (("jobs", _of_job), ("builds", _of_build))
        for act in (get, exists, keys)
    ),
]
