"""The real `buildkite-agent`: which one is used, and what it may know of this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.local_run.repository import without_repository

NAME = "buildkite-agent"
PATIENCE_SECONDS = 30
HOW_TO_GET_ONE = (
    "Get one as https://buildkite.com/docs/agent/v3/installation describes, or take the one file"
    " for your machine from https://github.com/buildkite/agent/releases; then put it on PATH, or"
    " name it with --agent"
)
_VERSION = re.compile(r"buildkite-agent version ([^\s,+]+)")
_FOREIGN = ("BUILDKITE", "MOCK_BUILDKITE_")


class Executable(Struct, frozen=True):
    """A `buildkite-agent` that was found, whatever its file is called."""

    path: Path
    version: str

    @classmethod
    def find(cls, asked: Path | None) -> "Executable":
        """The one that was asked for, else the one on PATH.

        Raises:
            RefusedError: there is none; the message says how to get one.
        """
        found = shutil.which(NAME if asked is None else asked.absolute())
        if found is None:
            what = f"no {NAME} is on PATH" if asked is None else f"{asked} is no program"
            msg = f"{what}. {HOW_TO_GET_ONE}"
            raise RefusedError(msg)
        path = Path(found).absolute()
        version = _VERSION.search(_output_of(path, "--version"))
        if version is None:
            msg = f"{path} is no {NAME}. {HOW_TO_GET_ONE}"
            raise RefusedError(msg)
        return cls(path, version[1])

    def dry_run(self, text: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """What it would upload of a pipeline, its variables filled in, as JSON on stdout."""
        return subprocess.run(  # noqa: S603 - an agent that was found
            [self.path, "pipeline", "upload", "--dry-run", "--format", "json", "--no-color"],
            input=text,
            env={**surroundings(), **variables, "BUILDKITE_AGENT_ACCESS_TOKEN": "none"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


def surroundings() -> dict[str, str]:
    """The machine's variables without any that is about Buildkite, or about one repository.

    An outer job, or the settings of an agent of this machine, must not be seen by ours. `HOME`
    stays: jobs find the tools, keys and git configuration of the person who runs them.
    """
    return {
        name: value
        for name, value in without_repository(os.environ).items()
        if not name.startswith(_FOREIGN)
    }


def _output_of(path: Path, *arguments: str) -> str:
    try:
        return subprocess.run(  # noqa: S603 - asked for
            [path, *arguments],
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
