"""What `--unblock` can say."""

import pytest

from mock_buildkite.local_run.answers import Answers
from mock_buildkite.local_run.errors import RefusedError


def test_a_step_is_named_by_its_key_or_its_label() -> None:
    answers = Answers.read(("deploy", "Ship it"))

    assert answers.to("deploy", "Deploy") == {}
    assert answers.to(None, "Ship it") == {}
    assert answers.to("other", None) is None


def test_fields_are_filled_in_and_several_values_gathered() -> None:
    answers = Answers.read(("a.b.version=1.2=3", "a.b.region=eu", "a.b.region=us", "a.b.region=ap"))

    assert answers.to("a.b") == {"version": "1.2=3", "region": ["eu", "us", "ap"]}


def test_all_answers_every_step_and_fields_go_to_theirs() -> None:
    answers = Answers.read(("all", "deploy.version=1"))

    assert answers.to("deploy") == {"version": "1"}
    assert answers.to("anything") == {}


@pytest.mark.parametrize("words", ["", "=value", "deploy=value", ".field=value", "deploy.=value"])
def test_anything_else_is_refused(words: str) -> None:
    with pytest.raises(RefusedError, match=r"KEY or KEY\.field=value"):
        Answers.read((words,))
