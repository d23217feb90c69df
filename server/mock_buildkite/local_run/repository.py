"""The git repository that a build checks out, as far as it can be asked without changing it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.names import slug_of

OF_ONE_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Variables that are set in a git hook, and would lead git astray in any other repository."""

DETACHED = "HEAD"
"""What stands for a branch where there is none."""


class Revision(Struct, frozen=True):
    """A commit, and what it is called."""

    commit: str
    branch: str
    is_on_branch: bool
    """Whether the branch exists and has the commit: agents look for it there."""
    message: str
    author: Mapping[str, str]


class Repository(Struct, frozen=True):
    """A repository with a work tree."""

    root: Path

    @classmethod
    def around(cls, folder: Path) -> "Repository":
        """The repository that a folder lies in.

        Raises:
            RefusedError: it lies in none, or git cannot be asked.
        """
        found = _git(folder, "rev-parse", "--show-toplevel")
        if found.returncode != 0:
            _refuse(f"{folder} is in no git work tree", found)
        return cls(Path(_text(found)))

    @property
    def name(self) -> str:
        """What the pipeline is called: the folder's name."""
        return self.root.name or "pipeline"

    @property
    def slug(self) -> str:
        """The pipeline's slug: what of its name can be in one."""
        return slug_of(self.name) or "pipeline"

    def revision(self, commit: str | None, branch: str | None) -> Revision:
        """A commit, else the one that is checked out; of a branch, else of the one it is on.

        Raises:
            RefusedError: there is none.
        """
        found = self._ask("rev-parse", "--verify", f"{commit or 'HEAD'}^{{commit}}")
        if found is None:
            msg = f"the repository {self.root} has no commit yet, and the build checks out one"
            if commit is not None:
                msg = f"the repository {self.root} has no commit {commit!r}"
            raise RefusedError(msg)
        branch = branch or self._branch_of(found, is_checked_out=commit is None)
        said = self._ask("log", "-1", "--format=%an%n%ae%n%B", found) or "\n\n"
        name, email, message = said.split("\n", 2)
        return Revision(
            commit=found,
            branch=branch,
            is_on_branch=branch in self._branches_with(found),
            message=message.strip(),
            author={"name": name, "email": email},
        )

    def identity(self) -> tuple[str, str]:
        """The name and e-mail address that whoever works here would commit under."""
        user = self._ask("config", "user.name") or "Somebody"
        return user, self._ask("config", "user.email") or "somebody@localhost"

    def default_branch(self, current: str) -> str:
        """The branch that others come from: that of `origin`, else a usual one, else this one."""
        remote = self._ask("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
        if remote is not None:
            return remote.removeprefix("origin/")
        for name in ("main", "master"):
            if self._ask("rev-parse", "--verify", f"refs/heads/{name}") is not None:
                return name
        return current

    def changes(self) -> list[str]:
        """The paths whose content is not that of the commit that is checked out."""
        status = self._ask("status", "--porcelain", "-z", "--no-renames") or ""
        return [entry[3:] for entry in status.split("\0") if entry]

    def text_at(self, commit: str, path: str) -> str | None:
        """What a file says in a commit; None if it has no such file."""
        return self._ask("cat-file", "blob", f"{commit}:{path}", strips=False)

    def _branch_of(self, commit: str, *, is_checked_out: bool) -> str:
        if is_checked_out:
            current = self._ask("symbolic-ref", "--short", "HEAD")
            if current is not None:
                return current
        branches = self._branches_with(commit)
        usual = self.default_branch(DETACHED)
        return usual if usual in branches else min(branches, default=DETACHED)

    def _branches_with(self, commit: str) -> set[str]:
        listed = self._ask(
            "for-each-ref", "--contains", commit, "--format=%(refname:lstrip=2)", "refs/heads"
        )
        return set((listed or "").split())

    def _ask(self, *arguments: str, strips: bool = True) -> str | None:
        answer = _git(self.root, *arguments)
        if answer.returncode != 0:
            return None
        return _text(answer) if strips else answer.stdout.decode(errors="replace")


def without_repository(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables without those that tell git where a repository is."""
    return {name: value for name, value in environment.items() if name not in OF_ONE_REPOSITORY}


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Ask git. It must not even freshen its index: nothing is changed in the repository."""
    environment = {**without_repository(os.environ), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(  # noqa: S603 - git
            ["git", *arguments],  # noqa: S607 - the one that jobs find
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        msg = f"git cannot be run: {error.strerror}"
        raise RefusedError(msg) from error


def _text(answer: subprocess.CompletedProcess[bytes]) -> str:
    return answer.stdout.decode(errors="replace").strip("\n")


def _refuse(problem: str, answer: subprocess.CompletedProcess[bytes]) -> None:
    said = answer.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
    msg = f"{problem}: {said}"
    raise RefusedError(msg)
