"""What is found out about a repository, without changing it."""

from pathlib import Path

import pytest

from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.local_run.repository import Repository
from tests.local_run.runs import IDENTITY, Project


@pytest.fixture(autouse=True)
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git without the configuration of whoever tests."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repository(project: Project) -> Repository:
    return Repository.around(project.root)


def test_a_repository_is_found_from_any_folder_in_it(project: Project) -> None:
    folder = project.write("deep/down/file", "").parent

    found = Repository.around(folder)

    assert found.root == project.root
    assert found.name == "project"


def test_a_folder_outside_of_any_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is in no git work tree: not a git repository"):
        Repository.around(tmp_path)


def test_variables_of_a_git_hook_do_not_lead_astray(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    assert Repository.around(project.root).root == project.root


def test_the_commit_that_is_checked_out(project: Project, repository: Repository) -> None:
    commit = project.commit({"a": "1"}, "Do a thing\n\nFor a reason.")

    revision = repository.revision(None, None)

    assert (revision.commit, revision.branch) == (commit, "main")
    assert revision.is_on_branch
    assert revision.message == "Do a thing\n\nFor a reason."
    assert revision.author == {"name": "Ada", "email": "ada@acme.example"}


def test_a_commit_that_is_asked_for_is_of_a_branch_that_has_it(
    project: Project, repository: Repository
) -> None:
    first = project.commit({"a": "1"})
    project.git("checkout", "--quiet", "-b", "feature")
    second = project.commit({"a": "2"})
    project.git("tag", "v2")
    project.git("checkout", "--quiet", "main")

    assert repository.revision(first[:8], None).branch == "main"
    assert repository.revision("v2", None).commit == second
    assert repository.revision("v2", None).branch == "feature"


def test_a_branch_is_a_name_that_need_not_exist(project: Project, repository: Repository) -> None:
    project.commit({"a": "1"})

    revision = repository.revision(None, "release/9")

    assert revision.branch == "release/9"
    assert not revision.is_on_branch


def test_a_detached_head_that_no_branch_has(project: Project, repository: Repository) -> None:
    project.commit({"a": "1"})
    project.git("checkout", "--quiet", "--detach")
    commit = project.commit({"a": "2"})

    revision = repository.revision(None, None)

    assert (revision.commit, revision.branch) == (commit, "HEAD")
    assert not revision.is_on_branch


def test_a_repository_without_a_commit_is_refused(repository: Repository) -> None:
    with pytest.raises(RefusedError, match="has no commit yet"):
        repository.revision(None, None)


@pytest.mark.parametrize("commit", ["nonsense", "--all", ":/nothing"])
def test_a_commit_that_is_not_there_is_refused(
    project: Project, repository: Repository, commit: str
) -> None:
    project.commit({"a": "1"})

    with pytest.raises(RefusedError, match="has no commit"):
        repository.revision(commit, None)


def test_every_kind_of_change_is_found(project: Project, repository: Repository) -> None:
    project.commit({"changed": "1", "deleted": "1", "same": "1", ".gitignore": "ignored\n"})
    assert repository.changes() == []

    project.write("changed", "2")
    (project.root / "deleted").unlink()
    project.write("new file", "1")
    project.write("staged ü", "1")
    project.git("add", "staged ü")
    project.write("ignored", "1")

    assert sorted(repository.changes()) == ["changed", "deleted", "new file", "staged ü"]


def test_the_default_branch_is_that_of_the_origin(project: Project, tmp_path: Path) -> None:
    project.commit({"a": "1"})
    project.git("branch", "--move", "trunk")
    assert Repository(project.root).default_branch("other") == "other"
    project.git("clone", "--quiet", str(project.root), str(tmp_path / "clone"))

    assert Repository(tmp_path / "clone").default_branch("other") == "trunk"


def test_a_file_is_read_as_it_is_in_a_commit(project: Project, repository: Repository) -> None:
    commit = project.commit({"a/b": "\n as it is \n\n"})
    project.write("a/b", "changed")

    assert repository.text_at(commit, "a/b") == "\n as it is \n\n"
    assert repository.text_at(commit, "a/c") is None
