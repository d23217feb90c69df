"""Global IDs and cursors, for whatever anybody can make of them."""

import base64
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite import node_ids
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.connections import Connection, Page, connect, cursor

TYPE_NAMES = st.from_regex(r"[A-Za-z]{1,30}", fullmatch=True)
UUIDS = st.uuids().map(str)


@dataclass(frozen=True, slots=True)
class Thing:
    uuid: str


THINGS = st.lists(UUIDS, unique=True, max_size=12).map(
    lambda uuids: [Thing(each) for each in uuids]
)
SIZES = st.none() | st.integers(0, 15)


@given(TYPE_NAMES, UUIDS)
def test_an_id_means_the_type_and_uuid_it_was_made_of(type_name: str, uuid: str) -> None:
    node_id = node_ids.encode(type_name, uuid)

    assert node_ids.decode(node_id) == (type_name, uuid)
    assert node_ids.uuid_of(node_id, type_name) == uuid
    assert node_ids.uuid_of(node_id, f"{type_name}x") is None


@given(TYPE_NAMES, UUIDS)
def test_an_id_is_standard_base64_with_padding(type_name: str, uuid: str) -> None:
    decoded = base64.b64decode(node_ids.encode(type_name, uuid), validate=True)

    assert decoded == f"{type_name}---{uuid}".encode()


@given(
    TYPE_NAMES, UUIDS, st.integers(0, 4), st.text(" \t\r\n", max_size=3), st.text(" \n", max_size=3)
)
def test_padding_and_space_around_an_id_do_not_matter(
    type_name: str, uuid: str, padding: int, before: str, after: str
) -> None:
    bare = node_ids.encode(type_name, uuid).rstrip("=")

    assert node_ids.decode(f"{before}{bare}{'=' * padding}{after}") == (type_name, uuid)


@given(TYPE_NAMES, UUIDS)
def test_a_uuid_in_capitals_is_the_same(type_name: str, uuid: str) -> None:
    node_id = base64.b64encode(f"{type_name}---{uuid.upper()}".encode()).decode()

    assert node_ids.decode(node_id) == (type_name, uuid)


@given(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_anything_else_is_none_or_an_id_spelled_another_way(text: str) -> None:
    decoded = node_ids.decode(text)

    if decoded is not None:
        again = node_ids.encode(*decoded)
        assert node_ids.decode(again) == decoded


@given(THINGS, SIZES, SIZES, st.data())
def test_a_page_is_a_stretch_of_the_list(
    things: list[Thing], first: int | None, last: int | None, data: st.DataObject
) -> None:
    cursors = st.sampled_from([None, *map(cursor, things)])
    after, before = data.draw(cursors), data.draw(cursors)

    page = connect(things, first=first, last=last, after=after, before=before)

    shown = [edge.node for edge in page.edges]
    start = things.index(shown[0]) if shown else 0
    assert shown == things[start : start + len(shown)]
    assert page.count == len(things)
    for size in (first, last):
        assert size is None or len(shown) <= size
    if shown:
        assert page.page_info.has_previous_page is (start > 0)
        assert page.page_info.has_next_page is (start + len(shown) < len(things))
        assert page.page_info.start_cursor == page.edges[0].cursor
        assert page.page_info.end_cursor == page.edges[-1].cursor


@given(THINGS, st.integers(1, 15))
def test_following_cursors_shows_everything_once_in_both_directions(
    things: list[Thing], size: int
) -> None:
    forwards: list[Thing] = []
    page = connect(things, first=size)
    forwards += _nodes(page)
    while page.page_info.has_next_page:
        page = connect(things, first=size, after=page.page_info.end_cursor)
        forwards += _nodes(page)
    page = connect(things, last=size)
    backwards = _nodes(page)
    while page.page_info.has_previous_page:
        page = connect(things, last=size, before=page.page_info.start_cursor)
        backwards = _nodes(page) + backwards

    assert forwards == backwards == things


@given(THINGS, st.text(min_size=1))
def test_a_text_that_is_no_cursor_is_refused_or_points_at_nothing(
    things: list[Thing], text: str
) -> None:
    known = {cursor(thing) for thing in things}

    pages: list[Page] = [{"after": text}, {"before": text}]
    for arguments in pages:
        try:
            page = connect(things, **arguments)
        except InvalidInputError:
            continue
        assert page.edges == [] or text in known


def _nodes(page: Connection[Thing]) -> list[Thing]:
    return [edge.node for edge in page.edges]
