"""What somebody asks of a run, and what becomes of it once everything is found."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from mock_buildkite.local_run.answers import Answers
from mock_buildkite.local_run.executable import Executable
from mock_buildkite.local_run.pipeline_file import PipelineFile
from mock_buildkite.local_run.repository import Repository, Revision


class Wishes(Struct, frozen=True):
    """What the options say."""

    pipeline: Path | None = None
    branch: str | None = None
    commit: str | None = None
    message: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    meta_data: Mapping[str, str] = field(default_factory=dict)
    agents: int = 1
    queues: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agent: Path | None = None
    unblock: tuple[str, ...] = ()
    keep: bool = False


class Plan(Struct, frozen=True):
    """What is run: all of it was there when it was looked for."""

    wishes: Wishes
    repository: Repository
    revision: Revision
    pipeline: PipelineFile
    executable: Executable
    answers: Answers

    @classmethod
    def of(cls, wishes: Wishes, folder: Path) -> "Plan":
        """Find the repository around a folder, its pipeline and an agent.

        Raises:
            RefusedError: one of them is not there, or cannot be used.
        """
        answers = Answers.read(wishes.unblock)
        repository = Repository.around(folder)
        revision = repository.revision(wishes.commit, wishes.branch)
        pipeline = PipelineFile.find(
            repository, folder, wishes.pipeline, None if wishes.commit is None else revision.commit
        )
        executable = Executable.find(wishes.agent)
        plan = cls(wishes, repository, revision, pipeline, executable, answers)
        pipeline.check(executable, plan.build_variables())
        return plan

    def build_variables(self) -> dict[str, str]:
        """What is known of the variables that the job which uploads the pipeline will see."""
        return {
            **self.wishes.env,
            "CI": "true",
            "BUILDKITE": "true",
            "BUILDKITE_BRANCH": self.revision.branch,
            "BUILDKITE_BUILD_NUMBER": "1",
            "BUILDKITE_COMMIT": self.revision.commit,
            "BUILDKITE_MESSAGE": self.message,
            "BUILDKITE_PIPELINE_NAME": self.repository.name,
            "BUILDKITE_PIPELINE_SLUG": self.repository.slug,
            "BUILDKITE_PULL_REQUEST": "false",
            "BUILDKITE_REPO": str(self.repository.root),
            "BUILDKITE_SOURCE": "local",
            "BUILDKITE_TAG": "",
        }

    @property
    def message(self) -> str:
        """What the build says that it is about."""
        return self.wishes.message or self.revision.message
