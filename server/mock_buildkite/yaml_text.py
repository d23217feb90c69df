"""Reading YAML that strangers send: with anchors and merges, but within bounds.

A scalar means what it means to Buildkite's clients, which read YAML 1.2 with the older numbers:
`yes`, `on` and dates are text.

Source: ordered/yaml.go of Buildkite's go-pipeline, and gopkg.in/yaml.v3, which it reads with.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any, NoReturn

from msgspec import Struct, field

from mock_buildkite.errors import InvalidInputError

DEEPEST_NESTING = 32
LONGEST_TEXT_BYTES = 1024 * 1024
MOST_EXPANDED = 4 * 1024 * 1024
"""How much a text may say once its aliases are followed: characters, and 32 for each value."""

_EACH_VALUE = 32
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True} | dict.fromkeys(
    ("false", "False", "FALSE"), False
)
_WHOLE = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_BASES = (16, 2, 8, 10)
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 100
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_LEAST_MAGNITUDE, _MAGNITUDE_WITH_EXPONENT = -4, 6
_TAG = "tag:yaml.org,2002:"
_KINDS: Mapping[str, Sequence[type]] = {
    "null": (NoneType,),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


def parse(text: str | bytes, *, is_simple: bool = False) -> object:
    """What a text of one document says: mappings with text for keys, lists, text, numbers, None.

    Whatever an alias stands for is the same object wherever it stands, so nothing of it may be
    changed. Of simple YAML there are mappings, lists and scalars only, and each key once.

    Raises:
        InvalidInputError: it is no YAML, or more than is read; the message names the place.
    """
    import yaml  # noqa: PLC0415 - only a start and definitions of pipelines need it

    encoded = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(encoded) > LONGEST_TEXT_BYTES:
        msg = f"expected no more than {LONGEST_TEXT_BYTES} bytes of YAML, not {len(encoded)}"
        raise InvalidInputError(msg)
    reader = _Reader(is_simple=is_simple)
    try:
        for event in yaml.parse(encoded, yaml.CSafeLoader):
            reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        problem = getattr(error, "problem", None) or getattr(error, "reason", "it is none")
        msg = f"{place}expected YAML, but {problem}"
        raise InvalidInputError(msg) from error
    except UnicodeDecodeError as error:
        msg = "expected YAML in UTF-8"
        raise InvalidInputError(msg) from error
    return reader.document


def scalar_text(value: object) -> str:
    """A text, number or boolean as Go writes it: `1.10` is `1.1`, `2.0` is `2`, `1e6` `1e+06`."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            number = Decimal(repr(value)).normalize()
            _, digits, exponent = number.as_tuple()
            magnitude = len(digits) + int(exponent) - 1
            is_short = _LEAST_MAGNITUDE <= magnitude < _MAGNITUDE_WITH_EXPONENT
            return f"{number:f}" if is_short else f"{value:.{len(digits) - 1}e}"
    return str(value)


def _meaning(text: str) -> object:
    """What a scalar without quotes or tag means."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    plain = text if text.startswith(".") else text.replace("_", "")
    if whole := _WHOLE.fullmatch(plain):
        sign, *spellings = whole.groups()
        [(digits, base)] = [each for each in zip(spellings, _BASES, strict=True) if each[0]]
        number = int(sign + digits, base)
        if _SMALLEST <= number <= _LARGEST:
            return number
    if _DECIMAL.fullmatch(plain) and math.isfinite(decimal := float(plain)):
        return decimal
    # Dates are text as well: what Buildkite makes of them is not known.
    return text


class _Merge:
    """The key `<<`, whose value's entries are taken over."""


class _Anchored(Struct):
    """What an alias stands for, once it is whole, and how much that says."""

    value: object = None
    size: int | None = None


class _Collection(Struct):
    """A list or mapping that is not over yet."""

    is_mapping: bool
    anchored: _Anchored
    expanded_before: int
    entries: list[Any] = field(default_factory=list)
    """The values of a list; of a mapping keys and values in turn."""

    @property
    def expects_key(self) -> bool:
        return self.is_mapping and len(self.entries) % 2 == 0


class _Reader:
    """Puts values together from the events of a parser, without ever calling itself."""

    def __init__(self, *, is_simple: bool) -> None:
        self.document: object = None
        self._is_simple = is_simple
        self._documents = 0
        self._line = 0
        self._open: list[_Collection] = []
        self._anchors: dict[str, _Anchored] = {}
        self._expanded = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML has no types
        """Go on with an event of the parser."""
        if event.start_mark is not None:
            self._line = event.start_mark.line + 1
        match type(event).__name__:
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    self._refuse("expected one document, but another one begins")
            case "ScalarEvent":
                self._take_scalar(event)
            case "AliasEvent":
                self._take_alias(event.anchor)
            case "SequenceStartEvent" | "MappingStartEvent":
                self._begin(event)
            case "SequenceEndEvent" | "MappingEndEvent":
                self._end()

    def _take_scalar(self, event: Any) -> None:  # noqa: ANN401 - PyYAML has no types
        self._count(len(event.value))
        is_plain = not event.style and event.implicit[0]
        is_key = bool(self._open) and self._open[-1].expects_key
        if is_key and is_plain and event.value == "<<":
            self._refuse_if_simple("a merge")
            self._open[-1].entries.append(_Merge)
            return
        value: object = event.value
        if event.tag is not None:
            self._refuse_if_simple("a tag")
        if is_plain or event.tag not in (None, "!"):
            value = self._resolved(event.value, None if is_plain else event.tag)
        self._put(value, self._name(event.anchor), _EACH_VALUE + len(event.value))

    def _take_alias(self, anchor: str) -> None:
        self._refuse_if_simple("an alias")
        if anchor not in self._anchors:
            self._refuse(f"nothing is named &{anchor}")
        anchored = self._anchors[anchor]
        if anchored.size is None:
            self._refuse(f"the alias *{anchor} stands within what it stands for")
        self._count(anchored.size)
        self._put(anchored.value, anchored, anchored.size)

    def _name(self, anchor: str | None) -> _Anchored:
        """A place for what begins here, under its anchor from now on if it has one."""
        anchored = _Anchored()
        if anchor is not None:
            self._refuse_if_simple("an anchor")
            self._anchors[anchor] = anchored
        return anchored

    def _begin(self, event: Any) -> None:  # noqa: ANN401 - PyYAML has no types
        if event.tag is not None:
            self._refuse_if_simple("a tag")
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            self._refuse_tag(event.tag)
        if len(self._open) == DEEPEST_NESTING:
            self._refuse(f"expected no more than {DEEPEST_NESTING} levels")
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self._open.append(_Collection(is_mapping, self._name(event.anchor), self._expanded))
        self._count(0)

    def _end(self) -> None:
        collection = self._open.pop()
        value = self._mapping(collection.entries) if collection.is_mapping else collection.entries
        self._put(value, collection.anchored, self._expanded - collection.expanded_before)

    def _put(self, value: object, anchored: _Anchored, size: int) -> None:
        """Add a value that is whole to the collection it stands in."""
        anchored.value, anchored.size = value, size
        if not self._open:
            self.document = value
            return
        if self._open[-1].expects_key:
            value = self._key(value)
        self._open[-1].entries.append(value)

    def _key(self, value: object) -> str:
        if value is None or isinstance(value, dict | list):
            self._refuse("expected text for a key")
        return f"{value:e}" if isinstance(value, float) else scalar_text(value)

    def _mapping(self, entries: list[Any]) -> dict[str, object]:
        """Pairs as a mapping: of those with the same key the last, and merged ones only if new."""
        pairs = list(zip(entries[::2], entries[1::2], strict=True))
        own = {key: value for key, value in pairs if key is not _Merge}
        if self._is_simple and len(own) < len(pairs):
            [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
            msg = f"the key {twice} stands there more than once"
            raise InvalidInputError(msg)
        merged: dict[str, object] = {}
        for key, value in pairs:
            if key is _Merge:
                sources = value if isinstance(value, list) else [value]
                for source in sources:
                    if not isinstance(source, dict):
                        self._refuse("expected a mapping, or a list of them, to merge")
                    merged = source | merged
        return own | {key: value for key, value in merged.items() if key not in own}

    def _resolved(self, text: str, tag: str | None) -> object:
        """What a scalar means that has no quotes, or such a tag."""
        if tag is None:
            return _meaning(text)
        name = tag.removeprefix(_TAG)
        if name == "str":
            return text
        if name not in _KINDS:
            self._refuse_tag(tag)
        value = _meaning(text)
        if type(value) not in _KINDS[name]:
            self._refuse(f"expected a value as !!{name} says, not {text[:40]!r}")
        return value

    def _count(self, characters: int) -> None:
        self._expanded += _EACH_VALUE + characters
        if self._expanded > MOST_EXPANDED:
            self._refuse("it says more than is read, once its aliases are followed")

    def _refuse_if_simple(self, what: str) -> None:
        if self._is_simple:
            self._refuse(f"expected simple YAML, without {what}")

    def _refuse_tag(self, tag: str) -> NoReturn:
        self._refuse(f"the tag {tag.replace(_TAG, '!!')} is not read")

    def _refuse(self, problem: str) -> NoReturn:
        msg = f"line {self._line}: {problem}"
        raise InvalidInputError(msg)
