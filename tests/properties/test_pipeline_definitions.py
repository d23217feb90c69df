"""Whatever defines a pipeline is read or refused; what was read can be kept and read back."""

import math
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep, GroupStep, decode_step, encode_step
from mock_buildkite.pipelines.interpolation import interpolated
from mock_buildkite.pipelines.matrix import permutations, substituted
from mock_buildkite.pipelines.reading import read_object, read_yaml
from mock_buildkite.pipelines.whole import every_step, number_of_jobs

WORDS = st.sampled_from(
    ["a", "b", "build", "$A", "${A:-b}", "{{matrix}}", "*", "true", "3", "main", "", "x" * 200]
)
SCALARS = st.none() | st.booleans() | st.integers(-2, 600) | st.floats() | st.text() | WORDS
ANYTHING = st.recursive(
    SCALARS | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | WORDS, inner),
    max_leaves=20,
)
TOP_LEVEL = ["agents", "cache", "checkout", "env", "image", "notify", "priority", "secrets"]
OF_STEPS = [
    *TOP_LEVEL,
    *["command", "commands", "plugins", "wait", "block", "input", "manual", "trigger", "group"],
    *["key", "id", "label", "name", "depends_on", "allow_dependency_failure", "if", "branches"],
    *["type", "skip", "soft_fail", "retry", "matrix", "parallelism", "timeout_in_minutes"],
    *["artifact_paths", "cancel_on_build_failing", "concurrency", "concurrency_group"],
    *["prompt", "submit", "fields", "blocked_state", "allowed_teams", "continue_on_failure"],
    *["async", "build", "signature", "steps"],
]
PARTS = ["step", "allow_failure", "automatic", "manual", "exit_status", "limit", "signal_reason"]
PARTS += ["allowed", "setup", "adjustments", "with", "options", "value", "select", "text", "format"]
PARTS += ["branch", "meta_data", "paths", "depth", "algorithm", "environment_variable", "key"]


def likely(names: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings that begin to make sense."""
    return st.dictionaries(st.sampled_from(names), values, max_size=6)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | likely(PARTS, inner),
    max_leaves=10,
)
STEPS = st.recursive(
    likely(OF_STEPS, VALUES) | WORDS,
    lambda inner: st.builds(
        lambda said, steps: said | {"group": "g", "steps": steps},
        likely(OF_STEPS, VALUES),
        st.lists(inner, max_size=3),
    ),
    max_leaves=5,
)
DEFINITIONS = st.builds(
    lambda top, steps: top | {"steps": steps},
    likely(TOP_LEVEL, VALUES),
    st.lists(STEPS, max_size=4),
)
NAMES = st.text("abc", min_size=1, max_size=3)
ELEMENTS = st.lists(st.text("xyz1", min_size=1, max_size=2), max_size=4, unique=True)
GOOD_STEPS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"command": st.text(st.characters(exclude_characters="\0", codec="utf-8"))},
    optional={
        "label": NAMES,
        "env": st.dictionaries(NAMES, SCALARS.filter(lambda each: not is_odd(each))),
        "agents": st.dictionaries(NAMES, NAMES),
        "depends_on": st.lists(NAMES),
        "skip": NAMES | st.booleans(),
        "soft_fail": st.booleans() | st.lists(st.builds(dict, exit_status=st.integers(1, 255))),
        "plugins": st.lists(st.dictionaries(NAMES, st.dictionaries(NAMES, NAMES))),
        "timeout_in_minutes": st.integers(1, 600),
        "retry": st.fixed_dictionaries({"automatic": st.booleans(), "manual": st.booleans()}),
    },
)


def is_odd(value: object) -> bool:
    return (isinstance(value, float) and not math.isfinite(value)) or "\0" in str(value)


def is_read_and_kept(definition: object) -> bool:
    """Whether a definition is read; if so, it is the same after it was kept."""
    try:
        pipeline = read_object(definition)
    except InvalidInputError:
        return False
    for step in pipeline.steps:
        assert decode_step(encode_step(step)) == step
    assert sum(number_of_jobs(step) for step in every_step(pipeline.steps)) <= 500
    return True


@given(ANYTHING)
def test_any_value_at_all_is_read_or_refused(value: object) -> None:
    is_read_and_kept(value)
    is_read_and_kept({"steps": value})
    is_read_and_kept([value])


@given(DEFINITIONS)
def test_any_likely_definition_is_read_or_refused(definition: dict[str, Any]) -> None:
    is_read_and_kept(definition)
    is_read_and_kept({"steps": [{"command": "make", **definition}]})


@given(st.sampled_from(OF_STEPS), st.sampled_from(["command", "block", "trigger", "wait"]), VALUES)
def test_any_value_of_an_attribute_is_read_or_refused(name: str, kind: str, value: object) -> None:
    is_read_and_kept([{kind: "a", name: value}])


@given(st.lists(GOOD_STEPS, max_size=5))
def test_what_is_good_is_read_and_kept(steps: list[Any]) -> None:
    assert is_read_and_kept(steps)
    assert not steps or is_read_and_kept([{"group": "G", "skip": "all", "steps": steps}])


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        value = yaml_text.parse(text)
    except InvalidInputError:
        return
    is_read_and_kept(value)


@given(st.text("-:?,[]{}&*!|>'\"%#@`<~ \n\tab1"))
def test_any_text_of_signs_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInputError):
        read_yaml(text, {"A": "b"})


@given(st.text("$\\{}:-?()A1 ") | st.text(), st.dictionaries(st.just("A"), st.text()))
def test_variables_are_filled_into_any_text_or_it_is_refused(
    text: str, variables: dict[str, str]
) -> None:
    try:
        filled = interpolated({"steps": [text]}, variables)
    except InvalidInputError:
        return
    if "$" not in text:
        assert filled == {"steps": [text]}


@given(st.text())
def test_a_dollar_that_is_written_twice_is_one(text: str) -> None:
    escaped = text.replace("\\", "").replace("$", "$$")

    assert interpolated(escaped, {}) == text.replace("\\", "")


@given(st.dictionaries(NAMES, ELEMENTS, min_size=1, max_size=4), st.data())
def test_a_matrix_makes_its_product_and_what_adjustments_add(
    setup: dict[str, list[str]], data: st.DataObject
) -> None:
    combination = st.fixed_dictionaries({name: NAMES | st.just("x") for name in setup})
    adjustments = data.draw(st.lists(st.fixed_dictionaries({"with": combination}), max_size=5))
    product = math.prod(len(elements) for elements in setup.values())
    added = {
        frozenset(each["with"].items())
        for each in adjustments
        if any(element not in setup[name] for name, element in each["with"].items())
    }
    total = product + len(added)
    definition = [{"command": "m", "matrix": {"setup": setup, "adjustments": adjustments}}]

    assert is_read_and_kept(definition) == (1 <= total <= 50)
    if 1 <= total <= 50:
        [step] = read_object(definition).steps
        assert isinstance(step, CommandStep)
        assert step.matrix is not None
        found = permutations(step.matrix)
        assert len(found) == number_of_jobs(step) == total
        for each in found:
            assert each.values.keys() == setup.keys()
            assert substituted(step, each).command == "m"


@given(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True), st.data())
def test_steps_that_only_wait_for_earlier_ones_are_in_no_circle(
    keys: list[str], data: st.DataObject
) -> None:
    steps = []
    for index, key in enumerate(keys):
        earlier = st.lists(st.sampled_from(keys[:index])) if index else st.just([])
        steps.append({"command": "m", "key": key, "depends_on": data.draw(earlier)})

    read = read_object([*steps, {"group": "G", "key": "g", "steps": ["wait"], "depends_on": keys}])

    assert [step.key for step in read.steps] == [*keys, "g"]
    assert isinstance(read.steps[-1], GroupStep)
