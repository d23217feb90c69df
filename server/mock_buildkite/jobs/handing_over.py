"""What an agent that accepts a job is given: its step, filled in, and its environment."""

from mock_buildkite.builds.origins import origin_of
from mock_buildkite.jobs import surroundings_store
from mock_buildkite.jobs.environment import environment_of
from mock_buildkite.jobs.model import Job
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.pipelines.definition import CommandStep, decode_step
from mock_buildkite.storage.database import Transaction


def environment(tx: Transaction, job: Job, base_url: str) -> dict[str, str]:
    """The environment of a command job, as its agent has it, or as it is before there is one."""
    return step_and_environment(tx, surroundings_store.find(tx, job.id), base_url)[1]


def step_and_environment(
    tx: Transaction, around: Surroundings, base_url: str
) -> tuple[CommandStep, dict[str, str]]:
    """What a job's step asks for, and the job's environment on its agent.

    A signed step is as it was uploaded, without the values of its matrix: verifying agents fill
    them in themselves.
    """
    uploaded = decode_step(around.step.definition)
    definition = decode_step(around.job.definition) if around.job.definition else uploaded
    assert isinstance(uploaded, CommandStep)  # noqa: S101 - agents are given no other jobs
    assert isinstance(definition, CommandStep)  # noqa: S101
    environment = environment_of(around, definition, origin_of(tx, around.build), base_url)
    return definition if uploaded.signature is None else uploaded, environment
