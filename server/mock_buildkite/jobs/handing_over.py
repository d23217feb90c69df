"""What an agent that accepts a job is given: its step, filled in, and its environment."""

from mock_buildkite.agents import store as agents
from mock_buildkite.builds.model import Build
from mock_buildkite.builds.origins import origin_of
from mock_buildkite.jobs import store, surroundings
from mock_buildkite.jobs.environment import History, environment_of
from mock_buildkite.jobs.model import Job
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.meta_data.model import COMMIT_KEY
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import User
from mock_buildkite.pipelines.definition import CommandStep, decode_step
from mock_buildkite.steps import store as steps
from mock_buildkite.storage.database import Transaction


def environment(tx: Transaction, job: Job, base_url: str) -> dict[str, str]:
    """The environment of a command job, as its agent has it, or as it is before there is one."""
    agent = None if job.agent_id is None else agents.find_named(tx, job.agent_id)
    return step_and_environment(tx, surroundings.of_job(tx, job, agent), base_url)[1]


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
    group_id = around.step.group_id
    group = None if group_id is None else steps.find(tx, group_id)
    history = _history(tx, around.build)
    environment = environment_of(around, definition, group, history, base_url)
    return definition if uploaded.signature is None else uploaded, environment


def _history(tx: Transaction, build: Build) -> History:
    return History(
        creator=_user(tx, build.created_by),
        unblocker=_user(tx, store.last_unblocker(tx, build.id)),
        origin=origin_of(tx, build),
        commit_is_resolved=meta_data.get(tx, build.id, COMMIT_KEY) is not None,
    )


def _user(tx: Transaction, number: int | None) -> User | None:
    return None if number is None else organizations.find_user(tx, number)
