"""API access tokens."""

from typing import Any

from mock_buildkite.access_tokens.model import ApiCaller
from mock_buildkite.rest_api.wire.moments import in_words


def access_token(caller: ApiCaller) -> dict[str, Any]:
    """The token that a caller presented; its value is never told again."""
    shown = caller.api_access_token
    return {
        "uuid": shown.uuid,
        "scopes": sorted(shown.scopes),
        "description": shown.description,
        "created_at": in_words(shown.created_at),
        "expires_at": in_words(shown.expires_at),
        "user": {"email": caller.user.email, "name": caller.user.name},
    }
