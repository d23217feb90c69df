"""From the pieces that a job prints to lines that can stand among others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.local_run.lines import Lines, plain, without_colours


def shown(*pieces: bytes) -> list[str]:
    lines = Lines()
    return [line for piece in pieces for line in lines.add(piece)] + lines.end()


def test_a_line_is_shown_once_it_is_whole() -> None:
    lines = Lines()

    assert lines.add(b"one\ntw") == ["one"]
    assert lines.add(b"o\n") == ["two"]
    assert lines.add(b"three") == []
    assert lines.end() == ["three"]


def test_a_line_without_an_end_is_not_waited_for_forever() -> None:
    lines = Lines()

    assert lines.add(b"." * 100_000) == ["." * 100_000]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (b"\x1b_bk;t=1795622726330\x07hello\r\r\n", "hello"),
        (b" 10%\r 50%\r100%\r\n", "100%"),
        (b"\x1b[2K\x1b[1Gdone\n", "done"),
        (b"half\x1b[0Kway\n", "halfway"),
        (b"\x1b]0;a title\x07text\n", "text"),
        (b"\x1b]8;;https://x.example\x1b\\a link\x1b]8;;\x1b\\\n", "a link"),
        (b"\x1b]52;c;aGVsbG8=\x07clipboard\n", "clipboard"),
        (
            b"\x1b]1339;url='https://x.example/?a=1;b';content='Report'\x07\n",
            "Report (https://x.example/?a=1;b)",
        ),
        (b"\x1b]1339;url=https://x.example\x07\n", "https://x.example"),
        (b"\x1b]1338;url=artifact://a.png;alt=A graph\x07\n", "A graph (artifact://a.png)"),
        (b"bell\x07 back\x08space\x00\n", "bell backspace"),
        (b"tab\tstays\n", "tab\tstays"),
        ("ünïcödé 文件\n".encode(), "ünïcödé 文件"),
        (b"broken \xff\n", "broken \ufffd"),
        (b"\x1bcreset\n", "reset"),
    ],
)
def test_nothing_comes_through_that_a_terminal_would_obey(output: bytes, line: str) -> None:
    assert shown(output) == [line]


def test_colours_are_kept_and_end_with_their_line() -> None:
    assert shown(b"\x1b[31mred\x1b[0m\n") == ["\x1b[31mred\x1b[0m"]


def test_colours_go_on_in_the_next_line_of_the_same_job() -> None:
    lines = shown(b"\x1b[1m\x1b[31mred\nstill\n\x1b[mplain\nplain\n")

    assert lines == [
        "\x1b[1m\x1b[31mred\x1b[0m",
        "\x1b[1m\x1b[31mstill\x1b[0m",
        "\x1b[1m\x1b[31m\x1b[mplain\x1b[0m",
        "plain",
    ]


def test_headings_stand_out_and_marks_for_pages_do_not_show() -> None:
    lines = shown(b"~~~ Preparing\n--- Testing\n+++ Failed\n^^^ +++\n---\n")

    assert [without_colours(line) for line in lines] == [
        *("~~~ Preparing", "--- Testing", "+++ Failed", "---"),
    ]
    assert ["\x1b" in line for line in lines] == [True, True, True, False]


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_pieces_are_cut_anywhere_without_a_difference(pieces: list[bytes]) -> None:
    assert shown(*pieces) == shown(b"".join(pieces))


@given(st.binary(max_size=200))
def test_no_control_character_is_left_but_those_of_colours(output: bytes) -> None:
    for line in shown(output):
        assert not [each for each in without_colours(line) if each < " " and each != "\t"]


def test_plain_text_has_lines_and_no_colours() -> None:
    assert plain("\x1b[31mone\x1b[0m\r\ntwo\x07") == "one\ntwo"
