"""Who else there is in and around the sandbox organization."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.actors import Administrator, Member
from tests.server import Served


@dataclass(frozen=True, slots=True)
class Company:
    """A plain member, the maintainer of the first cluster only, and somebody from elsewhere."""

    member: Member
    maintainer: Member
    outsider: Administrator
    other_cluster: dict[str, Any]
    """`id`, `uuid`, and the values of what is in a cluster that nobody maintains."""


@pytest.fixture
async def company(server: Served, admin: Administrator) -> Company:
    """The sandbox with people in it, and a rival organization."""
    planted = await admin.seed(
        {
            "users": [
                {"email": "bob@sandbox.example", "api_access_tokens": [{"description": "Bob"}]},
                {"email": "cara@sandbox.example", "api_access_tokens": [{"description": "Cara"}]},
            ],
            "organizations": [
                {
                    "slug": "sandbox",
                    "members": [
                        {"email": "bob@sandbox.example"},
                        {"email": "cara@sandbox.example"},
                    ],
                    "clusters": [
                        {"name": "Default cluster", "maintainers": ["cara@sandbox.example"]},
                        {"name": "Other cluster"},
                    ],
                }
            ],
        }
    )
    rival = await admin.seed(
        {
            "users": [
                {"email": "dan@rival.example", "api_access_tokens": [{"description": "Dan"}]}
            ],
            "organizations": [{"slug": "rival"}],
        }
    )
    bob, cara = planted["users"]
    outsider = Administrator(server, rival["organizations"][0])
    return Company(
        member=Member(server, bob["api_access_tokens"][0]["value"]),
        maintainer=Member(server, cara["api_access_tokens"][0]["value"]),
        outsider=outsider,
        other_cluster=planted["organizations"][0]["clusters"][1],
    )
