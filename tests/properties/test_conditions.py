"""Conditions: good ones come to what Python says; any text at all is decided or refused."""

import re
import time
from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.conditions import Context, Facts, Value
from mock_buildkite.pipelines.expressions import regexps

FACTS = Facts(
    variables={
        "build.branch": "main",
        "build.commit": "",
        "build.creator.teams": ("a", "main", ""),
        "build.fixed": True,
        "build.number": 7,
        "build.pull_request.labels": (),
        "build.source": "api",
        "build.state": "started",
        "pipeline.started_failing": False,
        "step.outcome": "passed",
    },
    env={"A": "main", "B": ""},
    build_env={"A": "a"},
)
CHOICE, OR, AND, COMPARISON, NEGATION, OPERAND = range(6)


@dataclass(frozen=True)
class Written:
    """An expression, what it comes to, and how closely it holds together."""

    text: str
    value: Value
    level: int = OPERAND

    def at(self, level: int) -> str:
        """The text where at least such an expression can stand."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def is_true(self) -> bool:
        return self.value is True


def in_apostrophes(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def in_quotes(text: str) -> str:
    return '"' + re.sub(r'([\\"$])', r"\\\1", text) + '"'


TEXTS = st.sampled_from(["", "a", "main"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=5
)
NULL = st.just(Written("null", None))
STRINGS = st.one_of(
    st.builds(lambda text: Written(in_apostrophes(text), text), TEXTS),
    st.builds(lambda text: Written(in_quotes(text), text), TEXTS),
    st.sampled_from(
        [
            Written("build.branch", "main"),
            Written("build.commit", ""),
            Written("build.tag", None),
            Written('env("A")', "main"),
            Written('env("B")', ""),
            Written('env("C")', ""),
            Written('build.env("A")', "a"),
            Written('build.env("B")', None),
            Written("$A", "main"),
            Written("${C}", None),
            Written("${B:-$A}", "main"),
            Written('"$A/$B/${C-c}"', "main//c"),
            Written("${A:1:2}", "ai"),
        ]
    ),
)
NUMBERS = st.sampled_from([Written("build.number", 7)]) | st.builds(
    lambda number: Written(str(number), number), st.integers(0, 9)
)
ARRAYS = st.one_of(
    st.builds(
        lambda texts: Written(f"[{', '.join(map(in_quotes, texts))}]", tuple(texts)),
        st.lists(TEXTS, max_size=3),
    ),
    st.sampled_from(
        [
            Written("build.creator.teams", ("a", "main", "")),
            Written("build.pull_request.labels", ()),
            Written("build.author.teams", None),
        ]
    ),
)
REGEXPS = st.sampled_from(["a", "^a", "a$", "^$", "m[a-i]+n", "^(?!a)", "."])


def equal(left: Written, right: Written, is_equal: bool) -> Written:
    operator = "==" if is_equal else "!="
    text = f"{left.at(COMPARISON)} {operator} {right.at(NEGATION)}"
    return Written(text, (left.value == right.value) is is_equal, COMPARISON)


def matching(left: Written, pattern: str, is_wanted: bool) -> Written:
    operator = "=~" if is_wanted else "!~"
    # Python's own `$` also matches before a line's end at the end.
    spelled = pattern.replace("$", r"\Z")
    found = isinstance(left.value, str) and re.search(spelled, left.value) is not None
    return Written(f"{left.text} {operator} /{pattern}/", found is is_wanted, COMPARISON)


def including(array: Written, wanted: Written) -> Written:
    elements = array.value if isinstance(array.value, tuple) else ()
    return Written(f"{array.text} includes {wanted.text}", wanted.value in elements, COMPARISON)


def negated(operand: Written) -> Written:
    return Written(f"!{operand.at(NEGATION)}", not operand.is_true, NEGATION)


def all_of(operands: list[Written]) -> Written:
    value = next((each.value for each in operands if not each.is_true), True)
    return Written(" && ".join(each.at(COMPARISON) for each in operands), value, AND)


def any_of(operands: list[Written]) -> Written:
    value = True if any(each.is_true for each in operands) else operands[-1].value
    return Written(" || ".join(each.at(AND) for each in operands), value, OR)


def choice(condition: Written, one: Written, other: Written) -> Written:
    text = f"{condition.at(OR)} ? {one.at(CHOICE)} : {other.at(CHOICE)}"
    return Written(text, one.value if condition.is_true else other.value, CHOICE)


def compared(operands: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """Any two of a kind, or one of them and null."""
    return st.builds(equal, operands, operands | NULL, st.booleans())


BOOLEANS = st.recursive(
    st.one_of(
        st.sampled_from(
            [
                Written("true", value=True),
                Written("false", value=False),
                Written("build.fixed", value=True),
                Written("build.pull_request.draft", None),
                Written("pipeline.started_failing", value=False),
            ]
        ),
        compared(STRINGS),
        compared(NUMBERS),
        compared(ARRAYS),
        st.builds(matching, STRINGS, REGEXPS, st.booleans()),
        st.builds(including, ARRAYS, STRINGS | NULL),
    ),
    lambda inner: st.one_of(
        compared(inner),
        st.builds(negated, inner),
        st.builds(all_of, st.lists(inner, min_size=2, max_size=4)),
        st.builds(any_of, st.lists(inner, min_size=2, max_size=4)),
        st.builds(choice, inner, inner, inner),
    ),
    max_leaves=20,
)
"""Well-typed conditions, with brackets only where the grammar needs them."""

WORDS = r"""
true  false  null  1  'a'  "a"  "$A"  $A  ${A:-b}  ${A:1}  /a/  /(?=a)/i  /(?<=a)/  []  [  ]  (  )
,  ?  :  !  &&  ||  ==  !=  =~  !~  includes  env  build.env  env("A")  build.branch  build.state
build.fixed  build.tag  build.number  build.creator.teams  step.outcome  nope  ["a", build.tag]
build.state == "passed"  //  '  "  ${  }  $  \  /  é
"""
SENTENCES = st.lists(st.sampled_from(re.split(r"  |\n", WORDS)), max_size=15).map(" ".join)
OPERANDS = r"""
true  null  1  'a'  'passed'  "$A"  $C  ${A:1}  /a/  []  ["a", build.tag]  build.branch  build.state
build.fixed  build.tag  build.number  build.creator.teams  step.outcome  env(build.state)
env(build.tag)  build.env("C")
"""
UNTYPED = st.recursive(
    st.sampled_from(re.split(r"  |\n", OPERANDS.strip())),
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("env({})".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({}) ? ({}) : ({})".format, inner, inner, inner),
        st.builds(
            "({}) {} ({})".format,
            inner,
            st.sampled_from(["==", "!=", "=~", "!~", "includes", "&&", "||"]),
            inner,
        ),
    ),
    max_leaves=6,
)
"""Conditions that follow the grammar, whatever the types."""

PIECES = r"a  b  .  ^  $  |  (a)  (?:b|)  [ab]  [^a]  \w  \z  \Z  *  +?  {0,2}  {  \$  \n"
"""Of regular expressions."""


@given(BOOLEANS)
def test_a_well_typed_condition_comes_to_what_python_says(written: Written) -> None:
    assert conditions.holds(written.text, Context.BUILD, FACTS) is written.is_true


@given(BOOLEANS, st.sampled_from([" ", "\n", " // a comment\n"]))
def test_space_and_comments_between_words_change_nothing(written: Written, space: str) -> None:
    text = f"{space}({space}{written.text}{space}){space}"

    assert conditions.holds(text, Context.BUILD, FACTS) is written.is_true


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_can_be_written(text: str) -> None:
    facts = Facts({"build.branch": text}, {}, {})

    for written in (in_apostrophes(text), in_quotes(text)):
        assert conditions.holds(f"build.branch == {written}", Context.BUILD, facts)


@given(st.text() | SENTENCES | UNTYPED | BOOLEANS.map(lambda each: each.text), st.data())
def test_any_text_is_decided_or_refused_soon(text: str, data: st.DataObject) -> None:
    # A piece of it is cut out, or doubled.
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(0, len(text)))
    changed = text[:start] + text[end:]
    began = time.thread_time()

    for each in (text, changed, changed * 20):
        for context in Context:
            try:
                conditions.holds(each, context, FACTS)
            except InvalidInputError:
                assert context is not Context.NOTIFY

    assert time.thread_time() - began < 2


@given(
    st.lists(st.sampled_from(PIECES.split("  ")), max_size=6).map("".join),
    st.text(alphabet="ab\n{$", max_size=6),
    st.sampled_from(["", "i"]),
)
@example("a$", "a\n", "")
@example(r"^(?:a|\z)\Z", "a\n", "")
@example("^a{,2}$", "A{,2}", "i")
def test_both_libraries_find_the_same(source: str, text: str, flags: str) -> None:
    try:
        by_re2 = regexps.compiled(source, flags)
    except InvalidInputError:
        return
    by_regex = regexps.compiled(f"(?=){source}", flags)

    found = by_re2.matches(text, regexps.Stopwatch())

    assert by_regex.matches(text, regexps.Stopwatch()) is found
