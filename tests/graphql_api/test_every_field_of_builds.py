"""Every field of pipelines, builds, jobs, annotations and artifacts, and what it truly says."""

from typing import Any

import pytest

from tests.actors import Administrator
from tests.builders import REPOSITORY, Builder, TakenJob, Worker
from tests.graphql_api.test_every_field import (
    ALLOWED,
    AN_HOUR_LATER,
    EPOCH,
    NOTHING,
    REFUSED,
    default_queue,
    its_user,
    node_id,
    read,
)
from tests.server import Served

YAML = """\
env:
  LEVEL: pipeline
steps:
  - command: make
    label: ":hammer: Build"
    key: build
    if: build.branch == "main"
    artifact_paths: dist/*
    priority: 3
    concurrency: 2
    concurrency_group: deploys
    retry:
      automatic:
        - {exit_status: "*", limit: 1}
        - {exit_status: [1, 2], signal: kill, signal_reason: [agent_stop, cancel]}
      manual: {allowed: false, reason: no}
  - wait
  - block: Release?
    key: release
    fields: [{text: Name, key: name, required: false}]
  - trigger: downstream
    label: Next
    async: true
"""
DOWNSTREAM = "steps: [{command: deploy}]"


@pytest.fixture
def builder(server: Served) -> Builder:
    return Builder(server)


@pytest.fixture
async def worker(server: Served) -> Worker:
    return await Worker(server).start()


async def read_job(admin: Administrator, job: dict[str, Any], type_name: str) -> Any:
    return await read(admin, node_id(type_name, job["id"]), type_name)


async def artifact_of(job: TakenJob, content: str = "hello") -> dict[str, Any]:
    """A file that a job has announced and not uploaded."""
    announced = {
        "path": "dist/hello.txt",
        "absolute_path": "/tmp/dist/hello.txt",  # noqa: S108 - no file of ours
        "file_size": len(content),
        "sha1sum": "a" * 40,
        "sha256sum": "b" * 64,
        "content_type": "text/plain",
    }
    body = {"id": "batch", "artifacts": [announced], "upload_destination": ""}
    batch = await job.call("POST", f"jobs/{job.uuid}/artifacts", body)
    return {"id": batch["artifact_ids"][0]}


async def test_a_pipeline_tells_what_it_was_made_with(
    admin: Administrator, builder: Builder
) -> None:
    pipeline = await builder.caller.post(
        builder.path("pipelines"),
        {
            "name": "The App",
            "repository": REPOSITORY,
            "configuration": YAML,
            "description": "All of it",
            "default_branch": "trunk",
            "branch_configuration": "trunk release/*",
            "skip_queued_branch_builds": True,
            "skip_queued_branch_builds_filter": "!trunk",
            "cancel_running_branch_builds": True,
            "cancel_running_branch_builds_filter": "feature/*",
            "default_command_step_timeout": 10,
            "maximum_command_step_timeout": 20,
            "provider_settings": {"filter_enabled": True, "filter_condition": "true"},
            "visibility": "public",
            "tags": ["ruby", "web"],
            "color": "#FFE0F1",
            "emoji": ":rocket:",
            "allow_rebuilds": False,
        },
    )

    told = await read(admin, pipeline["graphql_id"], "Pipeline")

    base = str(admin.server.http.base_url).rstrip("/")
    assert told == {
        "allowRebuilds": False,
        "archived": False,
        "archivedAt": None,
        "archivedBy": None,
        "badgeURL": pipeline["badge_url"],
        "branchConfiguration": "trunk release/*",
        "builds": NOTHING,
        "cancelIntermediateBuilds": True,
        "cancelIntermediateBuildsBranchFilter": "feature/*",
        "cloneMirrorUrl": None,
        "cluster": {"id": await admin.cluster_id()},
        "color": "#FFE0F1",
        "commitShortLength": 10,
        "createdAt": EPOCH,
        "createdBy": await its_user(admin),
        "defaultBranch": "trunk",
        "defaultTimeoutInMinutes": 10,
        "description": "All of it",
        "emoji": ":rocket:",
        "favorite": False,
        "id": node_id("Pipeline", pipeline["id"]),
        "jobs": NOTHING,
        "maximumTimeoutInMinutes": 20,
        "name": "The App",
        "nextBuildNumber": 1,
        "organization": {"id": admin.organization_id},
        "permissions": {
            "buildCreate": ALLOWED,
            "pipelineDelete": ALLOWED,
            "pipelineFavorite": REFUSED,
            "pipelineScheduleCreate": REFUSED,
            "pipelineUpdate": ALLOWED,
        },
        "pipelineTemplate": None,
        "public": True,
        "repository": {
            "provider": {"name": "github", "url": None, "webhookUrl": None},
            "url": REPOSITORY,
        },
        "skipIntermediateBuilds": True,
        "skipIntermediateBuildsBranchFilter": "!trunk",
        "slug": "the-app",
        "steps": {"yaml": YAML},
        "tags": [{"label": "ruby"}, {"label": "web"}],
        "teams": NOTHING,
        "url": f"{base}/sandbox/the-app",
        "uuid": pipeline["id"],
        "visibility": "PUBLIC",
        "webhookURL": None,
    }


async def test_a_pipeline_tells_who_archived_it_and_what_its_builds_are(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of(DOWNSTREAM)
    pipeline = build["pipeline"]
    await admin.advance(3600)

    await builder.caller.post(builder.path("pipelines", pipeline["slug"], "archive"))

    told = await read(admin, pipeline["graphql_id"], "Pipeline")
    assert told["archived"] is True
    assert told["archivedAt"] == AN_HOUR_LATER
    assert told["archivedBy"] == await its_user(admin)
    assert told["nextBuildNumber"] == 2
    assert [edge["node"] for edge in told["builds"]["edges"]] == [{"id": build["graphql_id"]}]
    assert [edge["node"] for edge in told["jobs"]["edges"]] == [{"__typename": "JobTypeCommand"}]


SETTINGS = """query ($slug: ID!) { pipeline(slug: $slug) { repository { provider {
    __typename name
    ... on RepositoryProviderGithub { settings { filterEnabled filterCondition triggerMode
        buildPullRequests buildTags buildReleaseCreated
        issueCommentMatchMode reviewCommentMatchMode
        pullRequestBranchFilterConfiguration } }
    ... on RepositoryProviderBitbucket { settings { filterEnabled buildTags
        mayBeNull: skipBuildsForExistingCommits } }
    ... on RepositoryProviderGitlab { settings { filterEnabled filterCondition } }
    ... on RepositoryProviderUnknown { settings { filterEnabled filterCondition } }
} } } }"""


async def test_a_repository_tells_what_its_service_is_to_do(
    admin: Administrator, builder: Builder
) -> None:
    chosen = {
        "build_tags": True,
        "filter_condition": "build.branch == 'main'",
        "issue_comment_match_mode": "contains",
        "review_comment_match_mode": "",
        "trigger_mode": None,
    }
    slug = await builder.pipeline(DOWNSTREAM, provider_settings=chosen)

    data = await admin.graphql(SETTINGS, slug=f"sandbox/{slug}")

    assert data["pipeline"]["repository"]["provider"] == {
        "__typename": "RepositoryProviderGithub",
        "name": "github",
        "settings": {
            "buildPullRequests": True,
            "buildReleaseCreated": False,
            "buildTags": True,
            "filterCondition": "build.branch == 'main'",
            "filterEnabled": False,
            "issueCommentMatchMode": "CONTAINS",
            "pullRequestBranchFilterConfiguration": None,
            "reviewCommentMatchMode": None,
            "triggerMode": "code",
        },
    }


@pytest.mark.parametrize(
    ("repository", "kind", "told"),
    [
        (
            "git@bitbucket.org:acme/app.git",
            "Bitbucket",
            {"filterEnabled": True, "buildTags": False, "mayBeNull": None},
        ),
        (
            "https://gitlab.com/acme/app.git",
            "Gitlab",
            {"filterEnabled": True, "filterCondition": None},
        ),
        ("/srv/app.git", "Unknown", {"filterEnabled": True, "filterCondition": None}),
    ],
)
async def test_each_service_is_told_in_its_own_words(
    admin: Administrator, builder: Builder, repository: str, kind: str, told: dict[str, Any]
) -> None:
    slug = await builder.pipeline(
        DOWNSTREAM, repository=repository, provider_settings={"filter_enabled": True}
    )

    data = await admin.graphql(SETTINGS, slug=f"sandbox/{slug}")

    provider = data["pipeline"]["repository"]["provider"]
    assert provider["__typename"] == f"RepositoryProvider{kind}"
    assert provider["settings"] == told


async def test_a_build_tells_what_it_was_made_with(admin: Administrator, builder: Builder) -> None:
    await builder.pipeline(DOWNSTREAM, "Downstream")
    build = await builder.build_of(
        YAML,
        commit="a" * 40,
        message="Bump",
        env={"FOO": "bar"},
        meta_data={"release": "1.0"},
        pull_request_id=12,
    )

    told = await read(admin, build["graphql_id"], "Build")

    assert told == {
        "annotations": NOTHING,
        "blockedState": None,
        "branch": "main",
        "cancelReason": None,
        "canceledAt": None,
        "canceledBy": None,
        "commit": "a" * 40,
        "createdAt": EPOCH,
        "createdBy": {"__typename": "User"},
        "env": ["FOO=bar"],
        "failingAt": None,
        "finishedAt": None,
        "id": node_id("Build", build["id"]),
        "jobs": told["jobs"],
        "message": "Bump",
        "metaData": told["metaData"],
        "number": 1,
        "organization": {"id": admin.organization_id},
        "pipeline": {"id": build["pipeline"]["graphql_id"]},
        "pullRequest": {"id": "12"},
        "rebuiltFrom": None,
        "scheduledAt": EPOCH,
        "source": {"name": "api"},
        "startedAt": None,
        "state": "SCHEDULED",
        "triggeredFrom": None,
        "url": build["web_url"],
        "uuid": build["id"],
    }
    assert [edge["node"]["__typename"] for edge in told["jobs"]["edges"]] == [
        "JobTypeTrigger",
        "JobTypeBlock",
        "JobTypeWait",
        "JobTypeCommand",
    ]
    (pair,) = told["metaData"]["edges"]
    assert pair["node"] == {"key": "release", "value": "1.0"}


async def test_a_build_tells_what_becomes_of_it(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        "steps: [{command: a, key: a}, {command: b}, {block: b}, {command: c}]"
    )

    async def told() -> dict[str, Any]:
        everything: dict[str, Any] = await read(admin, build["graphql_id"], "Build")
        return everything

    await admin.advance(3600)
    await worker.run(1)
    failing = await told()
    second = await worker.take()
    await second.start()
    await second.finish()
    failed = await told()

    assert failing["state"] == "FAILING"
    assert failing["startedAt"] == failing["failingAt"] == AN_HOUR_LATER
    assert failed["state"] == "FAILED"
    assert failed["finishedAt"] == AN_HOUR_LATER


async def test_a_blocked_build_tells_what_it_counts_for(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of("steps: [{block: Release?, blocked_state: running}]")

    told = await read(admin, build["graphql_id"], "Build")

    assert (told["state"], told["blockedState"]) == ("BLOCKED", "RUNNING")


async def test_a_canceled_build_tells_who_did_it(admin: Administrator, builder: Builder) -> None:
    build = await builder.build_of(DOWNSTREAM)
    await admin.advance(3600)

    await builder.cancel(build)

    told = await read(admin, build["graphql_id"], "Build")
    assert told["state"] == "CANCELED"
    assert told["canceledAt"] == told["finishedAt"] == AN_HOUR_LATER
    assert told["canceledBy"] == await its_user(admin)


async def test_a_rebuild_tells_what_it_repeats(admin: Administrator, builder: Builder) -> None:
    build = await builder.build_of(DOWNSTREAM)

    again = await builder.rebuild(build)

    told = await read(admin, again["graphql_id"], "Build")
    assert told["rebuiltFrom"] == {"id": build["graphql_id"]}


async def test_a_triggered_build_tells_the_job_that_made_it(
    admin: Administrator, builder: Builder
) -> None:
    await builder.pipeline(DOWNSTREAM, "Downstream")
    build = await builder.build_of("steps: [{trigger: downstream, label: Next, async: true}]")
    (job,) = await builder.jobs(build)

    triggered = await read(admin, node_id("Build", job["triggered_build"]["id"]), "Build")
    trigger = await read_job(admin, job, "JobTypeTrigger")

    assert triggered["triggeredFrom"] == {"id": node_id("JobTypeTrigger", job["id"])}
    assert triggered["source"] == {"name": "trigger_job"}
    assert trigger == {
        "async": True,
        "build": {"id": build["graphql_id"]},
        "id": node_id("JobTypeTrigger", job["id"]),
        "label": "Next",
        "retried": False,
        "retriedBy": None,
        "retriesCount": None,
        "retrySource": None,
        "retryType": None,
        "state": "FINISHED",
        "step": {"conditional": None, "key": None, "uuid": trigger["step"]["uuid"]},
        "triggered": {"id": node_id("Build", job["triggered_build"]["id"])},
        "uuid": job["id"],
    }


async def test_a_command_job_tells_what_it_is_to_do(admin: Administrator, builder: Builder) -> None:
    await builder.pipeline(DOWNSTREAM, "Downstream")
    build = await builder.build_of(YAML)
    job = await builder.job(build, "build")

    told = await read_job(admin, job, "JobTypeCommand")

    assert told == {
        "agent": None,
        "agentQueryRules": job["agent_query_rules"],
        "annotations": NOTHING,
        "artifacts": NOTHING,
        "automaticArtifactUploadPaths": "dist/*",
        "brokenReason": None,
        "build": {"id": build["graphql_id"]},
        "canceledAt": None,
        "cluster": {"id": await admin.cluster_id()},
        "clusterQueue": {"id": (await default_queue(admin))["id"]},
        "command": "make",
        "concurrency": {"group": "deploys", "limit": 2},
        "createdAt": EPOCH,
        "env": told["env"],
        "exitStatus": None,
        "expiredAt": None,
        "finishedAt": None,
        "id": node_id("JobTypeCommand", job["id"]),
        "label": ":hammer: Build",
        "matrix": None,
        "parallelGroupIndex": None,
        "parallelGroupTotal": None,
        "passed": False,
        "pipeline": {"id": build["pipeline"]["graphql_id"]},
        "priority": {"number": 3},
        "promisedExitStatus": None,
        "promisedExitStatusAt": None,
        "retried": False,
        "retriedBy": None,
        "retriesCount": None,
        "retryRules": {
            "automatic": [
                {"exitStatus": "*", "limit": "1", "signal": None, "signalReason": None},
                {
                    "exitStatus": "1,2",
                    "limit": "2",
                    "signal": "kill",
                    "signalReason": "agent_stop,cancel",
                },
            ],
            "manual": False,
        },
        "retrySource": None,
        "retryType": None,
        "runnableAt": EPOCH,
        "scheduledAt": EPOCH,
        "signal": None,
        "signalReason": None,
        "softFailed": False,
        "startedAt": None,
        "state": "SCHEDULED",
        "step": {
            "conditional": 'build.branch == "main"',
            "key": "build",
            "uuid": job["step"]["id"],
        },
        "url": job["web_url"],
        "uuid": job["id"],
    }
    environment = dict(each.split("=", 1) for each in told["env"])
    assert environment["LEVEL"] == "pipeline"
    assert environment["BUILDKITE_JOB_ID"] == job["id"]
    assert environment["BUILDKITE_BUILD_URL"] == build["web_url"]
    assert "BUILDKITE_AGENT_ID" not in environment


async def test_a_command_job_tells_what_its_agent_made_of_it(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        "steps: [{command: make, soft_fail: true, retry: {automatic: false}}]"
    )
    (job,) = await builder.jobs(build)
    await admin.advance(3600)

    taken = await (await worker.take()).start()
    await taken.call("POST", f"jobs/{job['id']}/annotations", {"body": "hi", "scope": "job"})
    artifact = await artifact_of(taken)
    running = await read_job(admin, job, "JobTypeCommand")
    agent = await admin.agent(worker, "id isRunningJob job { ... on JobTypeCommand { uuid } }")
    await taken.finish(3, signal="SIGTERM", signal_reason="cancel")
    ended = await read_job(admin, job, "JobTypeCommand")

    assert agent == {"id": agent["id"], "isRunningJob": True, "job": {"uuid": job["id"]}}
    assert running["agent"] == {"id": agent["id"]}
    assert running["state"] == "RUNNING"
    assert running["startedAt"] == AN_HOUR_LATER
    assert f"BUILDKITE_AGENT_ID={worker.uuid}" in running["env"]
    assert running["annotations"]["count"] == 1
    assert [edge["node"] for edge in running["artifacts"]["edges"]] == [
        {"id": node_id("Artifact", artifact["id"])}
    ]
    assert ended["state"] == "FINISHED"
    assert ended["passed"] is False
    assert ended["softFailed"] is True
    assert ended["exitStatus"] == "3"
    assert ended["signal"] == "SIGTERM"
    assert ended["signalReason"] == "CANCEL"
    assert ended["finishedAt"] == AN_HOUR_LATER


async def test_a_promise_is_told_before_it_is_kept(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(DOWNSTREAM)
    (job,) = await builder.jobs(build)
    taken = await (await worker.take()).start()

    path = f"jobs/{taken.uuid}/promise_failure"
    assert (await taken.send("PUT", path, json={"exit_status": 42})).is_success

    told = await read_job(admin, job, "JobTypeCommand")
    assert (told["promisedExitStatus"], told["promisedExitStatusAt"]) == (42, EPOCH)


async def test_a_retried_job_and_the_one_in_its_place_tell_of_each_other(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(DOWNSTREAM)
    (job,) = await builder.jobs(build)
    await worker.run(1)

    again = await builder.retry(job)
    first = await read_job(admin, job, "JobTypeCommand")
    second = await read_job(admin, again, "JobTypeCommand")

    assert first["retried"] is True
    assert first["retryType"] == "MANUAL"
    assert first["retriedBy"] == await its_user(admin)
    assert first["passed"] is False
    assert first["retrySource"] is None
    assert second["retried"] is False
    assert second["retryType"] is None
    assert second["retriedBy"] is None
    assert second["retriesCount"] == 1
    assert second["retrySource"] == {"__typename": "JobTypeCommand"}


async def test_a_rule_that_retries_is_nobody(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: flaky, retry: {automatic: true}}]")
    (job,) = await builder.jobs(build)

    await worker.run(1)

    told = await read_job(admin, job, "JobTypeCommand")
    assert (told["retryType"], told["retriedBy"]) == ("AUTOMATIC", None)


async def test_jobs_of_a_matrix_and_parallel_ones_tell_which_they_are(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of(
        'steps: [{command: "make {{matrix.os}}", matrix: {setup: {os: [linux]}}},'
        " {command: test, parallelism: 2}]"
    )
    matrix, _, second = [
        await read_job(admin, job, "JobTypeCommand") for job in await builder.jobs(build)
    ]

    assert (matrix["command"], matrix["matrix"]) == ("make linux", '{\n  "os": "linux"\n}')
    assert (second["parallelGroupIndex"], second["parallelGroupTotal"]) == (1, 2)


async def test_jobs_that_never_run_tell_why(admin: Administrator, builder: Builder) -> None:
    build = await builder.build_of('steps: [{command: a, if: "false"}, {command: b, skip: later}]')

    told = [await read_job(admin, job, "JobTypeCommand") for job in await builder.jobs(build)]

    assert [(job["state"], job["brokenReason"]) for job in told] == [
        ("BROKEN", "conditional_failed"),
        ("BROKEN", "later"),
    ]


async def test_a_canceled_job_and_one_given_up_tell_when(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}]")
    canceled, expired = await builder.jobs(build)
    await admin.advance(3600)

    await admin.mutate(
        "jobTypeCommandCancel", "clientMutationId", id=node_id("JobTypeCommand", canceled["id"])
    )
    await admin.advance(31 * 24 * 3600)

    of_canceled = await read_job(admin, canceled, "JobTypeCommand")
    of_expired = await read_job(admin, expired, "JobTypeCommand")
    assert (of_canceled["state"], of_canceled["canceledAt"]) == ("CANCELED", AN_HOUR_LATER)
    assert of_canceled["expiredAt"] is None
    assert of_expired["state"] == "EXPIRED"
    assert of_expired["expiredAt"] == of_expired["finishedAt"] is not None
    assert of_expired["canceledAt"] is None


async def test_waiting_and_block_jobs_tell_what_they_wait_for(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, wait, {block: Go?, key: go}]")
    job = await builder.job(build, "go")
    (wait,) = [each for each in await builder.jobs(build) if each["type"] == "waiter"]

    before = await read_job(admin, job, "JobTypeBlock")
    await worker.run()
    ready = await read_job(admin, job, "JobTypeBlock")
    await admin.advance(3600)
    await builder.unblock(job)
    after = await read_job(admin, job, "JobTypeBlock")
    waited = await read_job(admin, wait, "JobTypeWait")

    common = {
        "build": {"id": build["graphql_id"]},
        "retried": False,
        "retriedBy": None,
        "retriesCount": None,
        "retrySource": None,
        "retryType": None,
    }
    assert (before["state"], before["isUnblockable"]) == ("WAITING", False)
    assert ready == {
        **common,
        "id": node_id("JobTypeBlock", job["id"]),
        "isUnblockable": True,
        "label": "Go?",
        "state": "BLOCKED",
        "step": {"conditional": None, "key": "go", "uuid": ready["step"]["uuid"]},
        "unblockedAt": None,
        "unblockedBy": None,
        "uuid": job["id"],
    }
    assert after == {
        **ready,
        "isUnblockable": False,
        "state": "UNBLOCKED",
        "unblockedAt": AN_HOUR_LATER,
        "unblockedBy": await its_user(admin),
    }
    assert waited == {
        **common,
        "id": node_id("JobTypeWait", wait["id"]),
        "label": None,
        "state": "FINISHED",
        "step": {"conditional": None, "key": None, "uuid": waited["step"]["uuid"]},
        "uuid": wait["id"],
    }


async def test_an_annotation_tells_what_it_says_and_how(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of(DOWNSTREAM)
    payload = await admin.mutate(
        "buildAnnotate",
        "annotation { id uuid }",
        buildID=build["graphql_id"],
        body="Hello *world*!",
        style="INFO",
        priority=7,
        context="greeting",
    )
    made = payload["annotation"]

    told = await read(admin, made["id"], "Annotation")

    assert told == {
        "body": {"html": "<p>Hello <em>world</em>!</p>\n", "text": "Hello *world*!"},
        "context": "greeting",
        "createdAt": EPOCH,
        "id": node_id("Annotation", made["uuid"]),
        "priority": 7,
        "scope": "BUILD",
        "style": "INFO",
        "updatedAt": EPOCH,
        "uuid": made["uuid"],
    }


async def test_an_artifact_tells_what_its_agent_said_of_it(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    await builder.build_of(DOWNSTREAM)
    job = await (await worker.take()).start()
    artifact = await artifact_of(job)

    told = await read(admin, node_id("Artifact", artifact["id"]), "Artifact")

    assert told == {
        "downloadURL": "",
        "expiresAt": "2026-04-01T00:00:00Z",
        "id": node_id("Artifact", artifact["id"]),
        "job": {"id": node_id("JobTypeCommand", job.uuid)},
        "mimeType": "text/plain",
        "path": "dist/hello.txt",
        "sha1sum": "a" * 40,
        "sha256sum": "b" * 64,
        "size": 5,
        "state": "new",
        "uuid": artifact["id"],
    }
