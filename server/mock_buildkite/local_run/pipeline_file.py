"""The file that says what is run: where it is looked for, and whether it can be run at all."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.local_run.executable import Executable
from mock_buildkite.local_run.repository import Repository
from mock_buildkite.pipelines import reading

DEFAULT = ".buildkite/pipeline.yml"
NAMES = tuple(
    f"{stem}.{suffix}"
    for stem in ("buildkite", ".buildkite/pipeline", "buildkite/pipeline")
    for suffix in ("yml", "yaml", "json")
)
"""Where agents look for a pipeline, too.

Source: buildkite/agent clicommand/pipeline_upload.go.
"""


class PipelineFile(Struct, frozen=True):
    """A pipeline's text, and the name under which it was found."""

    name: str
    text: str

    @classmethod
    def find(
        cls, repository: Repository, folder: Path, asked: Path | None, commit: str | None
    ) -> "PipelineFile":
        """The file that was asked for, else the repository's own.

        That one is read from the work tree, where it may be newer than the commit that is checked
        out; if a commit was asked for, it is that commit's.

        Raises:
            RefusedError: there is none, or there are several.
        """
        if asked is not None:
            path = folder / asked
            text = _read(path)
            if text is None:
                msg = f"there is no pipeline {asked}"
                raise RefusedError(msg)
            return cls._checked(str(asked), text)
        place = str(repository.root) if commit is None else f"the commit {commit[:10]}"
        texts = {name: _read_in(repository, name, commit) for name in NAMES}
        found = {name: text for name, text in texts.items() if text is not None}
        if not found:
            msg = f"{place} has no pipeline: no {DEFAULT}, nor another one that agents look for"
            raise RefusedError(msg)
        if len(found) > 1:
            msg = f"{place} has several pipelines: name {' or '.join(found)}"
            raise RefusedError(msg)
        ((name, text),) = found.items()
        return cls._checked(name, text)

    @classmethod
    def _checked(cls, name: str, text: str) -> "PipelineFile":
        if not text:
            msg = f"the pipeline {name} is empty"
            raise RefusedError(msg)
        return cls(name, text)

    def check(self, executable: Executable, variables: Mapping[str, str]) -> None:
        """Refuse a pipeline that cannot be run.

        Only its job will know all the variables that are filled in. So it is enough that it could
        be run as it is written; else the agent fills in what is known now, and that is judged.

        Raises:
            RefusedError: it cannot be run; the message says what is wrong with it.
        """
        try:
            reading.read_object(yaml_text.parse(self.text))
        except InvalidInputError as as_written:
            filled_in = executable.dry_run(self.text, variables)
            if filled_in.returncode != 0:
                self._refuse(_last_line(filled_in.stderr) or as_written.message)
            try:
                pipelines = [reading.read_object(each) for each in _documents(filled_in.stdout)]
            except InvalidInputError as error:
                self._refuse(error.message)
            if not any(pipeline.steps for pipeline in pipelines):
                self._refuse(as_written.message)  # agents take anything for one without steps

    def _refuse(self, problem: str) -> NoReturn:
        msg = f"the pipeline {self.name} cannot be run: {problem}"
        raise RefusedError(msg)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        msg = f"the pipeline {path} cannot be read: {error.strerror}"
        raise RefusedError(msg) from error


def _read_in(repository: Repository, name: str, commit: str | None) -> str | None:
    if commit is None:
        return _read(repository.root / name)
    return repository.text_at(commit, name)


def _documents(text: str) -> Iterator[object]:
    """JSON values, one after the other: a file may hold several pipelines."""
    decoder, place = json.JSONDecoder(), 0
    while rest := text[place:].lstrip():
        value, length = decoder.raw_decode(rest)
        yield value
        place = len(text) - len(rest) + length


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("buildkite-agent: ").removeprefix("fatal: ") if lines else ""
