"""Who sits at the pages that the controls stand for, as the audit log has it."""

from typing import Self

from msgspec import Struct
from starlette.requests import Request

from mock_buildkite.audit.model import Performer, a_user_on_a_page
from mock_buildkite.exchange import client_address, world_of
from mock_buildkite.organizations.model import User
from mock_buildkite.world import State


class Sender(Struct, frozen=True):
    """Where a request comes from. It does not say who sends it: its body or its subject does."""

    address: str
    user_agent: str | None

    @classmethod
    def of(cls, request: Request[State]) -> Self:
        """That of a request."""
        settings = world_of(request).settings
        return cls(client_address(request, settings), request.headers.get("user-agent"))

    def as_user(self, user: User) -> Performer:
        """The user whose page it stands for."""
        return a_user_on_a_page(user, self.address, self.user_agent)
