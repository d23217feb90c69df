"""Calls of `buildkite-agent step` and `buildkite-agent build cancel`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import steps as wire
from mock_buildkite.bodies import decode
from mock_buildkite.builds import service as builds
from mock_buildkite.exchange import credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.steps import service
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def export(request: Request[State]) -> Response:
    """POST steps/{name}/export: what an attribute of a step is."""
    world, name = world_of(request), segment(request, "name")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> str:
        asking = authority.authenticate(tx, world, presented)
        wanted = decode(body, wire.ExportBody)
        step = service.find(tx, asking, name, wanted.build_id)
        value = service.export(tx, step, wanted.attribute)
        return service.as_text(value, is_json=wanted.format == "json" or not wanted.attribute)

    return json_answer({"output": await world.database.read(unit)})


async def update(request: Request[State]) -> Response:
    """PUT steps/{name}: change an attribute of a step. Sent again, it is changed once."""
    world, name = world_of(request), segment(request, "name")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate(tx, world, presented)
        wanted = decode(body, wire.UpdateBody)
        step = service.find(tx, asking, name, wanted.build_id)
        if service.is_first_time(tx, step, wanted.idempotency_uuid):
            attribute, appends = wanted.attribute, wanted.append
            service.update(tx, asking, step, attribute, wanted.value, appends=appends)

    await world.database.write(unit)
    return json_answer({})


async def cancel(request: Request[State]) -> Response:
    """POST steps/{name}/cancel: cancel all jobs of a step."""
    world, name = world_of(request), segment(request, "name")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> dict[str, str]:
        asking = authority.authenticate(tx, world, presented)
        wanted = decode(body, wire.CancelBody)
        step = service.find(tx, asking, name, wanted.build_id)
        force_after = wanted.force_grace_period if wanted.force else None
        service.cancel(tx, world, asking, step, force_after)
        return {"uuid": step.uuid}

    return json_answer(await world.database.write(unit))


async def cancel_build(request: Request[State]) -> Response:
    """POST builds/{uuid}/cancel: cancel the job's own build."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, _ = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> dict[str, str]:
        asking = authority.authenticate(tx, world, presented)
        return {"uuid": builds.cancel_own(tx, world, asking, uuid).uuid}

    return json_answer(await world.database.write(unit))


routes = [
    Route("/steps/{name}/export", export, methods=["POST"]),
    Route("/steps/{name}", update, methods=["PUT"]),
    Route("/steps/{name}/cancel", cancel, methods=["POST"]),
    Route("/builds/{uuid}/cancel", cancel_build, methods=["POST"]),
]
