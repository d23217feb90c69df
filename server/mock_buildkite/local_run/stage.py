"""What a build needs in the world: a pipeline, queues, an agent token, and somebody who runs it."""

import json
import shlex
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens import store as access_tokens_store
from mock_buildkite.access_tokens.model import SCOPES, Caller
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build, NewBuild, Source
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters import store as clusters_store
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.jobs.model import Job
from mock_buildkite.local_run.agents import Group
from mock_buildkite.local_run.errors import RefusedError
from mock_buildkite.local_run.plan import Plan
from mock_buildkite.meta_data.model import check_pair
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization, Role
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import NewPipeline, Pipeline
from mock_buildkite.queues import service as queues
from mock_buildkite.queues import store as queues_store
from mock_buildkite.queues.model import DEFAULT_KEY, NewQueue, Queue, tag_for
from mock_buildkite.settings import TokenEra
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow.dispatch import satisfies
from mock_buildkite.world import World

DESCRIPTION = "mock-buildkite run"
UPLOAD_LABEL = "Pipeline upload"
ALONE = "local"
"""What agents are called if there is only one queue."""


class Stage(Struct, frozen=True):
    """Where a build takes place."""

    pipeline: Pipeline
    person: Caller
    """Who runs it: the one in whose name git commits."""
    agent_token: str
    groups: dict[Group, Queue | None]
    """The agents that there are to be, and the queue of each group; None outside clusters."""
    build: Build

    def takes(self, job: Job, groups: Collection[Group]) -> bool:
        """Whether one of some groups has agents that could take a job."""
        for group in groups:
            queue, rules = self.groups[group], job.agent_query_rules
            if queue is None and not any(rule.startswith(tag_for("")) for rule in rules):
                rules = (*rules, tag_for(DEFAULT_KEY))
            if (queue is None or queue.id == job.queue_id) and satisfies(group.tags, rules):
                return True
        return False


def set_up(tx: Transaction, world: World, plan: Plan, pipeline_path: Path) -> Stage:
    """Put the build into the world's first organization and cluster, with all that it needs.

    Raises:
        RefusedError: the seed has no organization.
        BuildkiteError: something that the options say cannot be.
    """
    for key, value in plan.wishes.meta_data.items():
        check_pair(key, value)
    organization = next(iter(organizations.list_all(tx)), None)
    if organization is None:
        msg = "the seed has no organization"
        raise RefusedError(msg)
    person = _person(tx, world, plan, organization)
    cluster = None
    if world.settings.token_era is TokenEra.CURRENT:
        all_clusters = clusters_store.list_by_name(tx, organization)
        cluster = min(all_clusters, key=lambda each: each.id, default=None)
    groups = _groups(tx, world, person, plan, cluster)
    first = next(iter(groups))
    minted = agent_tokens.mint(
        tx,
        world,
        world.ids,
        organization.id,
        None if cluster is None else cluster.id,
        description=DESCRIPTION,
        created_by=person.user.id,
    )
    new = NewPipeline(
        name=plan.repository.name,
        slug=plan.repository.slug,
        repository=str(plan.repository.root),
        configuration=_configuration(pipeline_path, first.tags[0]),
        default_branch=plan.repository.default_branch(plan.revision.branch),
    )
    pipeline = pipelines.add(tx, world.ids, organization, cluster, new, person.user.id)
    build = builds.create(tx, world, pipeline, _new_build(plan, person))
    return Stage(pipeline, person, minted.value, groups, build)


def _new_build(plan: Plan, person: Caller) -> NewBuild:
    revision, wishes = plan.revision, plan.wishes
    env = dict(wishes.env)
    if not revision.is_on_branch:
        # Agents look for a commit on its branch, and some refuse it elsewhere: tell where it is.
        env.setdefault("BUILDKITE_REFSPEC", revision.commit)
    return NewBuild(
        commit=revision.commit,
        branch=revision.branch,
        message=plan.message,
        source=Source.LOCAL,
        env=env,
        meta_data=wishes.meta_data,
        author=revision.author,
        created_by=person.user.id,
    )


def _person(tx: Transaction, world: World, plan: Plan, organization: Organization) -> Caller:
    """Whoever git says works here, as an administrator of the organization."""
    name, email = plan.repository.identity()
    user = organizations.find_user_by_email(tx, email)
    if user is None:
        user = organizations.insert_user(tx, world.ids.uuid(), email, name)
    organizations.insert_member(tx, organization, user, Role.ADMIN)
    token, _ = access_tokens.create(
        tx, world.ids, user, description=DESCRIPTION, scopes=SCOPES, organizations=None
    )
    return Caller(user, access_tokens_store.reach(tx, token))


def _groups(
    tx: Transaction, world: World, person: Caller, plan: Plan, cluster: Cluster | None
) -> dict[Group, Queue | None]:
    """A group of agents for each queue that was asked for; the first one becomes the default.

    Outside clusters queues need not be made, and an agent can be in several.
    """
    wishes = plan.wishes
    if cluster is None:
        keys = dict.fromkeys([*wishes.queues, DEFAULT_KEY])
        tags = (*map(tag_for, keys), *wishes.tags)
        return {Group(ALONE, tags, wishes.agents): None}
    default = queues_store.find_default(tx, cluster.id)
    keys = dict.fromkeys(wishes.queues or [DEFAULT_KEY if default is None else default.key])
    groups: dict[Group, Queue | None] = {}
    for key in keys:
        queue = queues.find_by_key(tx, cluster.id, key)
        if queue is None:
            queue = queues.add(tx, world.ids, cluster, NewQueue(key), person.user.id)
        if not groups:
            clusters.set_default_queue(tx, cluster, queue.id)
        name = ALONE if len(keys) == 1 else key
        groups[Group(name, (tag_for(key), *wishes.tags), wishes.agents)] = queue
    return groups


def _configuration(pipeline_path: Path, queue_tag: str) -> str:
    """The pipeline as it is on Buildkite as well: one step, which uploads the others."""
    command = f"buildkite-agent pipeline upload {shlex.quote(str(pipeline_path))}"
    step = {
        "label": UPLOAD_LABEL,
        "command": command.replace("$", "$$"),
        "agents": [queue_tag],
    }
    return json.dumps({"steps": [step]})
