"""Finding tokens in files, whatever else they hold."""

import codecs
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from mock_buildkite.token_forms import recognising
from mock_buildkite.token_forms.recognising import Form, Found
from mock_buildkite.token_forms.values import LONGEST

BLOCK = 1024 * 1024
"""How many characters are read at once."""
BEFORE = 64
"""How many of those before a token say whether it is one."""
SKIPPED = ".git"
"""What is left out unless it is named: its objects are compressed, so nothing is found there."""

CONFIDENCE = {Form.EXACT: "high", Form.PREFIX: "medium", Form.OLDER: "low"}


class Finding(Struct, frozen=True):
    """A token in a file, without its secret."""

    path: str
    line: int
    column: int
    """In characters, from 1."""
    kind: str
    form: str
    confidence: str
    masked: str


class Unread(Struct, frozen=True):
    """A path that could not be looked at, and why."""

    path: str
    reason: str


def scan(paths: Iterable[Path]) -> Iterator[Finding | Unread]:
    """What is found under paths, each file once, folders in the order of their names.

    Links are followed where they are named, not where they are met. What is no file or folder, as
    a pipe, is left out.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        for each in _files(path):
            if isinstance(each, Unread):
                yield each
            else:
                yield from _scan_file(each, seen)


def _files(path: Path) -> Iterator[Path | Unread]:
    if not path.is_dir():
        yield path
        return
    unread: list[Unread] = []
    for folder, folders, files in os.walk(path, onerror=lambda error: unread.append(_why(error))):
        folders[:] = sorted(each for each in folders if each != SKIPPED)
        for name in sorted(files):
            file = Path(folder, name)
            if not file.is_symlink():
                yield file
    yield from unread


def _scan_file(path: Path, seen: set[tuple[int, int]]) -> Iterator[Finding | Unread]:
    try:
        status = path.stat()
        identity = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode) or identity in seen:
            return
        seen.add(identity)
        with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
            yield from _scan_text(str(path), file)
    except OSError as error:
        yield _why(error)


def _encoding(path: Path) -> str:
    """How a file is read: a character for each byte, unless it says that it is UTF-16."""
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "latin-1"


def _scan_text(path: str, file: TextIO) -> Iterator[Finding]:
    """Read block by block; a token that may go on in the next block is left for that."""
    kept, line, column, start = "", 1, 1, 0
    while True:
        block = file.read(BLOCK)
        text = kept + block
        # What begins after this may not be whole yet.
        end = len(text) if not block else max(start, len(text) - LONGEST)
        counted = start
        for found in recognising.find(text, start):
            if found.start >= end:
                break
            line, column = _moved(line, column, text, counted, found.start)
            counted = found.start
            yield _finding(path, line, column, text, found)
            end = max(end, found.end)
        if not block:
            return
        line, column = _moved(line, column, text, counted, end)
        cut = max(0, end - BEFORE)
        kept, start = text[cut:], end - cut


def _moved(line: int, column: int, text: str, start: int, end: int) -> tuple[int, int]:
    """The place of `end` in a text, given that of `start`."""
    breaks = text.count("\n", start, end)
    if not breaks:
        return line, column + end - start
    return line + breaks, end - text.rindex("\n", start, end)


def _finding(path: str, line: int, column: int, text: str, found: Found) -> Finding:
    return Finding(
        path=path,
        line=line,
        column=column,
        kind=found.kind.name,
        form=found.form.value,
        confidence=CONFIDENCE[found.form],
        masked=recognising.masked(text[found.start : found.end]),
    )


def _why(error: OSError) -> Unread:
    return Unread(str(error.filename), error.strerror or type(error).__name__)
