"""Pages: whoever follows the addresses sees each thing once, in order, whatever the sizes are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers, QueryParams

from mock_buildkite.access_tokens.model import ApiCaller
from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.rest_api import pagination
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import Call, Received
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

BASE = "http://127.0.0.1:5483"
LENGTHS = st.integers(0, 250)
SIZES = st.integers(1, 120)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a list holds."""

    uuid: str


def things(length: int) -> list[Thing]:
    return [Thing(f"thing {number}") for number in range(length)]


def call_with(query: str) -> Call:
    """A call of a list; it is looked at for its query alone."""
    received = Received(
        world=cast("World", None),
        credential=None,
        url=f"{BASE}/v2/things",
        path={},
        query=QueryParams(query),
        headers=Headers(),
        body=b"",
        links=Links(BASE),
    )
    return Call(cast("Transaction", None), cast("ApiCaller", None), received)


def links_of(answer: Answer) -> dict[str, str]:
    """The address of each relation in a `Link` header."""
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("Link", ""))
    return {relation: address for address, relation in found}


def walk(length: int, query: str, *, relation: str) -> list[list[str]]:
    """The numbered pages from a query on, by their `next` or `prev` addresses."""
    pages = []
    for _ in range(300):
        answer = pagination.page(call_with(query), things(length), lambda each: each.uuid)
        pages.append(cast("list[str]", answer.body))
        following = links_of(answer).get(relation)
        if following is None:
            return pages
        query = urlsplit(following).query
    pytest.fail("the pages have no end")


def uuids(part: Sequence[Thing]) -> list[str]:
    return [each.uuid for each in part]


def walk_cursors(length: int, query: str, *, relation: str) -> list[list[str]]:
    """The same for parts told by cursors."""
    parts = []
    for _ in range(300):
        answer = pagination.cursor_page(call_with(query), things(length), uuids)
        body = cast("dict[str, Any]", answer.body)
        parts.append(body["items"])
        following = body["links"].get(relation)
        if following is None:
            return parts
        query = urlsplit(following).query
    pytest.fail("the parts have no end")


@given(LENGTHS, SIZES)
def test_pages_put_together_are_the_list(length: int, size: int) -> None:
    pages = walk(length, f"per_page={size}", relation="next")

    assert [each for page in pages for each in page] == [each.uuid for each in things(length)]
    assert all(len(page) == min(size, 100) for page in pages[:-1])


@given(LENGTHS, SIZES)
def test_pages_lead_back_as_they_led_on(length: int, size: int) -> None:
    pages = walk(length, f"per_page={size}", relation="next")

    back = walk(length, f"per_page={size}&page={len(pages)}", relation="prev")

    assert back == pages[::-1]


@given(LENGTHS, SIZES, st.integers(1, 400))
def test_a_page_says_where_the_first_and_the_last_are(length: int, size: int, page: int) -> None:
    query = f"per_page={size}&page={page}"

    links = links_of(pagination.page(call_with(query), things(length), str))

    size = min(size, 100)
    last = max(1, -(-length // size))
    assert ("first" in links) is ("prev" in links) is (page > 1)
    assert ("last" in links) is ("next" in links) is (page < last)
    if "last" in links:
        assert links["last"] == f"{BASE}/v2/things?page={last}&per_page={size}"


@given(LENGTHS, SIZES)
def test_parts_put_together_are_the_list(length: int, size: int) -> None:
    parts = walk_cursors(length, f"per_page={size}&state[]=a", relation="next")

    assert [each for part in parts for each in part] == [each.uuid for each in things(length)]


@given(st.integers(1, 250), SIZES)
def test_parts_lead_back_to_the_first(length: int, size: int) -> None:
    last = things(length)[-1].uuid

    parts = walk_cursors(length, f"per_page={size}&before={last}", relation="prev")

    seen = [each for part in parts[::-1] for each in part]
    assert seen == [each.uuid for each in things(length)[:-1]]


@given(LENGTHS, SIZES)
def test_a_part_leads_to_itself(length: int, size: int) -> None:
    query = f"per_page={size}&step_key=a%26b"
    answer = pagination.cursor_page(call_with(query), things(length), uuids)
    links = cast("dict[str, Any]", answer.body)["links"]

    again = pagination.cursor_page(call_with(urlsplit(links["self"]).query), things(length), uuids)

    assert again == answer
    assert links["first"] == links["self"]


@pytest.mark.parametrize(
    "query", ["after=thing 1&before=thing 2", "after=unknown", "before=unknown", "per_page=x"]
)
def test_a_cursor_is_one_of_the_list(query: str) -> None:
    with pytest.raises(MalformedParameterError):
        pagination.cursor_page(call_with(query), things(5), uuids)
