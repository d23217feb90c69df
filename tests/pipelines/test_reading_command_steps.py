from textwrap import dedent
from typing import Any

import pytest

from mock_buildkite.pipelines.definition import (
    AutomaticRetry,
    CommandStep,
    GroupStep,
    ManualRetry,
    Matrix,
    MatrixAdjustment,
    Pipeline,
    Retry,
    Secret,
    SoftFail,
)
from mock_buildkite.pipelines.reading import read_object, read_yaml


def command_step(**said: Any) -> CommandStep:
    [step] = read_object([{"command": "make", **said}]).steps
    assert isinstance(step, CommandStep)
    return step


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"agents": {"queue": "deploy", "ssd": True}}, ("queue=deploy", "ssd=true")),
        ({"agents": ["queue=deploy", "ssd"]}, ("queue=deploy", "ssd")),
        ({"agent_query_rules": ["os=linux"]}, ("os=linux",)),
        ({"agents": {}}, ()),
        ({"agents": []}, ()),
        ({"agents": {"queue": "*"}}, ("queue=*",)),
        ({}, None),
    ],
)
def test_rules_for_agents_are_keys_and_values(
    said: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert command_step(**said).agents == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"artifact_paths": "log/*;cov/**/*"}, "log/*;cov/**/*"),
        ({"artifact_paths": ["log/*", "cov/**/*"]}, "log/*;cov/**/*"),
        ({"artifacts": ["log/*"]}, "log/*"),
        ({}, ""),
    ],
)
def test_paths_of_artifacts_are_parted_by_semicolons(said: dict[str, Any], expected: str) -> None:
    assert command_step(**said).artifact_paths == expected


def test_values_of_variables_are_text() -> None:
    env = {"A": 1, "B": True, "C": None, "D": "x", "E": 1.0, "F": 0.25}

    assert command_step(env=env).env == {
        "A": "1",
        "B": "true",
        "C": "",
        "D": "x",
        "E": "1",
        "F": "0.25",
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, ()),
        (["docker#v1"], ("github.com/buildkite-plugins/docker-buildkite-plugin#v1",)),
        (["acme/tool"], ("github.com/acme/tool-buildkite-plugin",)),
        (["acme/tool#a/b:c"], ("github.com/acme/tool-buildkite-plugin#a/b:c",)),
        (["./local#v1", "../up", "/abs"], ("./local#v1", "../up", "/abs")),
        (
            ["https://x.test/y.git#v1", "git@x.test:a/b.git", "x.test/a/b#v1"],
            ("https://x.test/y.git#v1", "git@x.test:a/b.git", "x.test/a/b#v1"),
        ),
        (
            {"a#v1": {"x": 1}, "b": None},
            (
                "github.com/buildkite-plugins/a-buildkite-plugin#v1",
                "github.com/buildkite-plugins/b-buildkite-plugin",
            ),
        ),
    ],
)
def test_plugins_are_listed_with_where_they_come_from(
    written: object, expected: tuple[str, ...]
) -> None:
    plugins = command_step(plugins=written).plugins

    assert tuple(source for each in plugins for source in each) == expected


def test_the_configuration_of_a_plugin_stays_as_it_is() -> None:
    configuration = {"run": "app", "ports": [1, 2], "nested": {"deep": [{"er": None}]}}

    step = command_step(plugins=[{"./a": configuration}, {"./b": {}}, {"./c": False}])

    assert step.plugins == ({"./a": configuration}, {"./b": None}, {"./c": False})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["TOKEN"], (Secret("TOKEN", "TOKEN"),)),
        ({"MY_TOKEN": "TOKEN"}, (Secret("TOKEN", "MY_TOKEN"),)),
        ([{"key": "TOKEN", "environment_variable": "MINE"}], (Secret("TOKEN", "MINE"),)),
    ],
)
def test_secrets_have_a_variable_each(written: object, expected: tuple[Secret, ...]) -> None:
    assert command_step(secrets=written).secrets == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, Retry()),
        ({"automatic": True}, Retry(automatic=(AutomaticRetry(exit_status="*"),))),
        ({"automatic": "false"}, Retry()),
        ({"automatic": {"limit": 3}}, Retry(automatic=(AutomaticRetry("*", limit=3),))),
        (
            {
                "automatic": [
                    {"exit_status": -1, "limit": 0},
                    {"exit_status": [1, "42"], "signal": "SIGKILL"},
                    {"signal_reason": ["agent_stop", "none"]},
                ]
            },
            Retry(
                automatic=(
                    AutomaticRetry((-1,), limit=0),
                    AutomaticRetry((1, 42), signal=("SIGKILL",)),
                    AutomaticRetry(None, signal_reason=("agent_stop", "none")),
                )
            ),
        ),
        ({"manual": False}, Retry(manual=ManualRetry(allowed=False))),
        ({"manual": {}}, Retry(manual=ManualRetry(permit_on_passed=True))),
        (
            {"manual": {"allowed": "false", "permit_on_passed": False, "reason": "No"}},
            Retry(manual=ManualRetry(allowed=False, permit_on_passed=False, reason="No")),
        ),
    ],
)
def test_retries_are_rules(written: object, expected: Retry) -> None:
    assert command_step(retry=written).retry == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, SoftFail()),
        ("true", SoftFail(every=True)),
        ([{"exit_status": 1}, {"exit_status": "42"}], SoftFail(exit_statuses=(1, 42))),
        ([{"exit_status": "*"}], SoftFail(every=True)),
        ([], SoftFail()),
    ],
)
def test_soft_failures_are_all_or_some(written: object, expected: SoftFail) -> None:
    assert command_step(soft_fail=written).soft_fail == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, None),
        (False, None),
        ("", None),
        ("false", None),
        (True, ""),
        ("true", ""),
        ("Not today", "Not today"),
        ("x" * 70, "x" * 70),
    ],
)
def test_a_skipped_step_may_say_why(written: object, expected: str | None) -> None:
    assert command_step(skip=written).skip == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["a", 1, True], Matrix({"": ("a", "1", "true")})),
        ({"setup": ["a"]}, Matrix({"": ("a",)})),
        (
            {
                "setup": {"os": ["linux"], "arch": ["arm", 64]},
                "adjustments": [
                    {"with": {"os": "plan9", "arch": 64}, "soft_fail": [{"exit_status": 1}]},
                    {"with": {"os": "linux", "arch": "arm"}, "skip": "Broken"},
                ],
            },
            Matrix(
                {"os": ("linux",), "arch": ("arm", "64")},
                (
                    MatrixAdjustment(
                        {"os": "plan9", "arch": "64"}, soft_fail=SoftFail(exit_statuses=(1,))
                    ),
                    MatrixAdjustment({"os": "linux", "arch": "arm"}, skip="Broken"),
                ),
            ),
        ),
        (
            {"setup": ["a"], "adjustments": [{"with": ["b", "c"], "skip": True}]},
            Matrix(
                {"": ("a",)}, (MatrixAdjustment({"": "b"}, ""), MatrixAdjustment({"": "c"}, ""))
            ),
        ),
    ],
)
def test_a_matrix_is_dimensions_and_adjustments(written: object, expected: Matrix) -> None:
    assert command_step(matrix=written).matrix == expected


def test_the_matrix_of_a_signed_step_is_kept_as_it_was_signed() -> None:
    matrix = {"setup": ["a"], "adjustments": [{"with": "b", "skip": False, "soft_fail": True}]}
    signature = {"algorithm": "HS512", "signed_fields": ["command", "matrix"], "value": "x..y"}

    step = command_step(matrix=matrix, signature=signature)

    assert step.matrix is not None
    assert step.matrix.as_signed == matrix
    assert step.signature == signature


def test_everything_else_is_read_as_well() -> None:
    step = command_step(
        cancel_on_build_failing="true",
        concurrency="1",
        concurrency_group="deploy",
        concurrency_method="eager",
        parallelism="3",
        priority=-2,
        timeout=10,
        image="alpine",
        notify=["github_check"],
    )

    assert step == CommandStep(
        command="make",
        cancel_on_build_failing=True,
        concurrency=1,
        concurrency_group="deploy",
        concurrency_method="eager",
        parallelism=3,
        priority=-2,
        timeout_in_minutes=10,
        image="alpine",
        notify=["github_check"],
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("dist/", "dist/"),
        (["a", 1], ["a", "1"]),
        (False, False),
        (True, None),
        ({"paths": "a", "name": 7, "more": 1}, {"paths": ["a"], "name": "7", "more": 1}),
    ],
)
def test_a_cache_has_the_types_that_agents_read(written: object, expected: object) -> None:
    assert command_step(cache=written).cache == expected


def test_a_checkout_has_the_types_that_agents_read() -> None:
    checkout = {"skip": "false", "depth": "3", "ssh_secret": 7, "flags": {"clone": "-v"}}

    assert command_step(checkout=checkout).checkout == {
        "skip": False,
        "depth": 3,
        "ssh_secret": "7",
        "flags": {"clone": "-v"},
    }


DEFAULTS = """
agents: {queue: main}
priority: 3
image: alpine
secrets: [TOKEN, OTHER]
checkout: {submodules: false, lfs: true, ssh_secret: key}
cache: dist/
"""


def pipeline(steps: str) -> Pipeline:
    return read_yaml(DEFAULTS + dedent(steps), {})


def test_what_a_pipeline_says_at_its_top_is_said_by_every_command_step() -> None:
    read = pipeline("steps: [{command: a}, {group: G, steps: [{command: b}]}, {trigger: t}]")

    first, group, _ = read.steps
    assert isinstance(first, CommandStep)
    assert isinstance(group, GroupStep)
    for step in (first, *group.steps):
        assert isinstance(step, CommandStep)
        assert step.agents == ("queue=main",)
        assert (step.priority, step.image, step.cache) == (3, "alpine", "dist/")
        assert step.secrets == (Secret("TOKEN", "TOKEN"), Secret("OTHER", "OTHER"))
        assert step.checkout == {"submodules": False, "lfs": True}


def test_a_step_goes_before_its_pipeline() -> None:
    read = pipeline(
        """
        steps:
          - command: a
            agents: {os: linux}
            priority: 0
            image: debian
            secrets: {OTHER: MINE}
            checkout: {submodules: true, ssh_secret: mine}
            cache: false
        """
    )

    [step] = read.steps
    assert isinstance(step, CommandStep)
    assert step.agents == ("os=linux",)
    assert (step.priority, step.image, step.cache) == (0, "debian", False)
    assert step.secrets == (Secret("MINE", "OTHER"), Secret("TOKEN", "TOKEN"))
    assert step.checkout == {"submodules": True, "lfs": True, "ssh_secret": "mine"}


def test_a_pipeline_keeps_its_own_variables_and_notifications() -> None:
    read = read_yaml("env: {A: yes, B: 007}\nnotify: [{email: a@b.c}]\nsteps: []", {})

    assert read.env == {"A": "yes", "B": "7"}
    assert read.notify == [{"email": "a@b.c"}]
