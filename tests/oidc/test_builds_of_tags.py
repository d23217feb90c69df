"""Builds of tags, which come of webhooks only: what their tokens claim."""

from mock_buildkite.oidc.model import Facts, Request, claims

FACTS = Facts(
    organization_id="5bd0b5a1-41a0-4a9c-9c43-4d1f6c7f4b10",
    organization_slug="acme-inc",
    pipeline_id="0a6d9b36-6d0e-4f8e-8b0c-8b3a3d7a9d6e",
    pipeline_slug="super-duper-app",
    cluster_id=None,
    cluster_name=None,
    queue_id=None,
    queue_key=None,
    build_id="f0f2a1f7-4f5c-4d2a-9d8e-2c1b0a9f8e7d",
    build_number=1,
    build_branch="v1.0.0",
    build_tag="v1.0.0",
    build_commit="9f3182061f1e2cca4702c368cbc039b7dc9d4485",
    build_source="webhook",
    step_key="build",
    job_id="2d1c0b9a-8f7e-4d6c-9b4a-3f2e1d0c9b8a",
    agent_id="7e6d5c4b-3a2f-4e1d-8c0b-9a8f7e6d5c4b",
    runner_environment="self-hosted",
    agent_tags={},
)


def test_the_tag_is_claimed_and_is_the_ref_of_the_subject() -> None:
    claimed = claims(Request(), FACTS, issuer="http://issuer", token_id="1", issued_at=1669014898)

    assert claimed["build_tag"] == "v1.0.0"
    assert claimed["sub"] == (
        "organization:acme-inc:pipeline:super-duper-app:ref:refs/tags/v1.0.0"
        ":commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:build"
    )


def test_it_may_be_an_aws_session_tag_too() -> None:
    request = Request(aws_session_tags=["build_tag", "build_number"])

    claimed = claims(request, FACTS, issuer="http://issuer", token_id="1", issued_at=1669014898)

    tags = claimed["https://aws.amazon.com/tags"]["principal_tags"]
    assert tags == {"build_tag": ["v1.0.0"], "build_number": ["1"]}
