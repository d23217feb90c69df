"""API access tokens as their users make them on Buildkite's pages: it has no API for that."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite import node_ids
from mock_buildkite.access_tokens import managing, service
from mock_buildkite.access_tokens.model import GRAPHQL, USUAL_LIFE, ApiAccessToken
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.control_api.senders import Sender
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.exchange import NO_STORE, json_answer, plain_body, segment, world_of
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


class NewBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_mock/api-access-tokens`."""

    user: str
    description: str
    scopes: list[str] = []
    graphql: bool = False
    organizations: list[str] | None = None
    allowed_ip_addresses: str | None = None
    expires_at: datetime | UnsetType | None = UNSET


class ChangeBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PATCH /_mock/api-access-tokens/{uuid}`."""

    description: str | None = None
    scopes: list[str] | None = None
    graphql: bool | None = None
    organizations: list[str] | None = None
    allowed_ip_addresses: str | None = None


async def create(request: Request[State]) -> Response:
    """POST /_mock/api-access-tokens: a new one; the only answer that has its value."""
    world = world_of(request)
    sender, wanted = Sender.of(request), decode(await plain_body(request), NewBody)

    def unit(tx: Transaction) -> dict[str, Any]:
        user = organizations.require_user(tx, wanted.user)
        usual = tx.now + USUAL_LIFE
        token, value = managing.create(
            tx,
            world.ids,
            user,
            sender.as_user(user),
            description=wanted.description,
            scopes=_with_graphql(wanted.scopes, graphql=wanted.graphql),
            organizations=_organizations(tx, wanted.organizations),
            allowed_ip_addresses=wanted.allowed_ip_addresses,
            expires_at=usual if isinstance(wanted.expires_at, UnsetType) else wanted.expires_at,
        )
        return {**_spelled(tx, token), "value": value}

    return json_answer(await world.database.write(unit), 201, NO_STORE)


async def list_all(request: Request[State]) -> Response:
    """GET /_mock/api-access-tokens: all, or a user's, revoked ones too, the newest first."""
    world, wanted = world_of(request), request.query_params.get("user")

    def unit(tx: Transaction) -> list[dict[str, Any]]:
        user = None if wanted is None else organizations.require_user(tx, wanted)
        return [_spelled(tx, token) for token in managing.list_all(tx, user)]

    return json_answer(await world.database.read(unit))


async def show(request: Request[State]) -> Response:
    """GET /_mock/api-access-tokens/{uuid}: one."""
    world, uuid = world_of(request), segment(request, "uuid")
    return json_answer(
        await world.database.read(lambda tx: _spelled(tx, managing.require(tx, uuid)))
    )


async def change(request: Request[State]) -> Response:
    """PATCH /_mock/api-access-tokens/{uuid}: what its user can change of it."""
    world, uuid = world_of(request), segment(request, "uuid")
    sender, wanted = Sender.of(request), decode(await plain_body(request), ChangeBody)

    def unit(tx: Transaction) -> dict[str, Any]:
        token = managing.require(tx, uuid)
        scopes = None
        if wanted.scopes is not None or wanted.graphql is not None:
            given = token.scopes if wanted.scopes is None else frozenset(wanted.scopes)
            graphql = GRAPHQL in given if wanted.graphql is None else wanted.graphql
            scopes = _with_graphql(sorted(given - {GRAPHQL}), graphql=graphql)
        changes = managing.Changes(
            description=wanted.description,
            scopes=scopes,
            organizations=_organizations(tx, wanted.organizations),
            allowed_ip_addresses=wanted.allowed_ip_addresses,
        )
        owner = organizations.find_user(tx, token.user_id)
        return _spelled(tx, managing.update(tx, token, changes, sender.as_user(owner)))

    return json_answer(await world.database.write(unit))


async def revoke(request: Request[State]) -> Response:
    """DELETE /_mock/api-access-tokens/{uuid}: end it everywhere; again changes nothing."""
    world, uuid = world_of(request), segment(request, "uuid")
    sender = Sender.of(request)

    def unit(tx: Transaction) -> None:
        token = managing.require(tx, uuid)
        owner = organizations.find_user(tx, token.user_id)
        service.revoke(tx, token, sender.as_user(owner))

    await world.database.write(unit)
    return Response(status_code=204)


def _with_graphql(scopes: list[str], *, graphql: bool) -> list[str]:
    return [*scopes, GRAPHQL] if graphql else scopes


def _organizations(tx: Transaction, slugs: list[str] | None) -> tuple[Organization, ...] | None:
    """The organizations with those slugs.

    Raises:
        InvalidInputError: one is not there.
    """
    if slugs is None:
        return None
    found = {slug: organizations.find_by_slug(tx, slug) for slug in slugs}
    missing = [slug for slug, organization in found.items() if organization is None]
    if missing:
        msg = f"No organization {', '.join(map(repr, missing))}"
        raise InvalidInputError(msg)
    return tuple(each for each in found.values() if each is not None)


def _spelled(tx: Transaction, token: ApiAccessToken) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return None if value is None else to_text(value)

    def slugs(numbers: frozenset[int]) -> list[str]:
        return [organizations.find(tx, number).slug for number in sorted(numbers)]

    owner = organizations.find_user(tx, token.user_id)
    return {
        "id": node_ids.encode("APIAccessToken", token.uuid),
        "uuid": token.uuid,
        "user": {"uuid": owner.uuid, "email": owner.email, "name": owner.name},
        "description": token.description,
        "scopes": sorted(token.scopes),
        "graphql": GRAPHQL in token.scopes,
        "organizations": slugs(frozenset(managing.reach(tx, token))),
        "removed_organizations": slugs(managing.removed(tx, token)),
        "allowed_ip_addresses": token.allowed_ip_addresses,
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "first_used_at": moment(token.first_used_at),
        "last_used_at": moment(token.last_used_at),
        "last_used_from": token.last_used_from,
        "revoked_at": moment(token.revoked_at),
        "is_live": token.is_usable(tx.now),
    }


ROUTES = [
    Route("/api-access-tokens", create, methods=["POST"]),
    Route("/api-access-tokens", list_all),
    Route("/api-access-tokens/{uuid}", show),
    Route("/api-access-tokens/{uuid}", change, methods=["PATCH"]),
    Route("/api-access-tokens/{uuid}", revoke, methods=["DELETE"]),
]
