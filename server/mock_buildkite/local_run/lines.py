r"""The lines of a job's output, as it comes in pieces, made fit to stand among other lines.

Of what a terminal would obey, only colours are left: a job must not move the cursor, change the
title or clear what others have printed. Of a line that overwrites itself its last words are shown.
"""

import re

LONGEST_LINE = 64 * 1024
"""How much of a line without an end is waited for."""

MOST_COLOURS = 8
"""How many colours in a row, without a reset, go on in the next line."""

RESET = "\x1b[0m"
COLOUR = re.compile(r"\x1b\[[\d;:]*m")
_BOLD, _FAINT = "\x1b[1m", "\x1b[2m"
_HEADING = re.compile(r"(?:---|\+\+\+|~~~)(?= )")
_OPENS_GROUP = "^^^ +++"
"""What has Buildkite's pages open the group of lines before it.

Source: pages/pipelines/configure/managing_log_output.md of Buildkite's documentation.
"""
_RESETS = re.compile(r"\x1b\[0*m")
_LINK = re.compile(r"\x1b\]133[89];([^\x07\x1b]*)(?:\x07|\x1b\\)")
_PART_OF_LINK = re.compile(r"(?:^|;)(url|content|alt)=(?:'([^']*)'|\"([^\"]*)\"|([^;]*))")
_TO_THE_START = re.compile(r"\x1b\[[01]?G")
_OTHER = re.compile(
    r"\x1b\[[0-?]*[ -/]*(?!m)[@-~]"  # CSI
    r"|\x1b[\]_P^X][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, APC and the like: the agent's time stamps
    r"|\x1b(?!\[[\d;:]*m)[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)


class Lines:
    """Puts pieces of output together to lines."""

    def __init__(self) -> None:
        self._rest = b""
        self._colours: list[str] = []

    def add(self, piece: bytes) -> list[str]:
        """The lines that a piece completes."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            whole.append(self._rest)
            self._rest = b""
        return self._shown(whole)

    def end(self) -> list[str]:
        """The last line, if it was not ended."""
        rest, self._rest = self._rest, b""
        return self._shown([rest] if rest else [])

    def _shown(self, lines: list[bytes]) -> list[str]:
        texts = [_cleaned(line.decode(errors="replace")) for line in lines]
        return [self._coloured(text) for text in texts if text != _OPENS_GROUP]

    def _coloured(self, text: str) -> str:
        """A line that begins with the colours of the one before, and leaves none behind."""
        if heading := _HEADING.match(text):
            text = f"{_FAINT if heading[0] == '~~~' else _BOLD}{text}{RESET}"
        before = "".join(self._colours)
        for colour in COLOUR.findall(text):
            self._colours = [] if _RESETS.fullmatch(colour) else [*self._colours, colour]
        self._colours = self._colours[-MOST_COLOURS:]
        if text.endswith(RESET) or not (before or COLOUR.search(text)):
            return f"{before}{text}"
        return f"{before}{text}{RESET}"


def without_colours(text: str) -> str:
    """The same text, plain."""
    return COLOUR.sub("", text)


def plain(text: str) -> str:
    """Text of any origin, in lines, without anything that a terminal would obey."""
    return "\n".join(without_colours(_cleaned(line)) for line in text.split("\n"))


def _cleaned(line: str) -> str:
    line = _LINK.sub(_spelled, line)
    line = _TO_THE_START.sub("\r", line)
    line = _OTHER.sub("", line)
    *overwritten, last = line.rstrip("\r").split("\r")
    colours = "".join(COLOUR.findall("".join(overwritten)))
    return f"{colours}{last}"


def _spelled(link: re.Match[str]) -> str:
    """Buildkite's own sequences for links and images, in words."""
    parts = {name: "".join(value) for name, *value in _PART_OF_LINK.findall(link[1])}
    url, words = parts.get("url", ""), parts.get("content") or parts.get("alt") or ""
    return f"{words} ({url})" if words and url else words or url
