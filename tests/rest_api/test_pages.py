"""Lists in pages, and the addresses that lead from one to the next."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.actors import Agent, Refused
from tests.rest_api.actors import Caller
from tests.server import Served

AGENTS = "/organizations/sandbox/agents"


@pytest.fixture
async def five(server: Served) -> None:
    """Five agents."""
    for number in range(5):
        await Agent(server).start(f"runner-{number}")


async def links(caller: Caller, query: str) -> dict[str, dict[str, str]]:
    """The parameters that each relation's address has, read as go-buildkite reads them."""
    answer = await caller.send("GET", f"{AGENTS}?{query}")
    assert answer.status_code == 200
    found = {}
    for link in answer.headers.get("link", "").split(","):
        match = re.fullmatch(r'<([^;,]+)>; rel="(\w+)"', link.strip())
        if match:
            assert match[1].startswith(f"{caller.server.url}/v2{AGENTS}?")
            found[match[2]] = dict(parse_qsl(urlsplit(match[1]).query, strict_parsing=True))
    return found


@pytest.mark.usefixtures("five")
async def test_every_page_leads_to_the_others(caller: Caller) -> None:
    def at(number: int) -> dict[str, str]:
        return {"page": str(number), "per_page": "2"}

    assert await links(caller, "per_page=2") == {"next": at(2), "last": at(3)}
    assert await links(caller, "per_page=2&page=2") == {
        "first": at(1),
        "prev": at(1),
        "next": at(3),
        "last": at(3),
    }
    assert await links(caller, "per_page=2&page=3") == {"first": at(1), "prev": at(2)}
    assert await links(caller, "per_page=2&page=9") == {"first": at(1), "prev": at(3)}
    assert await links(caller, "per_page=5") == {}


@pytest.mark.usefixtures("five")
async def test_pages_are_cut_from_one_order(caller: Caller) -> None:
    whole = [each["name"] for each in await caller.get(AGENTS)]

    pages = [await caller.get(AGENTS, page=page, per_page=2) for page in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [each["name"] for page in pages for each in page] == whole


@pytest.mark.usefixtures("five")
async def test_what_else_was_asked_goes_on_to_the_next_page(caller: Caller) -> None:
    found = await links(caller, "per_page=1&name=&x=%2C%3B&state%5B%5D=a&api_key=b&token=c")

    assert found["next"] == {"page": "2", "per_page": "1", "x": ",;", "state[]": "a"}


@pytest.mark.parametrize("query", ["page=0", "page=", "per_page=", "per_page=0", "page=1&x"])
@pytest.mark.usefixtures("five")
async def test_nothing_said_is_the_first_page_of_thirty(caller: Caller, query: str) -> None:
    answer = await caller.send("GET", f"{AGENTS}?{query}")

    assert len(answer.json()) == 5
    assert "link" not in answer.headers


async def test_a_page_has_a_hundred_at_most(server: Served, caller: Caller) -> None:
    for number in range(101):
        await Agent(server).start(str(number))

    assert len(await caller.get(AGENTS)) == 30
    assert len(await caller.get(AGENTS, per_page=100)) == 100
    assert len(await caller.get(AGENTS, per_page=1000)) == 100


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "²", "1e3", "9" * 400])
@pytest.mark.parametrize("name", ["page", "per_page"])
async def test_a_page_has_a_number(caller: Caller, name: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        await caller.get(AGENTS, **{name: value})

    assert refused.value.status == 400
    assert refused.value.message == f"{name} must be a positive integer"
