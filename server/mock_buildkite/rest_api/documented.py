"""Every endpoint that Buildkite documents or its own clients call, served here or not.

Those that no noun of `routes/` serves are refused by name; a path that is in neither is a 404.

Source: pages/apis/rest_api of Buildkite's documentation; buildkite/go-buildkite, buildkite/cli.
"""

from collections.abc import Iterable, Iterator

from mock_buildkite.rest_api.endpoints import ORGANIZATION, UPDATE, Endpoint, refused_by_name

_CLUSTER = f"{ORGANIZATION}/clusters/{{cluster}}"
_PIPELINE = f"{ORGANIZATION}/pipelines/{{pipeline}}"
_BUILD = f"{_PIPELINE}/builds/{{build}}"
_SERVICES = f"{ORGANIZATION}/services"
_SETTINGS = f"{ORGANIZATION}/pipeline-settings"
_TEAM = f"{ORGANIZATION}/teams/{{team}}"
_SUITES = f"/analytics{ORGANIZATION}/suites"
_REGISTRIES = f"/packages{ORGANIZATION}/registries"

_OF_A_JOB = """
    GET                   /
    GET                   /env
    GET                   /env.txt
    GET HEAD DELETE       /log
    GET                   /log.html
    GET                   /log.txt
    PUT                   /reprioritize
    PUT                   /retry
    PUT                   /unblock
    GET POST              /annotations
    DELETE                /annotations/{annotation}
    GET                   /artifacts
    GET DELETE            /artifacts/{artifact}
    GET                   /artifacts/{artifact}/download
"""

_DOCUMENTED = {
    "": """
        GET               /builds
        GET               /meta
        GET               /user
        GET DELETE        /access-token
        GET               /organizations
        GET               /analytics/openapi.yaml
    """,
    ORGANIZATION: """
        GET               /
        GET               /emojis
        GET               /rate_limit
        GET               /builds
        GET               /agents
        GET               /agents/{agent}
        PUT               /agents/{agent}/pause
        PUT               /agents/{agent}/resume
        PUT               /agents/{agent}/stop
        GET POST          /clusters
        GET POST          /pipelines
        GET PATCH         /api-settings
        GET               /audit_events
        GET               /audit_events/{event}
        GET POST          /invitations
        GET DELETE        /invitations/{invitation}
        GET               /members
        GET PATCH DELETE  /members/{user}
        GET               /repository_connections
        GET               /repository_connections/{connection}
        GET               /repository_connections/{connection}/repositories
        GET POST          /pipeline-templates
        GET PATCH DELETE  /pipeline-templates/{template}
        GET POST          /portals
        GET PUT DELETE    /portals/{portal}
        GET POST          /rules
        GET DELETE        /rules/{rule}
        GET POST          /teams
        POST              /teams/enable
    """,
    _CLUSTER: """
        GET PUT DELETE    /
        GET POST          /tokens
        GET PUT DELETE    /tokens/{token}
        GET POST          /maintainers
        GET DELETE        /maintainers/{maintainer}
        GET POST          /queues
        GET PUT DELETE    /queues/{queue}
        POST              /queues/{queue}/pause_dispatch
        POST              /queues/{queue}/resume_dispatch
        GET POST          /secrets
        GET PUT DELETE    /secrets/{secret}
        PUT               /secrets/{secret}/value
        GET POST          /agent-images
        GET DELETE        /agent-images/{image}
        GET DELETE        /cache_volumes
        GET               /network_ranges
    """,
    _PIPELINE: """
        GET PATCH DELETE  /
        POST              /archive
        POST              /unarchive
        POST              /webhook
        GET PUT DELETE    /github-webhooks
        GET POST          /schedules
        GET PUT DELETE    /schedules/{schedule}
        GET POST          /builds
    """,
    _BUILD: """
        GET               /
        PUT               /cancel
        PUT               /rebuild
        PUT               /retry_failed_jobs
        GET POST          /annotations
        DELETE            /annotations/{annotation}
        GET               /artifacts
        GET               /jobs
        GET               /step-uploads
        GET               /step-uploads/{upload}
    """,
    f"{_BUILD}/jobs/{{job}}": _OF_A_JOB,
    f"{ORGANIZATION}/jobs/{{job}}": f"""{_OF_A_JOB}
        POST              /ssh-session
        POST              /vnc-session
    """,
    _SERVICES: """
        GET POST          /
        GET PATCH DELETE  /{service}
        PUT               /{service}/disable
        PUT               /{service}/enable
    """,
    _SETTINGS: """
        GET PATCH         /
        PUT               /advanced-queue-metrics
        PUT DELETE        /build-export
        PUT DELETE        /hosted-agents-ssh
        PUT DELETE        /public-pipelines
    """,
    _TEAM: """
        GET PATCH DELETE  /
        GET POST          /members
        GET PATCH DELETE  /members/{user}
        GET POST          /pipelines
        GET PATCH DELETE  /pipelines/{pipeline}
        GET POST          /suites
        POST              /suite
        GET PATCH DELETE  /suites/{suite}
    """,
    f"/analytics{ORGANIZATION}/builds/{{build}}": """
        GET               /preflight/v1
        GET               /tests
    """,
    _SUITES: """
        GET POST          /
        GET PATCH DELETE  /{suite}
        PUT               /{suite}/execution-tags
        GET               /{suite}/flaky-tests
        GET               /{suite}/runs
        GET               /{suite}/runs/{run}
        GET               /{suite}/runs/{run}/failed_executions
        GET               /{suite}/tests
        POST              /{suite}/tests/find
        GET               /{suite}/tests/muted
        GET PUT           /{suite}/tests/skipped
        GET               /{suite}/tests/{test}
        PUT               /{suite}/tests/{test}/enable
        PATCH             /{suite}/tests/{test}/labels
        PUT               /{suite}/tests/{test}/mute
        PUT               /{suite}/tests/{test}/skip
    """,
    _REGISTRIES: """
        GET POST                   /
        GET POST PUT PATCH DELETE  /{registry}
        GET POST                   /{registry}/packages
        POST                       /{registry}/packages/upload
        GET DELETE                 /{registry}/packages/{package}
        POST                       /{registry}/packages/{package}/copy
        GET POST                   /{registry}/tokens
        GET POST DELETE            /{registry}/tokens/{token}
    """,
}


def documented() -> Iterator[tuple[str, str]]:
    """The method and the path of each."""
    for prefix, text in _DOCUMENTED.items():
        for line in text.split("\n"):
            *methods, path = line.split() or ("",)
            for method in methods:
                yield method, f"{prefix}{path}".removesuffix("/")


def unserved(served: Iterable[Endpoint]) -> list[Endpoint]:
    """Those that are not among the served ones, refused by their names."""
    there = {(method, each.path) for each in served for method in each.methods}
    asked = [
        (alias, path)
        for method, path in documented()
        for alias in (UPDATE if method == "PUT" else (method,))
    ]
    return [refused_by_name(method, path) for method, path in asked if (method, path) not in there]
