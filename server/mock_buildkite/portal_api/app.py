"""Running portals, and getting tokens for them.

Source: pages/apis/graphql/portals of Buildkite's documentation.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mock_buildkite import refusals
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import BuildkiteError
from mock_buildkite.exchange import (
    NO_STORE,
    base_url,
    client_address,
    credential,
    json_answer,
    plain_body,
    segment,
    world_of,
)
from mock_buildkite.graphql_api import execution
from mock_buildkite.graphql_api.context import Context
from mock_buildkite.graphql_api.documents import documents
from mock_buildkite.graphql_api.execution import Operation, Runnable
from mock_buildkite.organizations import service as organizations
from mock_buildkite.portal_api import errors, pages, wire
from mock_buildkite.portal_api.rate_limits import Meter
from mock_buildkite.portals import codes, secrets, tokens
from mock_buildkite.portals.tokens import Door
from mock_buildkite.refusals import api
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World

T = TypeVar("T")

PORTAL = "/organizations/{organization}/portals/{portal}"
CODES = f"{PORTAL}/codes"


class Asked(Struct, frozen=True):
    """A request that was taken off the socket. None of it is interpreted yet."""

    world: World
    organization: str
    """As its path names it."""
    portal: str
    credential: Credential | None
    address: str
    base_url: str
    operation_name: str | None
    body: bytes

    def door(self, tx: Transaction) -> Door | None:
        """The portal that its path names."""
        return tokens.find_door(tx, self.organization, self.portal, self.address)


async def run(request: Request[State]) -> Response:
    """POST variables: run an operation of a portal's document, and nothing else."""

    def unit(tx: Transaction, asked: Asked, meter: Meter) -> tuple[Context, dict[str, Any]]:
        authorized = tokens.authenticate(tx, asked.credential, asked.organization, asked.portal)
        meter.admit(authorized.organization)
        query = authorized.portal.query
        operation = Operation(query, wire.variables(asked.body), asked.operation_name)
        runnable = execution.prepare(operation, documents.at_hand(query))
        context = Context(asked.world, tx, authorized.caller, asked.base_url)
        if isinstance(runnable, Runnable):
            return context, execution.run(context, runnable)
        return context, runnable

    async def spell(given: tuple[Context, dict[str, Any]]) -> Response:
        return json_answer(await execution.rendered(*given), headers=NO_STORE)

    return await _answer(request, unit, spell)


async def get_token(request: Request[State]) -> Response:
    """POST what a token is had for: a portal secret, or a code that a user approved."""

    def unit(tx: Transaction, asked: Asked, meter: Meter) -> tokens.Minted:
        wanted, door = wire.token_body(asked.body), asked.door(tx)
        if wanted.grant_type == wire.CLIENT_CREDENTIALS:
            minted = secrets.exchange(
                tx,
                asked.world,
                door,
                client_id=wanted.client_id or "",
                secret=wanted.secret or "",
                expires_in_minutes=wanted.expires_in,
            )
        else:
            minted = codes.exchange(
                tx,
                asked.world,
                door,
                code=wanted.code or "",
                secret=wanted.secret or "",
                expires_in_minutes=wanted.expires_in,
            )
        assert door is not None  # noqa: S101 - nothing is had for a portal that is not there
        meter.admit(door.organization)
        return minted

    async def spell(minted: tokens.Minted) -> Response:
        return json_answer(wire.minted(minted), headers=NO_STORE)

    return await _answer(request, unit, spell)


async def ask_for_code(request: Request[State]) -> Response:
    """POST to be given a code for a user to approve."""

    def unit(tx: Transaction, asked: Asked, _meter: Meter) -> tuple[codes.AskedCode, str]:
        made = codes.ask(tx, asked.world, asked.door(tx))
        path = CODES.format(organization=asked.organization, portal=asked.portal)
        return made, f"{asked.base_url}{path}/{made.code}"

    async def spell(given: tuple[codes.AskedCode, str]) -> Response:
        return json_answer(wire.asked_code(*given), headers=NO_STORE)

    return await _answer(request, unit, spell)


async def show_code(request: Request[State]) -> Response:
    """GET the page on which a person approves a code."""
    code = segment(request, "code")

    def unit(tx: Transaction, _asked: Asked, _meter: Meter) -> str:
        portal = codes.portal_to_approve(tx, code)
        return pages.approval(portal, organizations.find_user(tx, portal.created_by), code)

    async def spell(page: str) -> Response:
        return HTMLResponse(page, headers={**NO_STORE, **pages.HEADERS})

    return await _answer(request, unit, spell)


async def _answer(
    request: Request[State],
    unit: Callable[[Transaction, Asked, Meter], T],
    spell: Callable[[T], Awaitable[Response]],
) -> Response:
    """What a unit gives as a response; it is run again where a document is to be read first."""
    world = world_of(request)
    asked = Asked(
        world=world,
        organization=segment(request, "organization"),
        portal=segment(request, "portal"),
        credential=credential(request, world.settings),
        address=client_address(request, world.settings),
        base_url=base_url(request, world.settings),
        operation_name=request.query_params.get("operation_name") or None,
        body=await plain_body(request),
    )
    meter = Meter(world)
    try:
        given = await documents.serve(
            lambda: world.database.write(lambda tx: unit(tx, asked, meter))
        )
        response = await spell(given)
    except BuildkiteError as error:
        response = refusals.answer(request, error, errors.encode)
    response.headers.update(meter.headers())
    return response


app = api(
    [
        Route(PORTAL, run, methods=["POST"]),
        Route(f"{PORTAL}/tokens", get_token, methods=["POST"]),
        Route(CODES, ask_for_code, methods=["POST"]),
        Route(f"{CODES}/{{code}}", show_code),
    ],
    errors.encode,
)
