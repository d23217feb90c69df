from typing import Any

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.reading import read_object

COMMAND = {"command": "make"}
UUID = "0192d4a6-0000-4000-8000-000000000000"


def refusal(definition: object) -> str:
    with pytest.raises(InvalidInputError) as refused:
        read_object(definition)
    return refused.value.message


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([COMMAND, {"command": "a", "parallelism": "x"}], "steps[1]: "),
        ([{"command": "a", "key": "lint", "parallelism": "x"}], 'steps[0] ("lint"): '),
        ([{"command": "a", "label": "Lint", "parallelism": "x"}], 'steps[0] ("Lint"): '),
        ([{"command": {"command": "a", "id": "n", "priority": "x"}}], 'steps[0] ("n"): '),
        ([{"block": "Go?", "blocked_state": "x"}], 'steps[0] ("Go?"): '),
        ([{"group": "G", "steps": []}], 'steps[0] ("G"): '),
        ([{"group": "G", "steps": [COMMAND, {}]}], "steps[0].steps[1]: "),
        ([{"command": "a", "label": "x" * 100, "priority": "x"}], f'steps[0] ("{"x" * 60}…"): '),
    ],
)
def test_a_refusal_names_the_step(steps: list[Any], place: str) -> None:
    assert refusal(steps).startswith(place)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "must be a mapping or one of"),
        ("deploy", 'not "deploy"'),
        (["make"], "not a list"),
        ({}, "a step needs one of `command`"),
        ({"label": "Nothing"}, "a step needs one of"),
        ({"type": "deploy"}, '"deploy" is no type of step'),
        ({"type": ["wait"]}, "a list is no type of step"),
        ({"type": "command", "label": "x"}, "needs a `command`, `commands` or `plugins`"),
        ({"group": "G"}, "a group needs at least one step"),
        ({"group": "G", "steps": {"command": "a"}}, "`steps` must be a list, not a mapping"),
        ({"group": {}, "steps": [COMMAND]}, "`group` must be text"),
        ({"group": "G", "steps": [{"group": "H", "steps": [COMMAND]}]}, "in another group"),
        ({"trigger": None}, "`trigger` must be the slug of a pipeline"),
        ({"trigger": "x", "build": ["main"]}, "`build` must be a mapping"),
        ({"trigger": "x", "build": {"branch": ["main"]}}, "`branch` must be text"),
        ({"wait": None, "continue_on_failure": "maybe"}, "`continue_on_failure` must be true or"),
    ],
)
def test_what_is_no_step_is_refused(value: object, problem: str) -> None:
    assert problem in refusal([value])


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"key": "a b"}, "`key` must be letters, digits and `_-:${}.,`"),
        ({"key": "x" * 101}, "`key` can have at most 100 characters, not 101"),
        ({"key": UUID}, "`key` must be something that does not look like a UUID"),
        ({"key": ["a"]}, "`key` must be text, not a list"),
        ({"label": {"a": 1}}, "`label` must be text, not a mapping"),
        ({"depends_on": {"step": "a"}}, "`depends_on` must be a key or a list of them"),
        ({"depends_on": [None]}, "`depends_on[0]`: it must name the key of a step"),
        ({"depends_on": [{"step": "a", "allow_failure": 2}]}, "`allow_failure` must be true or"),
        ({"allow_dependency_failure": "yes"}, "`allow_dependency_failure` must be true or false"),
        ({"if": "true", "branches": "main"}, "`if` and `branches` can't be used together"),
        ({"if": ["true"]}, "`if` must be text, not a list"),
        ({"if": "build.branch == "}, "`if`: "),
        ({"if": "build.number"}, "`if`: "),
        ({"if": "step.outcome == 'passed'"}, "`if`: "),
        ({"branches": "!"}, "`branches`: "),
        ({"branches": {"main": 1}}, "`branches` must be text or a list of texts"),
        ({"skip": "x" * 71}, "`skip` can have at most 70 characters, not 71"),
        ({"skip": ["x"]}, "`skip` must be true, false or a reason, not a list"),
        ({"command": [["make"]]}, "`command[0]` must be text, not a list"),
        ({"commands": ["make", {"echo a": "b"}]}, "`commands[1]` must be text, not a mapping"),
        ({"agents": "queue=x"}, '`agents` must be a mapping, or a list of rules, not "queue=x"'),
        ({"agents": {"queue": ["a"]}}, "`agents.queue` must be text"),
        ({"env": ["A=1"]}, "`env` must be a mapping, not a list"),
        ({"env": {"A": [1]}}, "`env.A` must be text, not a list"),
        ({"env": {"": 1}}, "`env` has a name that is empty"),
        ({"artifact_paths": {"a": 1}}, "`artifact_paths` must be text or a list of texts"),
        ({"cancel_on_build_failing": 1.5}, "`cancel_on_build_failing` must be true or false"),
        ({"concurrency": 1}, "concurrency_group_id"),
        ({"concurrency_group": "a"}, "concurrency_group_id"),
        ({"concurrency_method": "eager"}, "concurrency_group_id"),
        (
            {"concurrency": 1, "concurrency_group": "x" * 201},
            "`concurrency_group` can have at most 200 characters, not 201",
        ),
        (
            {"concurrency": 1, "concurrency_group": "a", "concurrency_method": "random"},
            '`concurrency_method` must be one of ordered, eager, not "random"',
        ),
        ({"concurrency": 0, "concurrency_group": "a"}, "`concurrency` must be at least 1, not 0"),
        ({"parallelism": -1}, "`parallelism` must be at least 0, not -1"),
        ({"parallelism": True}, "`parallelism` must be a whole number, not true"),
        ({"parallelism": 2.5}, "`parallelism` must be a whole number, not 2.5"),
        ({"priority": 2**31}, "`priority` must be at most 2147483647"),
        ({"timeout_in_minutes": 0}, "`timeout_in_minutes` must be at least 1, not 0"),
        ({"timeout": "soon"}, '`timeout` must be a whole number, not "soon"'),
        ({"plugins": "docker"}, '`plugins` must be a list of plugins, not "docker"'),
        ({"plugins": [1]}, "`plugins[0]` must be a plugin's name, or a mapping from it"),
        ({"plugins": [{"": {}}]}, "`plugins[0]` has a name that is empty"),
        ({"secrets": "TOKEN"}, "`secrets` must be a list"),
        ({"secrets": [{"variable": "A"}]}, "`secrets[0]`: it must name the key of a secret"),
        ({"secrets": {"A": None}}, "`secrets[0]`: it must name the key of a secret"),
        ({"retry": True}, "`retry` must be a mapping"),
        ({"retry": {"automatic": "twice"}}, "`retry`: `automatic` must be true or false"),
        ({"retry": {"automatic": [1]}}, "`automatic[0]` must be a mapping, not 1"),
        ({"retry": {"automatic": {"limit": 11}}}, "`automatic`: `limit` must be at most 10"),
        ({"retry": {"automatic": {"exit_status": 256}}}, "`exit_status` must be"),
        ({"retry": {"automatic": {"exit_status": []}}}, "`exit_status` must be"),
        ({"retry": {"automatic": {"exit_status": [1, "x"]}}}, "`exit_status` must be"),
        ({"retry": {"automatic": {"signal_reason": "bored"}}}, "`signal_reason` must be one of"),
        ({"retry": {"automatic": [{}] * 101}}, "`automatic` can have at most 100 rules"),
        ({"soft_fail": "often"}, "`soft_fail` must be true or false"),
        ({"soft_fail": [1]}, "`soft_fail[0]` must be a mapping, not 1"),
        ({"soft_fail": [{"exit_status": "x"}]}, "`soft_fail` must be a list of `exit_status`"),
        ({"checkout": False}, "`checkout` must be a mapping, not false"),
        ({"checkout": {"depth": 0}}, "`checkout`: `depth` must be at least 1"),
        ({"checkout": {"skip": "x"}}, "`checkout`: `skip` must be true or false"),
        ({"cache": {"paths": {"a": 1}}}, "`cache`: `paths` must be text or a list of texts"),
        ({"cache": [["a"]]}, "`cache[0]` must be text"),
        ({"notify": {"email": "a@b.c"}}, "`notify` must be a list"),
        ({"image": ["a"]}, "`image` must be text"),
        ({"signature": "x"}, "`signature` must be a mapping"),
        ({"signature": {"value": 1}}, "`algorithm` and `value` must be text"),
        ({"signature": {"signed_fields": [1]}}, "`signed_fields` a list of texts"),
    ],
)
def test_a_malformed_attribute_is_refused(said: dict[str, Any], problem: str) -> None:
    message = refusal([{**COMMAND, **said}])

    assert message.startswith("steps[0]")
    assert problem in message


@pytest.mark.parametrize(
    ("matrix", "problem"),
    [
        ("linux", "`matrix` must be a mapping"),
        ([], "a matrix must have at least one combination"),
        ({"setup": {}}, "`setup` must be a list, or a mapping of dimensions to lists"),
        ({"adjustments": []}, "`setup` must be a list"),
        ({"setup": {"os": "linux"}}, '`setup.os` must be a list, not "linux"'),
        ({"setup": {"o s": ["linux"]}}, 'not "o s"'),
        ([["linux"]], "`setup[0]` must be text, a number or a boolean, not a list"),
        ([None], "`setup[0]` must be text, a number or a boolean, not null"),
        (["x" * 129], "`setup[0]` can have at most 128 bytes"),
        (["é" * 65], "`setup[0]` can have at most 128 bytes"),
        (list(range(26)), "`setup` can have at most 25 elements in a matrix, not 26"),
        ({"setup": {f"d{i}": [1] for i in range(7)}}, "at most 6 dimensions, not 7"),
        ({"setup": {f"d{i}": list(range(25)) for i in range(6)}}, "at most 50 jobs, not 244140625"),
        ({"setup": {"a": list(range(10)), "b": list(range(6))}}, "at most 50 jobs, not 60"),
        ({"setup": [1], "adjustments": [{"with": 1}] * 13}, "at most 12 adjustments, not 13"),
        ({"setup": [1], "adjustments": [{"with": {"os": 1}}]}, "an element for every dimension"),
        ({"setup": {"os": [1]}, "adjustments": [{"with": 1}]}, "an element for every dimension"),
        ({"setup": [1], "adjustments": [{"skip": True}]}, "`with` must be text, a number or"),
        ({"setup": [1], "adjustments": [{"with": 1, "skip": 2}]}, "`adjustments[0]`: `skip` must"),
        ({"setup": [1], "adjustments": {"with": 1}}, "`adjustments` must be a list"),
    ],
)
def test_a_malformed_matrix_is_refused(matrix: object, problem: str) -> None:
    message = refusal([{**COMMAND, "key": "build", "matrix": matrix}])

    assert message.startswith('steps[0] ("build"): ')
    assert problem in message


def test_the_conditions_of_a_group_and_its_step_are_not_too_long_together() -> None:
    condition = f"build.branch != '{'x' * 6_000}'"
    step = {**COMMAND, "if": condition}

    message = refusal([{"group": "G", "if": condition, "steps": [step]}])

    assert message == "steps[0].steps[0]: `if`: it is too long together with the group's"


def test_a_condition_of_a_group_is_refused_at_the_group() -> None:
    message = refusal([{"group": "G", "if": "build.", "steps": [COMMAND]}])

    assert message.startswith('steps[0] ("G"): `if`: ')


def test_a_matrix_excludes_parallelism() -> None:
    message = refusal([{**COMMAND, "matrix": [1], "parallelism": 2}])

    assert message == "steps[0]: `matrix` and `parallelism` can't be used together"


@pytest.mark.parametrize(
    "said",
    [
        {"command": "echo {{ matrix.arch }}"},
        {"label": "{{matrix}}"},
        {"env": {"A": "{{matrix.arch}}"}},
        {"agents": {"queue": "{{matrix.arch}}"}},
        {"plugins": [{"a": {"deep": ["{{matrix.arch}}"]}}]},
    ],
)
def test_a_token_for_no_dimension_is_refused(said: dict[str, Any]) -> None:
    message = refusal([{**COMMAND, **said, "matrix": {"setup": {"os": ["linux"]}}}])

    assert "names no dimension of the matrix" in message


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("name", "`fields[0]` must be a mapping"),
        ({"text": "Name"}, "a field needs a `key`"),
        ({"text": "Name", "key": "a b"}, "`key` must be letters, digits, dashes"),
        (
            {"text": "Name", "key": "a", "format": "[a-"},
            '`format` of the field "a": expected a regular',
        ),
        ({"key": "a", "format": "a)|(b"}, '`format` of the field "a": expected a regular'),
        ({"key": "a", "format": "(" * 500 + ")" * 500}, "expected a regular expression"),
        ({"text": "Name", "key": "a", "format": "x" * 1001}, "at most 1000 characters"),
        ({"text": "Name", "key": "a", "required": "no"}, "`required` must be true or false"),
        ({"select": "Stream", "key": "a"}, "`options` must have at least one option"),
        ({"select": "Stream", "key": "a", "options": ["x"]}, "`options[0]` must be a mapping"),
        ({"key": "a", "options": [{"label": "x"}]}, "an option needs a `label` and a `value`"),
    ],
)
@pytest.mark.parametrize("kind", ["block", "input"])
def test_a_malformed_field_is_refused(kind: str, field: object, problem: str) -> None:
    message = refusal([{kind: "Release", "fields": [field]}])

    assert message.startswith('steps[0] ("Release"): ')
    assert problem in message


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"fields": {"text": "Name"}}, "`fields` must be a list"),
        ({"fields": [{"key": "a"}, {"key": "a"}]}, '`fields` has the key "a" more than once'),
        ({"blocked_state": "waiting"}, "`blocked_state` must be one of passed, failed, running"),
        ({"allowed_teams": [str(i) for i in range(101)]}, "at most 100 teams, not 101"),
        ({"prompt": ["Sure?"]}, "`prompt` must be text"),
    ],
)
def test_a_malformed_block_step_is_refused(said: dict[str, Any], problem: str) -> None:
    assert problem in refusal([{"block": None, **said}])


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"env": ["A"]}, "the pipeline: `env` must be a mapping"),
        ({"agents": 7}, "the pipeline: `agents` must be"),
        ({"priority": "high"}, "the pipeline: `priority` must be a whole number"),
        ({"secrets": [1.5, []]}, "the pipeline: `secrets[1]`"),
        ({"notify": "me"}, "the pipeline: `notify` must be a list"),
    ],
)
def test_a_malformed_default_is_refused(said: dict[str, Any], problem: str) -> None:
    assert problem in refusal({"steps": [], **said})
