"""Which file says what is run."""

from pathlib import Path

import pytest

from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.local_run.pipeline_file import NAMES, PipelineFile
from mock_buildkite.local_run.repository import Repository
from tests.local_run.runs import PIPELINE, Project


def find(project: Project, asked: str | None = None, commit: str | None = None) -> PipelineFile:
    path = None if asked is None else Path(asked)
    return PipelineFile.find(Repository(project.root), project.root, path, commit)


@pytest.mark.parametrize("name", NAMES)
def test_a_pipeline_is_found_where_agents_look_for_it(project: Project, name: str) -> None:
    project.write(name, "steps: []")

    assert find(project) == PipelineFile(name, "steps: []")


def test_a_pipeline_anywhere_is_named(project: Project, tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text("steps: []")

    found = find(project, "../outside.yml")

    assert found == PipelineFile("../outside.yml", "steps: []")


def test_the_pipeline_is_read_as_it_is_here(project: Project) -> None:
    project.commit({PIPELINE: "steps: [wait]"})
    project.write(PIPELINE, "steps: []")

    assert find(project).text == "steps: []"


def test_a_commit_that_is_asked_for_has_its_own_pipeline(project: Project) -> None:
    commit = project.commit({PIPELINE: "steps: [wait]"})
    project.write(PIPELINE, "steps: []")

    assert find(project, commit=commit).text == "steps: [wait]"


def test_no_pipeline_is_refused(project: Project) -> None:
    with pytest.raises(RefusedError, match=r"has no pipeline: no \.buildkite/pipeline\.yml"):
        find(project)


def test_several_pipelines_are_refused(project: Project) -> None:
    project.write("buildkite.yml", "steps: []")
    project.write(PIPELINE, "steps: []")

    with pytest.raises(RefusedError, match=r"name buildkite\.yml or \.buildkite/pipeline\.yml"):
        find(project)


@pytest.mark.parametrize("asked", ["nowhere.yml", "file/below.yml"])
def test_a_named_pipeline_that_is_not_there_is_refused(project: Project, asked: str) -> None:
    project.write("file", "")

    with pytest.raises(RefusedError, match=f"there is no pipeline {asked}"):
        find(project, asked)


def test_what_is_no_file_is_refused(project: Project) -> None:
    with pytest.raises(RefusedError, match="cannot be read: Is a directory"):
        find(project, ".")


def test_an_empty_pipeline_is_refused(project: Project) -> None:
    project.write(PIPELINE, "")

    with pytest.raises(RefusedError, match="is empty"):
        find(project)
