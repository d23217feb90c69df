"""Queries of the same shape as the documentation's examples of pipelines, builds and jobs.

Left out are those that name something that is not served: teams, metrics, schedules.

Source: pages/apis/graphql/cookbooks/pipelines.md, builds.md, jobs.md and artifacts.md;
pages/pipelines/configure/annotations.md.
"""

from typing import Any

import pytest

from tests.actors import Administrator
from tests.artifacts.actors import Uploader
from tests.builders import Builder, Worker
from tests.graphql_api.test_documented_examples import nodes, run
from tests.server import Served

YAML = "steps: [{command: make, label: Make, agents: {queue: default}}]"
FROM, TO = "2026-01-01T00:00:00", "2026-01-02T00:00:00"


@pytest.fixture
def builder(server: Served) -> Builder:
    return Builder(server)


@pytest.fixture
async def build(builder: Builder) -> dict[str, Any]:
    """One that an agent has run."""
    build = await builder.build_of(YAML, message="Bump")
    await (await Worker(builder.server).start()).run()
    return build


def slugs(build: dict[str, Any]) -> dict[str, str]:
    """What stands for a build's placeholders."""
    pipeline = build["pipeline"]
    return {
        "pipeline": f"sandbox/{pipeline['slug']}",
        "build": f"sandbox/{pipeline['slug']}/{build['number']}",
        "uuid": build["id"],
    }


async def test_a_pipeline_is_made_with_the_uuid_of_a_cluster(admin: Administrator) -> None:
    ids = await run(
        admin,
        """query getOrganizationTeamAndClusterIds {
  organization(slug: "sandbox") {
    id
    clusters(first: 10) {
      edges { node { name uuid color description } }
    }
  }
}""",
    )
    (cluster,) = nodes(ids["organization"]["clusters"])

    made = await run(
        admin,
        """mutation createPipeline {
  pipelineCreate(input: {
    organizationId: "<organization>"
    name: "My Pipeline"
    repository: {url: "git@github.com:acme-inc/app.git"}
    clusterId: "<cluster>"
    steps: { yaml: "steps:\\n - command: \\"buildkite-agent pipeline upload\\"" }
  }) {
    pipeline {
      id
      name
    }
  }
}""",
        organization=ids["organization"]["id"],
        cluster=cluster["uuid"],
    )

    assert made["pipelineCreate"]["pipeline"]["name"] == "My Pipeline"
    found = await run(
        admin, 'query { pipeline(slug: "sandbox/my-pipeline") { id steps { yaml } } }'
    )
    assert found["pipeline"] == {
        "id": made["pipelineCreate"]["pipeline"]["id"],
        "steps": {"yaml": 'steps:\n - command: "buildkite-agent pipeline upload"'},
    }


async def test_pipelines_are_listed_with_their_repositories_and_webhooks(
    admin: Administrator, build: dict[str, Any]
) -> None:
    slug = build["pipeline"]["slug"]

    recent = await run(
        admin,
        """query RecentPipelineSlugs {
  organization(slug: "sandbox") {
    pipelines(first: 500) { edges { node { slug } } }
  }
}""",
    )
    repositories = await run(
        admin,
        """query GetPipelinesRepositories{
  organization(slug: "sandbox") {
    pipelines(first: 100) { edges { node { name repository { url } } } }
  }
}""",
    )
    by_part = await run(
        admin,
        """query GetPipelineUUID {
  organization(slug: "sandbox") {
    pipelines(first: 50, search: "app") { edges { node { slug uuid } } }
  }
}""",
    )
    webhooks = await run(
        admin,
        """query GetPipelineWebhooks {
  organization(slug: "sandbox") {
    pipelines(first: 500) { edges { node { slug webhookURL } } }
  }
}""",
    )

    assert nodes(recent["organization"]["pipelines"]) == [{"slug": slug}]
    assert nodes(repositories["organization"]["pipelines"]) == [
        {"name": build["pipeline"]["name"], "repository": {"url": build["pipeline"]["repository"]}}
    ]
    assert nodes(by_part["organization"]["pipelines"]) == [
        {"slug": slug, "uuid": build["pipeline"]["id"]}
    ]
    assert nodes(webhooks["organization"]["pipelines"]) == [{"slug": slug, "webhookURL": None}]


async def test_a_pipeline_tells_of_its_builds(admin: Administrator, build: dict[str, Any]) -> None:
    found = await run(
        admin,
        """query GetPipelineInfo {
  pipeline(uuid: "<pipeline>") {
    slug
    uuid
    builds(first:50){ edges { node { state message } } }
  }
}""",
        pipeline=build["pipeline"]["id"],
    )

    assert nodes(found["pipeline"]["builds"]) == [{"state": "PASSED", "message": "Bump"}]


async def test_pipelines_are_archived_brought_back_and_deleted_several_at_once(
    admin: Administrator, builder: Builder
) -> None:
    for name in ("One", "Two"):
        await builder.pipeline(YAML, name)
    found = await run(
        admin,
        'query { organization(slug: "sandbox") { pipelines(order: NAME)'
        " { edges { node { id name } } } } }",
    )
    one, two = nodes(found["organization"]["pipelines"])
    ids = {"one": one["id"], "two": two["id"]}

    archived = await run(
        admin,
        """mutation PipelinesArchive {
  pipeline1: pipelineArchive(input: {
    id: "<one>"
  })
  {
    pipeline {
      id
      name
    }
  }

  pipeline2: pipelineArchive(input: {
    id: "<two>"
  })
  {
    pipeline {
      id
      name
    }
  }
}""",
        **ids,
    )
    back = await run(
        admin,
        'mutation PipelineUnarchive { pipelineUnarchive(input: { id: "<one>" })'
        " { pipeline { id name } } }",
        **ids,
    )
    deleted = await run(
        admin,
        """mutation PipelinesDelete {
  pipeline1: pipelineDelete(input: {
    id: "<one>"
  })
  {
    deletedPipelineID
  }

  pipeline2: pipelineDelete(input: {
    id: "<two>"
  })
  {
    deletedPipelineID
  }
}""",
        **ids,
    )

    assert archived == {"pipeline1": {"pipeline": one}, "pipeline2": {"pipeline": two}}
    assert back["pipelineUnarchive"]["pipeline"] == one
    assert deleted == {
        "pipeline1": {"deletedPipelineID": one["id"]},
        "pipeline2": {"deletedPipelineID": two["id"]},
    }


async def test_a_build_is_told_of_by_uuid_and_by_slug(
    admin: Administrator, build: dict[str, Any]
) -> None:
    by_uuid = await run(
        admin,
        """query GetBuilds {
  build(uuid: "<uuid>") {
    id
    number
    url
  }
}""",
        **slugs(build),
    )
    environment = await run(
        admin,
        """query GetEnvVarsBuild {
  build(slug:"<build>") {
    message
    jobs(first: 10, state:FINISHED) {
      edges {
        node {
          ... on JobTypeCommand {
            label
            env
          }
        }
      }
    }
  }
}""",
        **slugs(build),
    )
    time = await run(
        admin,
        """query GetTotalBuildRunTime {
  build(slug: "<build>") {
    pipeline { name }
    url
    startedAt
    finishedAt
  }
}""",
        **slugs(build),
    )
    payload = await run(
        admin,
        """query GetWebhookPayLoad {
  build(uuid:"<uuid>") {
    source{
      ... on BuildSourceWebhook {
        headers
        payload
      }
    }
  }
}""",
        **slugs(build),
    )

    told = {"id": build["graphql_id"], "number": 1, "url": build["web_url"]}
    assert by_uuid["build"] == told
    assert environment["build"]["message"] == "Bump"
    (job,) = nodes(environment["build"]["jobs"])
    assert job["label"] == "Make"
    assert "BUILDKITE_COMMAND=make" in job["env"]
    assert time["build"] == {
        "pipeline": {"name": build["pipeline"]["name"]},
        "url": build["web_url"],
        "startedAt": "2026-01-01T00:00:00Z",
        "finishedAt": "2026-01-01T00:00:00Z",
    }
    assert payload["build"] == {"source": {}}  # it came of no webhook


async def test_builds_are_listed_and_counted(admin: Administrator, build: dict[str, Any]) -> None:
    builds = await run(
        admin,
        """query GetBuilds {
  pipeline(slug: "<pipeline>") {
    builds(first: 10) { edges { node { id uuid number url } } }
  }
}""",
        **slugs(build),
    )
    latest = await run(
        admin,
        """query {
  organization(slug: "sandbox") {
    pipelines(first: 500) {
      count
      pageInfo { endCursor hasNextPage }
      edges {
        node {
          name
          slug
          builds(first: 1) { edges { node { createdAt } } }
        }
      }
    }
  }
}""",
    )
    between = await run(
        admin,
        """query PipelineBuildCountForPeriod {
  pipeline(slug: "<pipeline>") {
    builds(
      createdAtFrom:"<from>",
      createdAtTo:"<to>"
    ) {
      count
      edges{ node{ createdAt finishedAt id } }
    }
  }
}""",
        **slugs(build),
        **{"from": FROM, "to": TO},
    )
    on_branch = await run(
        admin,
        """query PipelineBuildCountForBranchQuery {
  pipeline(slug:"<pipeline>") {
    builds(branch:"main", createdAtTo:"<to>") {
      count
    }
  }
}""",
        **slugs(build),
        to=TO,
    )
    running = await run(
        admin,
        """query {
  organization(slug: "sandbox") {
    pipelines(first: 10) {
      edges {
        node {
          name
          slug
          builds(first: 10, createdAtFrom: "<from>", createdAtTo: "<to>", state: RUNNING) {
            edges { node { id number message state url } }
          }
        }
      }
    }
  }
}""",
        **{"from": FROM, "to": TO},
    )

    assert [each["uuid"] for each in nodes(builds["pipeline"]["builds"])] == [build["id"]]
    (pipeline,) = nodes(latest["organization"]["pipelines"])
    assert nodes(pipeline["builds"]) == [{"createdAt": "2026-01-01T00:00:00Z"}]
    assert between["pipeline"]["builds"]["count"] == 1
    assert on_branch["pipeline"]["builds"] == {"count": 1}
    (pipeline,) = nodes(running["organization"]["pipelines"])
    assert nodes(pipeline["builds"]) == []


async def test_the_next_build_number_is_raised_and_a_build_has_it(
    admin: Administrator, builder: Builder
) -> None:
    await builder.pipeline(YAML)
    found = await run(
        admin,
        """query GetPipelineID {
  organization(slug: "sandbox") {
    pipelines(first: 50, search: "app") { edges { node { slug id } } }
  }
}""",
    )
    (pipeline,) = nodes(found["organization"]["pipelines"])

    updated = await run(
        admin,
        """mutation PipelineUpdate {
  pipelineUpdate(input: {
  id: "<pipeline>",
  nextBuildNumber: 300
  }) {
    pipeline {
      name
      nextBuildNumber
    }
  }
}""",
        pipeline=pipeline["id"],
    )
    made = await run(
        admin,
        """  mutation createBuild {
    buildCreate(
      input: {
        commit: "abc123"
        branch: "main"
        pipelineID: "<pipeline>"
      }
    ) {
      build {
        number
      }
    }
  }""",
        pipeline=pipeline["id"],
    )

    assert updated["pipelineUpdate"]["pipeline"] == {"name": "App", "nextBuildNumber": 300}
    assert made["buildCreate"]["build"] == {"number": 300}


@pytest.mark.usefixtures("build")
async def test_jobs_are_listed_by_queue_and_by_concurrency_group(
    admin: Administrator, builder: Builder
) -> None:
    await builder.build_of(
        "steps: [{command: a, concurrency: 1, concurrency_group: name},"
        " {command: b, concurrency: 1, concurrency_group: name}]"
    )

    in_queue = await run(
        admin,
        """query PipelineRecentBuildLastJobQueue {
  organization(slug: "sandbox") {
    pipelines(first: 500) {
      edges {
        node {
          slug
          builds(first: 1) {
            edges {
              node {
                number
                jobs(state: FINISHED, first: 1, agentQueryRules: "queue=default") {
                  edges {
                    node {
                      ... on JobTypeCommand {
                        uuid
                        agentQueryRules
                        createdAt
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}""",
    )
    limited = await run(
        admin,
        """query getConcurrency {
  organization(slug: "sandbox") {
    jobs(first:100,concurrency:{group:"name"}, type:[COMMAND], state:[LIMITED,WAITING,ASSIGNED]) {
      edges {
        node {
          ... on JobTypeCommand {
            url
            createdAt
          }
        }
      }
    }
  }
}""",
    )

    *_, pipeline = nodes(in_queue["organization"]["pipelines"])
    (of_build,) = nodes(pipeline["builds"])
    (job,) = nodes(of_build["jobs"])
    assert job["agentQueryRules"] == ["queue=default"]
    # One waits for the other, which the idle agent was given.
    assert len(nodes(limited["organization"]["jobs"])) == 2


async def test_jobs_tell_of_their_time_their_agent_and_their_build(
    admin: Administrator, builder: Builder, build: dict[str, Any]
) -> None:
    (job,) = await builder.jobs(build)
    ids = {**slugs(build), "job": job["id"], "agent": f"sandbox/{job['agent']['id']}"}

    of_agent = await run(
        admin,
        """query AgentJobs {
  agent(slug: "<agent>") {
    jobs(first: 10) {
      edges {
        node {
          ... on JobTypeCommand {
            state
            build {
              state
            }
          }
        }
      }
    }
  }
}""",
        **ids,
    )
    times = await run(
        admin,
        """query GetJobRunTimeByBuild {
  build(slug: "<build>") {
    jobs(first: 1) {
      edges {
        node {
          ... on JobTypeCommand {
            startedAt
            finishedAt
            uuid
          }
        }
      }
    }
  }
}""",
        **ids,
    )
    by_uuid = await run(
        admin,
        """query GetJob {
  job(uuid: "<job>") {
    ... on JobTypeCommand {
      id
      uuid
      createdAt
      scheduledAt
      finishedAt
      pipeline{
        name
      }
      build{
        id
        number
        pipeline{
          name
        }
      }
    }
  }
}""",
        **ids,
    )

    moment = "2026-01-01T00:00:00Z"
    name = {"name": build["pipeline"]["name"]}
    assert nodes(of_agent["agent"]["jobs"]) == [{"state": "FINISHED", "build": {"state": "PASSED"}}]
    assert nodes(times["build"]["jobs"]) == [
        {"startedAt": moment, "finishedAt": moment, "uuid": job["id"]}
    ]
    assert by_uuid["job"] == {
        "id": by_uuid["job"]["id"],
        "uuid": job["id"],
        "createdAt": moment,
        "scheduledAt": moment,
        "finishedAt": moment,
        "pipeline": name,
        "build": {"id": build["graphql_id"], "number": 1, "pipeline": name},
    }


async def test_a_job_is_canceled_and_tells_what_it_was_retried_from(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of("steps: [{command: flaky}]")
    (job,) = await builder.jobs(build)
    await (await Worker(builder.server).start()).run(1)
    again = await builder.retry(job)

    retry = await run(
        admin,
        """query GetJobRetryInformation {
  job(uuid: "<job>") {
    ... on JobTypeCommand {
      retrySource {
        ... on JobInterface {
          uuid
          retried
          retryType
          retriedBy {
            email
            name
          }
        }
      }
    }
  }
}""",
        job=again["id"],
    )
    canceled = await run(
        admin,
        """mutation CancelJob {
  jobTypeCommandCancel(input: { id: "<job>" }) {
    jobTypeCommand {
      id
    }
  }
}""",
        job=again["graphql_id"],
    )

    assert retry["job"]["retrySource"] == {
        "uuid": job["id"],
        "retried": True,
        "retryType": "MANUAL",
        "retriedBy": {"email": "admin@sandbox.example", "name": "Sandbox Admin"},
    }
    assert canceled["jobTypeCommandCancel"]["jobTypeCommand"]["id"]


async def test_artifacts_are_listed_filtered_and_deleted(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of(YAML)
    job = await (await (await Worker(builder.server).start()).take()).start()
    uploader = Uploader(job)
    for path in ("logs/test.log", "coverage/index.html"):
        await uploader.upload(path)
    ids = {"uuid": build["id"], "job": job.uuid}

    of_build = await run(
        admin,
        """query GetDownloadURLsForArtifactsFromBuild {
  build(uuid: "<uuid>") {
    jobs(first: 500) {
      edges {
        node {
          ... on JobTypeCommand {
            artifacts {
              edges {
                node {
                  id
                  path
                  downloadURL
                }
              }
            }
          }
        }
      }
    }
  }
}""",
        **ids,
    )
    filtered = {
        arguments: await run(
            admin,
            f"""query GetArtifactsForJob {{
  job(uuid: "<job>") {{
    ... on JobTypeCommand {{
      artifacts({arguments}) {{
        edges {{
          node {{
            uuid
            path
            state
            downloadURL
          }}
        }}
      }}
    }}
  }}
}}""",
            **ids,
        )
        for arguments in (
            "state: ERROR",
            'path: "logs/*"',
            'path: "coverage/index.html"',
            'state: FINISHED, path: "logs/*"',
        )
    }
    (of_job,) = nodes(of_build["build"]["jobs"])
    log, page = nodes(of_job["artifacts"])
    deleted = await run(
        admin,
        """mutation ArtifactDelete {
  artifactDelete(input: {
    id: "<artifact>"
  }) {
    deletedArtifactId
    artifact {
      state
    }
  }
}""",
        artifact=log["id"],
    )

    assert (log["path"], page["path"]) == ("logs/test.log", "coverage/index.html")
    assert (await admin.server.http.get(page["downloadURL"])).content == b"content"
    paths = [
        [each["path"] for each in nodes(found["job"]["artifacts"])] for found in filtered.values()
    ]
    assert paths == [[], ["logs/test.log"], ["coverage/index.html"], ["logs/test.log"]]
    assert deleted["artifactDelete"] == {
        "deletedArtifactId": log["id"],
        "artifact": {"state": "deleted"},
    }


async def test_a_build_and_a_job_are_annotated(admin: Administrator, build: dict[str, Any]) -> None:
    found = await run(
        admin,
        """query GetBuildJobs {
  build(slug: "<build>") {
    id
    jobs(first: 10) {
      edges {
        node {
          ... on JobTypeCommand {
            id
            label
          }
        }
      }
    }
  }
}""",
        **slugs(build),
    )
    (job,) = nodes(found["build"]["jobs"])

    on_build = await run(
        admin,
        """mutation {
  buildAnnotate(input: {
    buildID: "<build>",
    body: "### Example annotation\\n\\nThis was created.",
    style: INFO,
    context: "graphql-api-example"
  }) {
    annotation {
      uuid
      style
      context
      body {
        html
      }
    }
  }
}""",
        build=found["build"]["id"],
    )
    on_job = await run(
        admin,
        """mutation {
  jobAnnotate(input: {
    jobId: "<job>",
    body: "### Example job-scoped annotation\\n\\nThis was created.",
    style: INFO,
    context: "graphql-api-example"
  }) {
    annotation {
      uuid
      scope
      style
      context
      body {
        html
      }
    }
    job {
      id
    }
  }
}""",
        job=job["id"],
    )

    annotation = on_build["buildAnnotate"]["annotation"]
    assert annotation == {
        "uuid": annotation["uuid"],
        "style": "INFO",
        "context": "graphql-api-example",
        "body": {"html": "<h3>Example annotation</h3>\n<p>This was created.</p>\n"},
    }
    assert on_job["jobAnnotate"]["annotation"]["scope"] == "JOB"
    assert on_job["jobAnnotate"]["job"] == {"id": job["id"]}
