from collections.abc import Callable
from time import process_time

import pytest

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError

SOON = 2.0
"""Seconds of a processor; all of these take some tenths of one here."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("", None),
        ("~", None),
        ("Null", None),
        ("12", 12),
        ("-12", -12),
        ("+1_000", 1000),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("0777", 511),
        ("08", 8.0),
        ("1.50", 1.5),
        (".5", 0.5),
        ("._5", "._5"),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ('!!int "12"', 12),
        ("!!float 1", 1),
        ("|\n a\n b", "a\nb\n"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars_mean_what_they_mean_to_buildkites_clients(text: str, value: object) -> None:
    read = yaml_text.parse(f"a: {text}\n")

    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1: a", {"1": "a"}),
        ("true: a", {"true": "a"}),
        ("1.50: a", {"1.500000e+00": "a"}),
        ("'<<': a", {"<<": "a"}),
        ("a: 1\nb: 2\na: 3", {"a": 3, "b": 2}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("a: &x [&x 1, *x]\nb: *x", {"a": [1, 1], "b": 1}),
        ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", {"a": {"p": 1, "q": 2}, "b": {"q": 3, "p": 1}}),
        ("a: {q: 3, <<: {q: 2, p: 1}}", {"a": {"q": 3, "p": 1}}),
        ("a: {<<: [{p: 1}, {p: 2, q: 2}]}", {"a": {"p": 1, "q": 2}}),
        ("a: {<<: {p: 1}, <<: {p: 2}}", {"a": {"p": 1}}),
        ("- a\n-\n- {}\n- []", ["a", None, {}, []]),
        ("", None),
        ("# nothing", None),
        ("---\na\n...", "a"),
        ("%YAML 1.1\n---\na", "a"),
    ],
)
def test_collections_anchors_and_merges_are_read(text: str, value: object) -> None:
    assert yaml_text.parse(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: b: c", "line 1, column 5: expected YAML, but mapping values are not allowed"),
        ("a:\n  - b\n c: d", "line 3, column 2: expected YAML"),
        ("a: *b", "line 1: nothing is named &b"),
        ("a: &b [*b]", "line 1: the alias *b stands within what it stands for"),
        ("a: &b\n  c: {<<: *b}", "line 2: the alias *b stands within what it stands for"),
        ("a: !secret x", "line 1: the tag !secret is not read"),
        ("a: !!binary eA==", "line 1: the tag !!binary is not read"),
        ("a: !!set {b}", "line 1: the tag !!set is not read"),
        ("a: !!python/object/apply:os.system [x]", "is not read"),
        ("a: !!int b", "line 1: expected a value as !!int says, not 'b'"),
        ("a\n---\nb", "line 2: expected one document, but another one begins"),
        ("[a]: b", "line 1: expected text for a key"),
        ("~: b", "line 1: expected text for a key"),
        ("a: {<<: b}", "line 1: expected a mapping, or a list of them, to merge"),
        ("a: {<<: [b]}", "line 1: expected a mapping, or a list of them, to merge"),
        ("a: \x01", "expected YAML, but control characters are not allowed"),
        ("- " * 100, "line 1: expected no more than 32 levels"),
        ("[" * 100_000, "expected YAML, but exceeded maximum nesting depth"),
        ("%YAML 9.9\n---\na", "expected YAML, but found incompatible YAML document"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        yaml_text.parse(text)

    assert problem in refused.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- a: 1\n  b: [x, ~, 'y']\n- true", [{"a": 1, "b": ["x", None, "y"]}, True]),
        ('[{"a":"*b","<":"<<"},{"a":1.5}]', [{"a": "*b", "<": "<<"}, {"a": 1.5}]),
        ("'<<': a", {"<<": "a"}),
    ],
)
def test_simple_texts_are_read_as_such(text: str, value: object) -> None:
    assert yaml_text.parse(text, is_simple=True) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1", "line 1: expected simple YAML, without an anchor"),
        ("- 1\n- &x {a: 1}", "line 2: expected simple YAML, without an anchor"),
        ("&k a: 1", "line 1: expected simple YAML, without an anchor"),
        ("a: *x", "line 1: expected simple YAML, without an alias"),
        ("a: !!str 1", "line 1: expected simple YAML, without a tag"),
        ("a: !!str '1'", "line 1: expected simple YAML, without a tag"),
        ("a: ! 1", "line 1: expected simple YAML, without a tag"),
        ("a: !!map {}", "line 1: expected simple YAML, without a tag"),
        ("- !!seq []", "line 1: expected simple YAML, without a tag"),
        ("{<<: {a: 1}}", "line 1: expected simple YAML, without a merge"),
        ("a: 1\nb: 2\na: 3", "the key a stands there more than once"),
        ('{"a": {"b": 1, "b": 1}}', "the key b stands there more than once"),
        ("1: a\n'1': a", "the key 1 stands there more than once"),
    ],
)
def test_what_is_not_simple_can_be_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        yaml_text.parse(text, is_simple=True)

    assert problem in refused.value.message


def laughs() -> str:
    """A list of nine times a list of nine times …, ten levels deep."""
    first = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
    nested = (f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 10))
    return first + "".join(nested)


def merged_laughs() -> str:
    first = f"l0: &l0 {{{', '.join(f'k{i}: v' for i in range(1000))}}}\n"
    return first + "".join(f"l{i}: {{<<: [{', '.join(['*l0'] * 100)}]}}\n" for i in range(1, 20))


@pytest.mark.parametrize(
    "text",
    [
        laughs,
        merged_laughs,
        lambda: f"a: &a {'x' * 500_000}\n" + "\n".join(f"b{i}: *a" for i in range(1000)),
        lambda: "- a\n" * 250_000,
        lambda: "[" + "{}," * 300_000 + "]",
        lambda: "a: 1\n" * 200_000,
    ],
)
def test_short_texts_that_say_very_much_are_refused_soon(text: Callable[[], str]) -> None:
    began = process_time()

    with pytest.raises(InvalidInputError, match="more than is read, once its aliases are followed"):
        yaml_text.parse(text())

    assert process_time() - began < SOON


def test_long_texts_are_refused_by_their_length() -> None:
    with pytest.raises(InvalidInputError, match="no more than 1048576 bytes of YAML, not 1048577"):
        yaml_text.parse("x" * 1_048_577)


def test_texts_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="expected YAML"):
        yaml_text.parse(b"a: \xff")
    with pytest.raises(InvalidInputError, match="expected YAML"):
        yaml_text.parse("a: \ud800")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (12345678, "12345678"),
        (2.0, "2"),
        (1.10, "1.1"),
        (-0.0, "-0"),
        (100000.0, "100000"),
        (1000000.0, "1e+06"),
        (123456789.123, "1.23456789123e+08"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e300, "1.5e+300"),
    ],
)
def test_numbers_become_the_text_that_buildkites_clients_write(value: object, text: str) -> None:
    assert yaml_text.scalar_text(value) == text
