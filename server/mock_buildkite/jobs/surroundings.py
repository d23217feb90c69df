"""What lies around a job: all that can be said of it to somebody else."""

from msgspec import Struct

from mock_buildkite.agents.model import NamedAgent
from mock_buildkite.builds.model import NamedBuild
from mock_buildkite.clusters.model import NamedCluster
from mock_buildkite.jobs.model import GivenJob
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines.model import NamedPipeline
from mock_buildkite.steps.model import NamedStep


class Surroundings(Struct, frozen=True):
    """A job, what it is a part of, where it runs, and who had a part in it."""

    organization: Organization
    pipeline: NamedPipeline
    build: NamedBuild
    step: NamedStep
    group: NamedStep | None
    """The group that its step is in, if any."""
    job: GivenJob
    agent: NamedAgent | None
    """None: no agent has it yet."""
    cluster: NamedCluster | None
    """None outside clusters."""
    creator: User | None
    """Who created the build."""
    unblocker: User | None
    """Who released a block step of the build last."""
    commit_is_resolved: bool
    """Whether an earlier job has told the server of the build's commit."""
