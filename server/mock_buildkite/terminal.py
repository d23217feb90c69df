"""What a terminal shows of some output, as HTML: colours, overwritten lines, moved cursors.

With the classes and the line times of Buildkite's own renderer. Images are shown as links, colours
of 24 bits not at all, and a cursor is set on a row nowhere: how high the job's terminal was is not
known.

Source: buildkite/terminal-to-html style.go, screen.go, element.go and output.go.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import groupby

from msgspec import Struct

COLUMNS = 160
"""How far to the right a cursor is moved without anything being printed."""

ROWS = 100
"""How far up a cursor is moved."""

_SEQUENCE = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<act>[@-~])"  # CSI
    r"|\x1b(?P<kind>[\]_P^X])(?P<text>[^\x07\x1b]*)(?:\x07|\x1b\\)"  # OSC, APC and the like
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<newline>\r*\n)|(?P<control>[\x00-\x08\x0b-\x1f\x7f])"
)
_ATTRIBUTE = re.compile(r"(?:^|;)(\w+)=((?:\\.|[^;\\])*)")
_TIME = re.compile(r"bk;t=(\d{1,14})")
_SAFE_LINK = re.compile(r"(?:https?|artifact)://|mailto:", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_COLOURS = {
    **{code: ("fg", f"term-fg{code}") for code in range(30, 38)},
    **{code: ("fg", f"term-fgi{code}") for code in range(90, 98)},
    **{code: ("bg", f"term-bg{code}") for code in range(40, 48)},
    **{code: ("bg", f"term-bgi{code}") for code in range(100, 108)},
    39: ("fg", ""),
    49: ("bg", ""),
}
_OF_24_BITS, _OF_8_BITS = 2, 5
_MOST_DIGITS = 9
_WITH_ALL_BEFORE = 3
_EXTENDED = {38: "fg", 48: "bg"}
_BOLD, _FAINT = 1, 2
_FLAGS = {_BOLD: _BOLD, _FAINT: _FAINT, 3: 3, 4: 4, 5: 5, 6: 5, 9: 9}
_ENDS_OF_FLAGS = {21: (_BOLD, _FAINT), 22: (_BOLD, _FAINT), 23: (3,), 24: (4,), 25: (5,), 29: (9,)}


class _Look(Struct, frozen=True):
    """How a character looks, and where it leads."""

    classes: str = ""
    link: str = ""


class _Line:
    """A line on the screen: its characters, how each looks, and when it was printed."""

    __slots__ = ("characters", "looks", "printed_at")

    def __init__(self) -> None:
        self.characters: list[str] = []
        self.looks: list[_Look] = []
        self.printed_at = ""

    def write(self, column: int, text: str, look: _Look) -> None:
        """Put text in a column, over what is there."""
        gap = column - len(self.characters)
        if gap > 0:
            self.characters += " " * gap
            self.looks += [_Look()] * gap
        self.characters[column : column + len(text)] = text
        self.looks[column : column + len(text)] = [look] * len(text)

    def clear(self, start: int, end: int | None = None) -> None:
        """Erase the columns from one up to another, or up to the end."""
        if end is None or end >= len(self.characters):
            del self.characters[start:], self.looks[start:]
        else:
            self.write(start, " " * (end - start), _Look())

    def html(self) -> str:
        """The line as HTML."""
        line, column = self.printed_at, 0
        for look, same in groupby(self.looks):
            end = column + len(list(same))
            line += _marked("".join(self.characters[column:end]), look)
            column = end
        return line.rstrip(" \t") or "&nbsp;"


class _Pen:
    """How what is printed next looks."""

    def __init__(self) -> None:
        self.look = _Look()
        self._colours: dict[str, str] = {}
        self._flags: set[int] = set()

    def lead_to(self, link: str) -> None:
        """Make what is printed next a link, or, with a blank one, plain text again."""
        self.look = _Look(self.look.classes, link if _SAFE_LINK.match(link) else "")

    def change(self, parameters: str) -> None:
        """Do what the numbers of a sequence say."""
        numbers = iter(_numbers(parameters) or [0])
        for number in numbers:
            if number == 0:
                self._colours.clear()
                self._flags.clear()
            elif number in _EXTENDED:
                self._colours[_EXTENDED[number]] = _extended(_EXTENDED[number], numbers)
            elif number in _COLOURS:
                ground, colour = _COLOURS[number]
                self._colours[ground] = colour
            elif number in _FLAGS:
                self._flags -= {_BOLD, _FAINT} if number in {_BOLD, _FAINT} else set()
                self._flags.add(_FLAGS[number])
            else:
                self._flags -= set(_ENDS_OF_FLAGS.get(number, ()))
        colours = [self._colours.get("fg", ""), self._colours.get("bg", "")]
        flags = [f"term-fg{flag}" for flag in sorted(self._flags)]
        self.look = _Look(" ".join(filter(None, [*colours, *flags])), self.look.link)


class _Screen:
    """Lines, and the place where the next character goes."""

    def __init__(self) -> None:
        self.lines = [_Line()]
        self._row = self._column = 0
        self._pen = _Pen()

    def print(self, text: str) -> None:
        """Print text that has no line breaks."""
        self.lines[self._row].write(self._column, text, self._pen.look)
        self._column += len(text)

    def obey(self, sequence: re.Match[str]) -> None:
        """Do what a sequence of control characters says."""
        if sequence["newline"]:
            self._break_line()
        elif sequence["control"] == "\r":
            self._column = 0
        elif sequence["control"] == "\b":
            self._column = max(0, self._column - 1)
        elif sequence["act"]:
            self._act(sequence["act"], sequence["parameters"])
        elif sequence["kind"] == "_":
            self._note_time(sequence["text"])
        elif sequence["kind"] == "]":
            self._link(sequence["text"])

    def _break_line(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self.lines):
            self.lines.append(_Line())

    def _act(self, act: str, parameters: str) -> None:
        numbers = _numbers(parameters) or [0]
        match act:
            case "m":
                self._pen.change(parameters)
            case "H":
                self._set_column(numbers[1] if len(numbers) > 1 else 1)
            case "J":
                self._clear(numbers[0])
            case "K":
                self._clear_line(numbers[0])
            case _:
                self._move(act, numbers[0] or 1)

    def _move(self, act: str, count: int) -> None:
        match act:
            case "A" | "F":
                self._row = max(0, len(self.lines) - ROWS, self._row - count)
            case "B" | "E":
                self._row = min(self._row + count, len(self.lines) - 1)
            case "C":
                self._column = min(self._column + count, max(COLUMNS - 1, self._column))
            case "D":
                self._column = max(0, self._column - count)
            case "G":
                self._column = min(count, COLUMNS) - 1
        if act in "EF":
            self._column = 0

    def _set_column(self, count: int) -> None:
        """Go to a column of a row that is not known: of the next, lest something is lost."""
        if self.lines[self._row].characters:
            self._break_line()
        self._move("G", count or 1)

    def _clear(self, part: int) -> None:
        if part == _WITH_ALL_BEFORE:
            self.lines, self._row = [_Line()], 0
            return
        self._clear_line(part)
        top = max(0, len(self.lines) - ROWS)
        first = self._row + 1 if part == 0 else top
        last = self._row if part == 1 else len(self.lines)
        for line in self.lines[first:last]:
            line.clear(0)

    def _clear_line(self, part: int) -> None:
        line, end = self.lines[self._row], self._column + 1
        if part == 1:
            line.clear(max(0, end - COLUMNS), end)  # a row of a terminal is no longer
        else:
            line.clear(self._column if part == 0 else 0)

    def _note_time(self, text: str) -> None:
        found = _TIME.fullmatch(text)
        if found is not None:
            moment = (_EPOCH + timedelta(milliseconds=int(found[1]))).replace(tzinfo=None)
            text = moment.isoformat(timespec="milliseconds") + "Z"
            self.lines[self._row].printed_at = f'<time datetime="{text}">{text}</time>'

    def _link(self, text: str) -> None:
        kind, _, rest = text.partition(";")
        if kind == "8":
            self._pen.lead_to(rest.partition(";")[2])
        elif kind in {"1338", "1339"}:
            named = {name: _unquoted(value) for name, value in _ATTRIBUTE.findall(rest)}
            url = named.get("url", "")
            self._pen.lead_to(url)
            self.print(named.get("content") or named.get("alt") or url)
            self._pen.lead_to("")


def to_html(output: str) -> str:
    """The lines that a terminal shows at the end of some output; each ends with a line break.

    Without anything around it. It is safe in a page: all text is escaped, and links lead to
    addresses only.
    """
    screen, place = _Screen(), 0
    for sequence in _SEQUENCE.finditer(output):
        screen.print(output[place : sequence.start()])
        screen.obey(sequence)
        place = sequence.end()
    screen.print(output[place:])
    lines = screen.lines if screen.lines[-1].characters else screen.lines[:-1]
    return "".join(f"{line.html()}\n" for line in lines)


def _numbers(parameters: str) -> list[int]:
    """The numbers of a sequence; one that is left out is 0, what is no number is passed over."""
    return [
        int(each[:_MOST_DIGITS] or 0)
        for each in parameters.replace(":", ";").split(";")
        if each.isdecimal() or not each
    ]


def _extended(ground: str, numbers: Iterator[int]) -> str:
    """The colour that follows a 38 or 48."""
    kind = next(numbers, 0)
    if kind == _OF_24_BITS:
        _ = [next(numbers, 0) for _ in "rgb"]
    return f"term-{ground}x{next(numbers, 0)}" if kind == _OF_8_BITS else ""


def _unquoted(value: str) -> str:
    value = re.sub(r"\\(.)", r"\1", value)
    return value[1:-1] if value[:1] == value[-1:] and value[:1] in {"'", '"'} else value


def _marked(text: str, look: _Look) -> str:
    html = escape(text)
    if look.classes:
        html = f'<span class="{look.classes}">{html}</span>'
    if look.link:
        html = f'<a href="{escape(look.link)}">{html}</a>'
    return html
