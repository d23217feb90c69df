"""Conditions, by the documentation and by what the official library says of the server."""

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.conditions import Context, Facts, Value
from mock_buildkite.pipelines.expressions.variables import OF_BUILDS, OF_STEPS

MAIN = Facts(
    variables={
        "build.branch": "main",
        "build.creator.teams": ("deploy", "platform"),
        "build.merge_queue.base_branch": "main",
        "build.message": "Ship it\n\n[Skip Tests] please",
        "build.number": 12,
        "build.pull_request.labels": (),
        "build.pull_request.repository": "git@example.com:acme/fork.git",
        "build.pull_request.repository.fork": True,
        "build.source": "schedule",
        "build.state": "started",
        "build.tag": "v1.0",
    },
    env={},
    build_env={"BUILDKITE_TAG": "v2.0", "CUSTOM_ENVIRONMENT_VARIABLE": "value"},
)
NOTHING = Facts({}, {}, {})
CONTEXTS = list(Context)


def holds(text: str, facts: Facts = MAIN, context: Context = Context.STEP) -> bool:
    return conditions.holds(text, context, facts)


def about(**values: Value) -> Facts:
    """Facts about a build, by the ends of their names."""
    return Facts({f"build.{name}": value for name, value in values.items()}, {}, {})


DOCUMENTED = [
    ('build.branch == "main" || build.branch == "production"', True),
    ('build.branch != "production"', True),
    (r"build.branch =~ /^features\//", False),
    (r"build.branch =~ /\/release-123$/", False),
    ("build.tag != null", True),
    (r"build.tag =~ /^v[0-9]+\.0$/", True),
    (r'build.env("BUILDKITE_TAG") =~ /^v[0-9]+\.0$/', True),
    (r"build.message !~ /\[skip tests\]/i", False),
    ('build.source == "schedule"', True),
    ('build.env("CUSTOM_ENVIRONMENT_VARIABLE") == "value"', True),
    ('build.creator.teams includes "deploy"', True),
    ("!build.pull_request.draft", True),
    ('build.merge_queue.base_branch == "main"', True),
    ('build.state == "passed"', False),
    ('build.env("DOCKER_PASSWORD") != null', False),
    (
        "// neither\n//   nor\nbuild.message !~ /skip tests/ &&\n build.branch =~ /^feature/",
        False,
    ),
]
"""The examples of the documentation, as the agent sends them: without the `$` it escapes."""


@pytest.mark.parametrize(("text", "expected"), DOCUMENTED)
def test_a_documented_example_is_decided(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "12345 == 12345",
        "007 == 7",
        "1 != 2",
        "9223372036854775807 != 0",
        "build.number == 12",
        "'feature-branch' == \"feature-branch\"",
        "true == true && false == false && null == null",
        "true || false && false",
        "!((true || false) && false)",
        '!("a" == "d" || "a" == "b" && "a" == "a")',
        "!false == true",
        "false == false == true",
        "!!true",
        "// ignored\ntrue && true\n// also ignored",
        "true // ignored to the end of the line",
        '"// a text" != "" // and none',
        "1 == 2 ? 3 == 4 : 5 == 5",
        "false ? true : false ? true : true",
        "false || true ? true : false",
        "true ? true ? true : false : false",
        '(false ? build.creator.teams : ["deploy"]) includes "deploy"',
        'build.env ( "NOTHING" ) == null',
        "build.pull_request.repository != null && build.pull_request.repository.fork",
        "\ttrue\r\n",
    ],
)
def test_a_condition_is_read_as_it_is_meant(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["eggs", "ham"] includes "ham"', True),
        ('["eggs", "ham"] includes "fruit"', False),
        ('[] includes ""', False),
        ("build.creator.teams includes /^plat/", True),
        ("build.creator.teams includes /^deployment/", False),
        ('build.pull_request.labels includes "bug"', False),
        ('["a"] == ["a"]', True),
        ('["a", "b"] == ["b", "a"]', False),
        ('["a"] != ["a", "a"]', True),
        ("[] == []", True),
        ("build.pull_request.labels == []", True),
        ('build.creator.teams == ["deploy", "platform"]', True),
    ],
)
def test_arrays_include_and_equal(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null == null", True),
        ("null != null", False),
        ("true == null", False),
        ('["a"] == null', False),
        ("build.creator.teams == null", True),
        ("build.pull_request.labels == []", False),
        ("build.fixed", False),
        ("!build.pull_request.draft", True),
        ("build.pull_request.draft || false", False),
        ("build.pull_request.draft && true", False),
        ("(build.pull_request.draft && true) == null", True),
        ("build.pull_request.draft == null ? false : build.pull_request.draft", False),
        ("build.pull_request.draft ? false : true", True),
        ("true ? null : true", False),
        ("false ? true : null", False),
        ('null includes "fruit"', False),
        ('build.creator.teams includes "deploy"', False),
        ('["a"] includes null', False),
        ('["a"] includes build.tag', False),
        ("null =~ /main/", False),
        ("null !~ /main/", True),
        ("build.tag =~ /.*/", False),
        ("build.tag !~ /.*/", True),
        ('build.tag == ""', False),
        ('build.tag != "v1.0"', True),
        ("build.number != 1", True),
    ],
)
def test_what_a_build_has_nothing_for_is_null(text: str, expected: bool) -> None:
    assert holds(text, NOTHING) is expected


@pytest.mark.parametrize("blank", ["", " \t\n"])
@pytest.mark.parametrize(
    "name",
    [
        "build.tag",
        "build.message",
        "build.author.name",
        "build.author.email",
        "pipeline.default_branch",
        "pipeline.repository",
    ],
)
def test_what_is_blank_is_null_for_some_variables(name: str, blank: str) -> None:
    assert holds(f"{name} == null", Facts({name: blank}, {}, {}))


def test_what_is_blank_is_a_string_for_others() -> None:
    facts = about(branch=" ", commit="")

    assert holds('build.branch == " " && build.commit == ""', facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('false && ${nothing:?} == "x"', False),
        ('true || ${nothing:?} == "x"', True),
        ('true ? true : ${nothing:?} == "x"', True),
        ('["a", build.commit] includes "a"', True),
    ],
)
def test_what_does_not_matter_is_not_looked_at(text: str, expected: bool) -> None:
    assert holds(text, NOTHING) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[build.tag] includes "v1.0"', "type mismatch at index 0 in array: NULL vs STRING"),
        ('["a", $X] includes /b/', "type mismatch at index 1 in array: NULL vs STRING"),
        ('build.env(build.tag) == ""', "env argument must be a string"),
    ],
)
def test_null_where_only_a_string_can_be_is_refused(text: str, message: str) -> None:
    conditions.check(text, Context.STEP)

    with pytest.raises(InvalidInputError) as refusal:
        holds(text, NOTHING)

    assert refusal.value.message == message


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("name", OF_BUILDS)
def test_the_variables_of_builds_are_everywhere(name: str, context: Context) -> None:
    assert holds(f"{name} == null", NOTHING, context)


@pytest.mark.parametrize("name", OF_STEPS)
def test_the_variables_of_steps_are_for_notifications(name: str) -> None:
    text = f"{name} == null"

    assert holds(text, NOTHING, Context.NOTIFY)
    for context in (Context.STEP, Context.BUILD):
        with pytest.raises(InvalidInputError) as refusal:
            conditions.check(text, context)
        assert refusal.value.message == f"`{name}` is not a variable"


def test_a_notification_can_ask_how_its_step_ended() -> None:
    facts = Facts({"step.outcome": "hard_failed"}, {}, {})

    assert holds('step.outcome == "hard_failed"', facts, Context.NOTIFY)
    assert not holds('step.outcome == "passed"', facts, Context.NOTIFY)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_blank_condition_is_none(text: str, context: Context) -> None:
    conditions.check(text, context)

    assert holds(text, NOTHING, context)


@pytest.mark.parametrize(
    "text", ["nope != == one", "nope", '"text"', "${X:?} == null", r'[build.tag] includes "v1"']
)
def test_a_notification_with_a_wrong_condition_is_not_sent(text: str) -> None:
    assert not holds(text, NOTHING, Context.NOTIFY)


@pytest.mark.parametrize("text", ["nope != == one", "nope", '"text"'])
def test_the_wrong_condition_of_a_notification_can_be_found_out(text: str) -> None:
    with pytest.raises(InvalidInputError):
        conditions.check(text, Context.NOTIFY)


def test_one_condition_is_decided_by_many_facts() -> None:
    text = 'build.branch == "main"'

    assert [holds(text, about(branch=branch)) for branch in ("main", "next", "main")] == [
        True,
        False,
        True,
    ]
