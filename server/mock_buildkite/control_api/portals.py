"""What only Buildkite's pages do to portals: further tokens, secrets, and approving codes."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.audit.model import Performer
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.control_api.senders import Sender
from mock_buildkite.exchange import NO_STORE, json_answer, plain_body, segment, world_of
from mock_buildkite.organizations import service as organizations
from mock_buildkite.portals import codes, secrets, tokens
from mock_buildkite.portals.model import Portal, PortalSecret, PortalToken
from mock_buildkite.portals.service import find_by_slug
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World

T = TypeVar("T")

PORTAL = "/portals/{organization}/{portal}"
TOKENS = f"{PORTAL}/tokens"
SECRETS = f"{PORTAL}/secrets"


class ApprovalBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_mock/portal-codes/{code}/approve`."""

    email: str | None = None
    """Of the member who approves; the portal's maker if there is none."""


async def list_tokens(request: Request[State]) -> Response:
    """GET the tokens that open a portal, of every kind."""

    def unit(tx: Transaction, _world: World, portal: Portal) -> list[dict[str, Any]]:
        return [_token(tx, each) for each in tokens.list_of(tx, portal)]

    return json_answer(await _about(request, unit))


async def create_token(request: Request[State]) -> Response:
    """POST one service token more: the only answer with its value."""

    def unit(tx: Transaction, world: World, portal: Portal) -> dict[str, Any]:
        minted = tokens.create_service_token(tx, world, portal, _maker(request, tx, portal))
        return {**_token(tx, minted.portal_token), "value": minted.value}

    return json_answer(await _about(request, unit), 201, NO_STORE)


async def remove_token(request: Request[State]) -> Response:
    """DELETE a token of any kind."""
    uuid = segment(request, "token")

    def unit(tx: Transaction, _world: World, portal: Portal) -> None:
        tokens.remove(tx, portal, uuid, _maker(request, tx, portal))

    await _about(request, unit)
    return Response(status_code=204)


async def list_secrets(request: Request[State]) -> Response:
    """GET the secrets of a portal, without their values."""

    def unit(tx: Transaction, _world: World, portal: Portal) -> list[dict[str, Any]]:
        return [_secret(each) for each in secrets.list_of(tx, portal)]

    return json_answer(await _about(request, unit))


async def create_secret(request: Request[State]) -> Response:
    """POST one secret more: the only answer with its value."""

    def unit(tx: Transaction, world: World, portal: Portal) -> dict[str, Any]:
        minted = secrets.create(tx, world, portal, _maker(request, tx, portal))
        return {**_secret(minted.portal_secret), "value": minted.value}

    return json_answer(await _about(request, unit), 201, NO_STORE)


async def remove_secret(request: Request[State]) -> Response:
    """DELETE a secret; the tokens that were had for it go on."""
    uuid = segment(request, "secret")

    def unit(tx: Transaction, _world: World, portal: Portal) -> None:
        secrets.remove(tx, portal, uuid, _maker(request, tx, portal))

    await _about(request, unit)
    return Response(status_code=204)


async def approve_code(request: Request[State]) -> Response:
    """POST as the member who approves a code."""
    world, code = world_of(request), segment(request, "code")
    wanted = decode(await plain_body(request), ApprovalBody)
    as_user = Sender.of(request).as_user
    user = await world.database.write(lambda tx: codes.approve(tx, code, wanted.email, as_user))
    return json_answer({"approved_by": user.email})


async def _about(request: Request[State], unit: Callable[[Transaction, World, Portal], T]) -> T:
    """What a unit gives about the portal that the path names."""
    world = world_of(request)
    await plain_body(request)

    def about(tx: Transaction) -> T:
        organization = organizations.require(tx, segment(request, "organization"))
        return unit(tx, world, find_by_slug(tx, organization, segment(request, "portal")))

    return await world.database.write(about)


def _maker(request: Request[State], tx: Transaction, portal: Portal) -> Performer:
    """The portal's maker at its page: nothing says which administrator it is."""
    return Sender.of(request).as_user(organizations.find_user(tx, portal.created_by))


def _token(tx: Transaction, shown: PortalToken) -> dict[str, Any]:
    user = None if shown.user_id is None else organizations.find_user(tx, shown.user_id)
    return {
        "uuid": shown.uuid,
        "kind": shown.kind.value,
        "user": None if user is None else user.email,
        "created_at": to_text(shown.created_at),
        "expires_at": None if shown.expires_at is None else to_text(shown.expires_at),
    }


def _secret(shown: PortalSecret) -> dict[str, Any]:
    return {"uuid": shown.uuid, "created_at": to_text(shown.created_at)}


ROUTES = [
    Route(TOKENS, list_tokens),
    Route(TOKENS, create_token, methods=["POST"]),
    Route(f"{TOKENS}/{{token}}", remove_token, methods=["DELETE"]),
    Route(SECRETS, list_secrets),
    Route(SECRETS, create_secret, methods=["POST"]),
    Route(f"{SECRETS}/{{secret}}", remove_secret, methods=["DELETE"]),
    Route("/portal-codes/{code}/approve", approve_code, methods=["POST"]),
]
