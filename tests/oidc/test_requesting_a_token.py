"""OIDC tokens: what they claim, what a job can choose, and who is given none."""

from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from tests.actors import Administrator, Refused, Visitor, status_of
from tests.builders import Builder, Worker
from tests.jobs import Job, Work
from tests.oidc.verifiers import Verifier
from tests.server import Served
from tests.shapes import UUID

COMMIT = "9f3182061f1e2cca4702c368cbc039b7dc9d4485"


async def test_a_token_claims_what_is_documented(server: Served, worker: Worker) -> None:
    job = await Job.on(worker, Work(commit=COMMIT))
    before = int(datetime.now(UTC).timestamp())  # noqa: TID251 - the verifier's own

    claims = await Verifier(server).claims(await job.oidc_token())

    assert before <= claims["iat"] <= before + 5
    assert UUID.fullmatch(claims.pop("jti"))
    assert claims == {
        "iss": server.url,
        "sub": f"organization:sandbox:pipeline:app:ref:refs/heads/main:commit:{COMMIT}:step:build",
        "aud": "https://buildkite.com/sandbox",
        "iat": claims["iat"],
        "nbf": claims["iat"],
        "exp": claims["iat"] + 300,
        "organization_slug": "sandbox",
        "pipeline_slug": "app",
        "build_number": 1,
        "build_branch": "main",
        "build_commit": COMMIT,
        "step_key": "build",
        "job_id": job.uuid,
        "agent_id": worker.uuid,
        "build_source": "api",
        "runner_environment": "self-hosted",
    }


async def test_a_step_without_a_key_has_none_to_claim(server: Served, worker: Worker) -> None:
    job = await Job.on(worker, Work(commit=COMMIT, step_key=None))

    claims = await Verifier(server).claims(await job.oidc_token())

    assert claims["step_key"] is None
    assert claims["sub"] == (
        f"organization:sandbox:pipeline:app:ref:refs/heads/main:commit:{COMMIT}:step:"
    )


async def test_audience_and_lifetime_are_chosen(server: Served, job: Job) -> None:
    token = await job.oidc_token(audience="sts.amazonaws.com", lifetime=86_400)

    claims = await Verifier(server).claims(token, "sts.amazonaws.com")

    assert claims["aud"] == "sts.amazonaws.com"
    assert claims["exp"] == claims["iat"] + 86_400


@pytest.mark.parametrize("body", [{"lifetime": 0}, {"audience": "", "subject_claim": ""}])
async def test_what_is_empty_is_the_default(server: Served, job: Job, body: dict[str, Any]) -> None:
    claims = await Verifier(server).claims(await job.oidc_token(**body))

    assert claims["exp"] == claims["iat"] + 300


async def test_optional_claims_are_added_where_they_are_asked_for(
    server: Served, admin: Administrator, job: Job
) -> None:
    names = ["organization_id", "pipeline_id", "build_id", "cluster_id", "cluster_name"]
    names += ["queue_id", "queue_key", "agent_tag:os", "agent_tag:gpu", "organization_slug"]

    claims = await Verifier(server).claims(await job.oidc_token(claims=names))

    found = await admin.graphql(
        "query ($slug: ID!, $cluster: ID!) { organization(slug: $slug) { uuid"
        " cluster(id: $cluster) { queues(first: 1) { edges { node { uuid } } } } } }",
        slug="sandbox",
        cluster=server.facts["cluster_id"],
    )
    organization = found["organization"]
    assert claims["organization_id"] == organization["uuid"]
    assert claims["cluster_id"] == server.facts["cluster_id"]
    assert claims["cluster_name"] == "Default cluster"
    assert claims["queue_id"] == organization["cluster"]["queues"]["edges"][0]["node"]["uuid"]
    assert claims["queue_key"] == "default"
    assert claims["agent_tag:os"] == "linux"
    assert claims["agent_tag:gpu"] is None
    assert UUID.fullmatch(claims["pipeline_id"])
    assert UUID.fullmatch(claims["build_id"])


async def test_aws_session_tags_are_texts_in_lists(server: Served, worker: Worker) -> None:
    job = await Job.on(worker, Work(step_key=None))
    tags = ["organization_slug", "build_number", "step_key", "build_tag", "queue_key"]

    claims = await Verifier(server).claims(await job.oidc_token(aws_session_tags=tags))

    assert claims["https://aws.amazon.com/tags"] == {
        "principal_tags": {
            "organization_slug": ["sandbox"],
            "build_number": ["1"],
            "step_key": [""],
            "build_tag": [""],
            "queue_key": ["default"],
        }
    }
    assert "queue_key" not in claims


@pytest.mark.parametrize(
    "name",
    ["organization_id", "pipeline_id", "cluster_id", "queue_id", "build_id", "job_id", "agent_id"],
)
async def test_the_subject_may_be_what_never_changes(server: Served, job: Job, name: str) -> None:
    claims = await Verifier(server).claims(await job.oidc_token(subject_claim=name))

    assert claims["sub"] == claims[name]
    assert UUID.fullmatch(claims["sub"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"claims": ["organization_id", "color"]}, "Claim 'color' is not known"),
        ({"claims": ["sub"]}, "Claim 'sub' is not known"),
        ({"claims": ["agent_tag:"]}, "Claim 'agent_tag:' is not known"),
        ({"claims": ["agent_tags"]}, "Claim 'agent_tags' is not known"),
        ({"aws_session_tags": ["color"]}, "AWS session tag 'color' is not known"),
        ({"subject_claim": "pipeline_slug"}, "Subject claim 'pipeline_slug' is not one of"),
        ({"lifetime": -1}, "Lifetime must be between 0 and 86400 seconds"),
        ({"lifetime": 86_401}, "Lifetime must be between 0 and 86400 seconds"),
        ({"lifetime": "60"}, "Expected `int | null`, got `str` - at `$.lifetime`"),
        ({"audience": ["a"]}, "at `$.audience`"),
        ({"claims": "organization_id"}, "at `$.claims`"),
    ],
)
async def test_what_cannot_be_claimed_is_refused_by_its_name(
    job: Job, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await job.oidc_token(**body)

    assert refused.value.status == 422
    assert message in refused.value.message


async def test_outside_clusters_there_is_no_cluster_to_claim(
    server: Served, admin: Administrator
) -> None:
    planted = await admin.seed({"organizations": [{"slug": "loose", "clusters": []}]})
    [loose] = planted["organizations"]
    job = await Job.on(
        await Worker(server, loose["unclustered_agent_token"]).start(),
        builder=Builder(server, loose["api_access_token"], "loose"),
    )

    claims = await Verifier(server).claims(
        await job.oidc_token(claims=["cluster_id", "queue_key"], aws_session_tags=["cluster_id"]),
        "https://buildkite.com/loose",
    )

    assert (claims["cluster_id"], claims["queue_key"]) == (None, None)
    assert claims["https://aws.amazon.com/tags"] == {"principal_tags": {"cluster_id": [""]}}
    with pytest.raises(Refused, match="This job has no cluster_id"):
        await job.oidc_token(subject_claim="cluster_id")


async def test_hosted_agents_say_so(server: Served, admin: Administrator) -> None:
    await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id }",
        organizationId=admin.organization_id,
        clusterId=await admin.cluster_id(),
        key="hosted",
        hostedAgents={"instanceShape": "LINUX_AMD64_2X4"},
    )
    hosted = await Worker(server).start(meta_data=["queue=hosted"])
    job = await Job.on(hosted, Work(queue="hosted"))

    claims = await Verifier(server).claims(await job.oidc_token())

    assert claims["runner_environment"] == "buildkite-hosted"


async def test_a_job_gets_one_from_its_start_until_its_end(server: Served, worker: Worker) -> None:
    job = await Job.on(worker, Work(is_started=False))
    accepted = await status_of(job.oidc_token())

    await job.taken.start()
    running = await status_of(job.oidc_token())
    await Builder(server).cancel(job.build)
    canceling = await status_of(job.oidc_token())
    await job.taken.finish(255)
    ended = await status_of(job.oidc_token())

    assert (accepted, running, canceling, ended) == (422, 200, 200, 401)


async def test_a_job_that_took_too_long_still_gets_one(
    admin: Administrator, worker: Worker
) -> None:
    job = await Job.on(worker, Work(timeout_in_minutes=5))

    await admin.advance(301)

    assert await job.taken.state() == "timing_out"
    assert await status_of(job.oidc_token()) == 200


async def test_only_the_own_job_gets_one(server: Served, job: Job) -> None:
    other = await Job.on(await Worker(server).start("other"))

    assert await status_of(other.oidc_token(of=job.uuid)) == 403
    unknown = "00000000-0000-4000-8000-000000000000"
    assert await status_of(other.oidc_token(of=unknown)) == 404


async def test_an_oidc_token_opens_nothing_here(visitor: Visitor, job: Job) -> None:
    token = await job.oidc_token()

    for value in (token, f"bkaj_{token}"):
        answer = await visitor.send(
            "GET",
            f"/v3/jobs/{job.uuid}/secrets?key=A",
            headers={"Authorization": f"Token {value}"},
        )
        assert answer.status_code == 401


async def test_the_answer_is_not_kept_by_anybody(job: Job) -> None:
    answer = await job.ask("POST", "oidc/tokens")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert list(answer.json()) == ["token"]


async def test_the_header_names_the_key_and_nothing_else(job: Job) -> None:
    header = jwt.get_unverified_header(await job.oidc_token())

    assert set(header) == {"alg", "kid"}
    assert header["alg"] == "RS256"


async def test_the_time_in_it_is_the_machines_however_far_the_world_is(
    server: Served, admin: Administrator, job: Job
) -> None:
    await admin.advance(7200)

    claims = await Verifier(server).claims(await job.oidc_token())

    now = datetime.now(UTC).timestamp()  # noqa: TID251 - the verifier's own
    assert abs(claims["iat"] - now) < 5
