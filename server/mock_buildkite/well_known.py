"""`/.well-known/…`: what verifiers of OIDC tokens look up, without any credential.

Source: pages/agent/cli/reference/oidc.md of Buildkite's documentation, and OpenID Connect
Discovery 1.0.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api import errors
from mock_buildkite.exchange import base_url, json_answer, world_of
from mock_buildkite.oidc.model import ALWAYS, OPTIONAL, STANDARD
from mock_buildkite.refusals import api
from mock_buildkite.world import State

JWKS_PATH = "/.well-known/jwks"


async def openid_configuration(request: Request[State]) -> Response:
    """GET /.well-known/openid-configuration: who issues the tokens, and where the keys are.

    There are no endpoints to sign in at, as there are none at other issuers for machines.
    """
    issuer = base_url(request, world_of(request).settings)
    configuration: dict[str, Any] = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}{JWKS_PATH}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
        "claims_supported": [*STANDARD, *ALWAYS, *OPTIONAL],
    }
    return json_answer(configuration)


async def jwks(request: Request[State]) -> Response:
    """GET /.well-known/jwks: the public half of the key that tokens are signed with."""
    world = world_of(request)
    return json_answer({"keys": [await world.issuer_key.public()]})


app = api(
    [Route("/.well-known/openid-configuration", openid_configuration), Route(JWKS_PATH, jwks)],
    errors.encode,
)
