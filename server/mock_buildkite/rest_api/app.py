"""The table of contents of the REST API, and the application that serves it."""

from mock_buildkite.refusals import api
from mock_buildkite.rest_api import errors
from mock_buildkite.rest_api.documented import unserved
from mock_buildkite.rest_api.routes import (
    agent_tokens,
    agents,
    annotations,
    artifacts,
    builds,
    cluster_secrets,
    clusters,
    job_logs,
    jobs,
    organizations,
    pipelines,
    portals,
    queues,
    registries,
    whoever_calls,
)
from mock_buildkite.rest_api.routing import EveryPath

ENDPOINTS = [
    *whoever_calls.ENDPOINTS,
    *organizations.ENDPOINTS,
    *agents.ENDPOINTS,
    *clusters.ENDPOINTS,
    *queues.ENDPOINTS,
    *agent_tokens.ENDPOINTS,
    *cluster_secrets.ENDPOINTS,
    *pipelines.ENDPOINTS,
    *builds.ENDPOINTS,
    *jobs.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *annotations.ENDPOINTS,
    *job_logs.ENDPOINTS,
    *portals.ENDPOINTS,
    *registries.ENDPOINTS,
]
"""What is served."""

app = api([EveryPath([*ENDPOINTS, *unserved(ENDPOINTS)])], errors.encode)
