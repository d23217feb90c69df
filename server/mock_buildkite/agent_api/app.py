"""The Agent API: every call that is served, and those that are refused by name.

A noun's calls are in `routes/`, its JSON in `wire/`. A handler takes everything off the socket,
runs one unit that authorises before it looks at the body, and encodes what the unit returned.
"""

from starlette.routing import Route

from mock_buildkite.agent_api import errors
from mock_buildkite.agent_api.routes import (
    agents,
    annotations,
    artifacts,
    cluster_secrets,
    job_logs,
    jobs,
    meta_data,
    oidc,
    pipeline_uploads,
    repository_tokens,
    steps,
)
from mock_buildkite.agent_api.switchboard import Switchboard
from mock_buildkite.refusals import refuse_by_name

app = Switchboard(
    [
        *agents.routes,
        *jobs.routes,
        *job_logs.routes,
        *annotations.routes,
        *artifacts.routes,
        *pipeline_uploads.routes,
        *steps.routes,
        *meta_data.routes,
        *cluster_secrets.routes,
        *oidc.routes,
        *repository_tokens.routes,
        *(
            Route(f"/{path}", refuse_by_name(name), methods=["GET", "POST", "PUT", "DELETE"])
            for path, name in {
                "stacks/{rest:path}": "stacks",
                "cache_registries/{rest:path}": "cache registries",
                "ai/{rest:path}": "model providers",
            }.items()
        ),
    ],
    errors.encode,
)
