"""The viewer, and users."""

from ariadne import ObjectType, QueryType
from msgspec import Struct

from mock_buildkite.graphql_api.connections import Connection, connect
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.fields import node_type, permission
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User

query = QueryType()
viewer = node_type("Viewer")
user = node_type("User")


class Viewer(Struct, frozen=True):
    """The owner of the API access token, as the one who looks."""

    user: User

    @property
    def uuid(self) -> str:
        """The user's own: a viewer has none else."""
        return self.user.uuid


@query.field("viewer")
def resolve_viewer(_source: object, info: Info) -> Viewer:
    """Whoever calls."""
    return Viewer(info.context.caller.user)


@viewer.field("organizations")
def resolve_organizations(
    _viewer: Viewer, info: Info, *, first: int | None = None, last: int | None = None
) -> Connection[Organization]:
    """The organizations that the API access token reaches."""
    found = organizations.list_visible(info.context.tx, info.context.caller)
    return connect(found, first=first, last=last)


@viewer.field("permissions")
def resolve_permissions(_viewer: Viewer, _info: Info) -> dict[str, object]:
    """Two-factor authentication is not modelled, so it cannot be configured."""
    return {"totp_configure": permission(allowed=False)}


@user.field("avatar")
def resolve_avatar(source: User, _info: Info) -> dict[str, str]:
    """A picture."""
    return {"url": source.avatar_url}


for _name in ("bot", "hasPassword", "machineUser"):
    user.set_field(_name, lambda _source, _info: False)

bindables: list[ObjectType] = [query, viewer, user]
