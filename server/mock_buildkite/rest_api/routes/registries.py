"""Package registries, and the tokens that open them."""

from starlette.responses import Response

from mock_buildkite.exchange import NO_STORE
from mock_buildkite.registries import service as registries
from mock_buildkite.registries import tokens
from mock_buildkite.registries.model import Registry, RegistryToken
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, UPDATE, in_organization
from mock_buildkite.rest_api.wire import registries as wire

REGISTRIES = f"/packages{ORGANIZATION}/registries"
REGISTRY = f"{REGISTRIES}/{{registry}}"
TOKENS = f"{REGISTRY}/tokens"
TOKEN = f"{TOKENS}/{{token}}"


def list_registries(call: OrganizationCall) -> object:
    """GET those of an organization, all at once."""
    return [wire.registry(call, each) for each in registries.list_of(call.tx, call.organization)]


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.registry(call, _registry_of(call))


def create(call: OrganizationCall) -> object:
    """POST one."""
    new = wire.new_registry(call.body(wire.NewRegistryBody))
    made = registries.create(call.tx, call.world, call.caller, call.organization, new)
    return wire.registry(call, made)


def update(call: OrganizationCall) -> object:
    """POST what is to change of one; official clients send PATCH or PUT."""
    registry, wanted = _registry_of(call), call.body(wire.RegistryBody)
    return wire.registry(
        call, registries.update(call.tx, call.caller, registry, wire.changes(wanted))
    )


def delete(call: OrganizationCall) -> Response:
    """DELETE one, with its tokens and packages: 200, without a body."""
    registries.delete(call.tx, call.caller, _registry_of(call))
    return Response()


def list_tokens(call: OrganizationCall) -> object:
    """GET the tokens of a registry, all at once."""
    registry = _registry_of(call)
    return [wire.registry_token(call, registry, each) for each in tokens.list_of(call.tx, registry)]


def read_token(call: OrganizationCall) -> object:
    """GET one token, without its value."""
    return wire.registry_token(call, *_token_of(call))


def create_token(call: OrganizationCall) -> Answer:
    """POST one token: the only answer with its value."""
    registry, wanted = _registry_of(call), call.body(wire.RegistryTokenBody)
    minted = tokens.create(call.tx, call.world, call.caller, registry, wanted.description)
    spelled = wire.registry_token(call, registry, minted.registry_token)
    return Answer({**spelled, "token": minted.value}, NO_STORE)


def update_token(call: OrganizationCall) -> object:
    """POST another description of a token."""
    registry, token = _token_of(call)
    description = call.body(wire.RegistryTokenBody).description
    described = tokens.describe(call.tx, call.caller, registry, token, description)
    return wire.registry_token(call, registry, described)


def delete_token(call: OrganizationCall) -> Response:
    """DELETE a token: 200, without a body."""
    tokens.delete(call.tx, call.caller, *_token_of(call))
    return Response()


def _registry_of(call: OrganizationCall) -> Registry:
    return registries.require_in(call.tx, call.organization, call.path["registry"])


def _token_of(call: OrganizationCall) -> tuple[Registry, RegistryToken]:
    registry = _registry_of(call)
    return registry, tokens.require_in(call.tx, registry, call.path["token"])


ENDPOINTS = [
    in_organization("GET", REGISTRIES, list_registries, "read_registries"),
    in_organization("POST", REGISTRIES, create, "write_registries"),
    in_organization("GET", REGISTRY, read, "read_registries"),
    in_organization(("POST", *UPDATE), REGISTRY, update, "write_registries"),
    in_organization("DELETE", REGISTRY, delete, "delete_registries"),
    in_organization("GET", TOKENS, list_tokens, "read_registries"),
    in_organization("POST", TOKENS, create_token, "write_registries"),
    in_organization("GET", TOKEN, read_token, "read_registries"),
    in_organization("POST", TOKEN, update_token, "write_registries"),
    in_organization("DELETE", TOKEN, delete_token, "write_registries"),
]
