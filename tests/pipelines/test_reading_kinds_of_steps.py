import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import (
    BlockStep,
    CommandStep,
    Dependency,
    GroupStep,
    InputStep,
    Option,
    SelectField,
    Step,
    TextField,
    TriggerStep,
    WaitStep,
)
from mock_buildkite.pipelines.reading import read_object, read_yaml


def one_step(value: object) -> Step:
    [step] = read_object([value]).steps
    return step


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("wait", WaitStep()),
        ("waiter", WaitStep()),
        ("block", BlockStep()),
        ("manual", BlockStep()),
        ("input", InputStep()),
        ({"command": "make"}, CommandStep(command="make")),
        ({"commands": ["make", "make test"]}, CommandStep(command="make\nmake test")),
        ({"command": ["make", None, 7]}, CommandStep(command="make\n\n7")),
        ({"command": None}, CommandStep()),
        ({"wait": None}, WaitStep()),
        ({"wait": "All built"}, WaitStep(label="All built")),
        ({"waiter": None, "continue_on_failure": "true"}, WaitStep(continue_on_failure=True)),
        ({"block": "Release?"}, BlockStep(label="Release?")),
        ({"manual": "Release?"}, BlockStep(label="Release?")),
        ({"input": "Who?"}, InputStep(label="Who?")),
        ({"trigger": "deploy"}, TriggerStep(trigger="deploy")),
        ({"type": "script", "command": "make"}, CommandStep(command="make")),
        ({"type": "waiter"}, WaitStep()),
        ({"type": "manual", "label": "Go"}, BlockStep(label="Go")),
        ({"type": "manual", "input": "Go"}, InputStep(label="Go")),
        ({"command": "make", "block": "x"}, CommandStep(command="make")),
    ],
)
def test_a_step_is_of_the_kind_that_it_says(value: object, expected: Step) -> None:
    assert one_step(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"command": {"command": "make", "key": "a"}}, CommandStep(command="make", key="a")),
        ({"script": {"command": "make"}}, CommandStep(command="make")),
        ({"commands": {"plugins": ["./p"]}}, CommandStep(plugins=({"./p": None},))),
        ({"wait": {"continue_on_failure": True}}, WaitStep(continue_on_failure=True)),
        ({"block": {"block": "Go", "prompt": "Sure?"}}, BlockStep(label="Go", prompt="Sure?")),
        ({"trigger": {"trigger": "deploy"}, "key": "t"}, TriggerStep(key="t", trigger="deploy")),
    ],
)
def test_a_step_may_stand_nested_under_its_kind(value: object, expected: Step) -> None:
    assert one_step(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"key": "a", "id": "b"}, WaitStep(key="a")),
        ({"id": "b", "identifier": "c"}, WaitStep(key="b")),
        ({"identifier": "c"}, WaitStep(key="c")),
        ({"key": ""}, WaitStep()),
        ({"name": "Wait"}, WaitStep(label="Wait")),
        ({"label": 7, "name": "Wait"}, WaitStep(label="7")),
        ({"wait": "Mine", "label": "Wait"}, WaitStep(label="Mine")),
        ({"depends_on": None}, WaitStep(depends_on=())),
        ({"depends_on": []}, WaitStep(depends_on=())),
        ({"depends_on": "a"}, WaitStep(depends_on=(Dependency("a"),))),
        (
            {"depends_on": ["a", {"step": "b", "allow_failure": "true"}, "a"]},
            WaitStep(depends_on=(Dependency("a"), Dependency("b", allow_failure=True))),
        ),
        ({"allow_dependency_failure": True}, WaitStep(allow_dependency_failure=True)),
        ({"if": "build.branch == 'main'"}, WaitStep(condition="build.branch == 'main'")),
        ({"branches": "main  stable/*"}, WaitStep(branches="main stable/*")),
        ({"branches": ["main", "!wip"]}, WaitStep(branches="main !wip")),
        ({"nobody_knows": {"this": 1}}, WaitStep()),
    ],
)
def test_every_step_may_say_what_all_of_them_can(value: dict[str, object], expected: Step) -> None:
    assert one_step({"wait": None, **value}) == expected


def test_a_block_step_asks_for_fields() -> None:
    step = one_step(
        {
            "block": "Release",
            "prompt": "Sure?",
            "submit": "Yes",
            "blocked_state": "running",
            "allowed_teams": "deployers",
            "fields": [
                {"text": "Name", "key": "release/name", "required": False, "format": "[a-z]+"},
                {"key": "note", "hint": "Why?", "default": "none"},
                {
                    "select": "Stream",
                    "key": "stream",
                    "multiple": "true",
                    "default": ["beta"],
                    "options": [
                        {"label": "Beta", "value": "beta"},
                        {"label": "Stable", "value": "stable", "hint": "All", "required": True},
                    ],
                },
            ],
        }
    )

    assert step == BlockStep(
        label="Release",
        prompt="Sure?",
        submit="Yes",
        blocked_state="running",
        allowed_teams=("deployers",),
        fields=(
            TextField(key="release/name", text="Name", required=False, format="[a-z]+"),
            TextField(key="note", hint="Why?", default="none"),
            SelectField(
                key="stream",
                select="Stream",
                multiple=True,
                default=("beta",),
                options=(
                    Option("Beta", "beta"),
                    Option("Stable", "stable", hint="All", required=True),
                ),
            ),
        ),
    )


def test_a_trigger_step_says_what_the_other_build_gets() -> None:
    step = one_step(
        {
            "trigger": "deploy",
            "label": "Deploy",
            "async": "true",
            "parallelism": 2,
            "soft_fail": True,
            "skip": "not today",
            "build": {
                "branch": "main",
                "commit": "abc",
                "message": "Go",
                "env": {"A": 1, "B": None},
                "meta_data": {"version": 1.5},
            },
        }
    )

    assert isinstance(step, TriggerStep)
    assert (step.branch, step.commit, step.message) == ("main", "abc", "Go")
    assert step.env == {"A": "1", "B": ""}
    assert step.meta_data == {"version": "1.5"}
    assert step.is_async
    assert step.parallelism == 2
    assert step.soft_fail.every
    assert step.skip == "not today"


def test_a_group_holds_steps_and_hands_its_filters_to_them() -> None:
    [group] = read_yaml(
        """
        steps:
          - group: Tests
            key: tests
            depends_on: build
            if: build.branch == "main" // only there
            skip: not today
            notify: [github_check]
            steps:
              - command: make
              - command: make lint
                if: build.tag != null
                skip: never
              - wait
        """,
        {},
    ).steps

    assert isinstance(group, GroupStep)
    assert (group.label, group.key, group.notify) == ("Tests", "tests", ["github_check"])
    assert group.depends_on == (Dependency("build"),)
    assert (group.condition, group.skip) == (None, None)
    conditions = [each.condition for each in group.steps]
    ours = 'build.branch == "main" // only there'
    assert conditions == [ours, f"({ours}\n) && (build.tag != null\n)", ours]
    assert [each.skip for each in group.steps] == ["not today", "never", "not today"]


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({"group": None, "label": "Tests"}, "Tests"),
        ({"group": "Mine", "name": "Tests"}, "Mine"),
        ({"group": None}, None),
        ({"type": "group", "group": None, "name": "Tests"}, "Tests"),
    ],
)
def test_a_groups_label_may_stand_beside_it(values: dict[str, object], label: str | None) -> None:
    assert one_step({**values, "steps": ["wait"]}).label == label


def test_branches_of_a_group_are_those_of_its_steps() -> None:
    group = one_step({"group": "G", "branches": "main", "steps": ["wait", {"command": "a"}]})

    assert isinstance(group, GroupStep)
    assert group.branches is None
    assert [each.branches for each in group.steps] == ["main", "main"]


@pytest.mark.parametrize(
    "definition",
    [
        [{"command": "make"}],
        {"steps": [{"command": "make"}]},
        {"steps": [{"command": "make"}], "common": {"anything": ["goes"]}},
    ],
)
def test_a_definition_is_a_list_of_steps_or_has_one(definition: object) -> None:
    assert read_object(definition).steps == (CommandStep(command="make"),)


@pytest.mark.parametrize("definition", [[], {"steps": []}, {"steps": None}])
def test_no_steps_are_a_definition_too(definition: object) -> None:
    assert read_object(definition).steps == ()


@pytest.mark.parametrize("definition", [None, "make", 7, {}, {"env": {}}, {"steps": "make"}])
def test_what_has_no_steps_is_refused(definition: object) -> None:
    with pytest.raises(InvalidInputError, match="steps"):
        read_object(definition)
