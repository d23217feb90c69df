"""What a job can have claimed of itself."""

from typing import Any

from mock_buildkite.errors import InvalidStateError
from mock_buildkite.jobs import surroundings_store
from mock_buildkite.jobs.lifecycle import STARTED
from mock_buildkite.jobs.model import Authority
from mock_buildkite.oidc import model
from mock_buildkite.oidc.model import Facts, Request
from mock_buildkite.signing import numeric_date
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

_TAG_SEPARATOR = "="


def claims(
    tx: Transaction, world: World, authority: Authority, request: Request, issuer: str
) -> dict[str, Any]:
    """The claims of a token for a job, to be signed.

    Issued at the present of the machine: whoever verifies it lives outside the world, and knows
    nothing of how far a test has moved the world's clock.

    Raises:
        InvalidInputError: a claim is not known, or the lifetime is out of bounds.
        InvalidStateError: the job has not started.
    """
    model.checked(request)
    if authority.job.state not in STARTED:
        msg = "Only a running job can request an OIDC token"
        raise InvalidStateError(msg)
    return model.claims(
        request,
        _facts(tx, authority),
        issuer=issuer,
        token_id=world.ids.uuid(),
        issued_at=numeric_date(world.clock.present().now()),
    )


def _facts(tx: Transaction, authority: Authority) -> Facts:
    around = surroundings_store.find(tx, authority.job.id)
    cluster, queue, agent = around.cluster, surroundings_store.queue_of(tx, around), around.agent
    assert agent is not None  # noqa: S101 - it is the one that calls
    is_hosted = queue is not None and queue.hosted_agents is not None
    # Of several tags of one name the first one counts. Unverified.
    tags = reversed([tag.partition(_TAG_SEPARATOR) for tag in agent.tags])
    return Facts(
        organization_id=around.organization.uuid,
        organization_slug=around.organization.slug,
        pipeline_id=around.pipeline.uuid,
        pipeline_slug=around.pipeline.slug,
        cluster_id=None if cluster is None else cluster.uuid,
        cluster_name=None if cluster is None else cluster.name,
        queue_id=None if queue is None else queue.uuid,
        queue_key=None if queue is None else queue.key,
        build_id=around.build.uuid,
        build_number=around.build.number,
        build_branch=around.build.branch,
        build_tag=around.build.tag,
        build_commit=around.build.commit,
        build_source=around.build.source.value,
        step_key=around.step.key,
        job_id=around.job.uuid,
        agent_id=agent.uuid,
        runner_environment="buildkite-hosted" if is_hosted else "self-hosted",
        agent_tags={name: value for name, _, value in tags},
    )
