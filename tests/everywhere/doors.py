"""Every route of every API, as the application itself lists them."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from mock_buildkite.agent_api.switchboard import Switchboard
from mock_buildkite.apis import APIS, Api
from mock_buildkite.rest_api.app import ENDPOINTS
from mock_buildkite.rest_api.routing import EveryPath

NOT_THERE = "00000000-0000-4000-8000-000000000000"
"""What stands in the places of a path that name no organization."""
_SERVED = {(method, endpoint.path) for endpoint in ENDPOINTS for method in endpoint.methods}


@dataclass(frozen=True, slots=True)
class Door:
    """A method and a path."""

    api: str
    """The first segment of its path, by which the application finds its API."""
    method: str
    path: str
    is_served: bool = True
    """Whether anything but a refusal by name is behind it."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, **places: str) -> str:
        """A path that leads to it: the places that are named, and in the others what is not."""
        return "/".join(
            places.get(segment[1:-1], NOT_THERE) if segment.startswith("{") else segment
            for segment in self.path.split("/")
        )


def doors_of(name: str) -> list[Door]:
    """The routes of one API."""
    api = APIS[name].imported()
    assert isinstance(api.app, Starlette | Switchboard), f"nobody knows the routes of {name}"
    return [door for route in api.app.routes for door in _doors(name, api, route)]


def _doors(name: str, api: Api, route: BaseRoute) -> Iterator[Door]:
    match route:
        case EveryPath():
            for endpoint in route.endpoints:
                for method in endpoint.methods:
                    is_served = (method, endpoint.path) in _SERVED
                    path = api.root_path + endpoint.path
                    yield Door(name, method, path, is_served=is_served)
        case Route(methods=set() as methods):
            for method in sorted(methods - {"HEAD"}):  # which a GET answers too
                yield Door(name, method, api.root_path + route.path)
        case _:
            msg = f"nobody knows what {route!r} of {name} leads to"
            raise AssertionError(msg)
