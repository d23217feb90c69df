"""What a repository's host is to do for a pipeline. Nothing does it here: it is kept and told."""

import re
from typing import Any

from mock_buildkite.pipelines.model import Pipeline

_OWNER_AND_NAME = re.compile(r"[:/](?P<path>[^/:]+/[^/:]+?)(\.git)?/?$")

_GITHUB: dict[str, Any] = {
    "trigger_mode": "code",
    "build_pull_requests": True,
    "pull_request_branch_filter_enabled": False,
    "skip_builds_for_existing_commits": False,
    "skip_pull_request_builds_for_existing_commits": True,
    "build_pull_request_ready_for_review": False,
    "build_pull_request_labels_changed": False,
    "build_pull_request_forks": False,
    "prefix_pull_request_fork_branch_names": True,
    "build_branches": True,
    "build_tags": False,
    "cancel_deleted_branch_builds": False,
    "publish_commit_status": True,
    "publish_commit_status_per_step": False,
    "separate_pull_request_statuses": False,
    "publish_blocked_as_pending": False,
    "use_step_key_as_commit_status": False,
    "filter_enabled": False,
}
"""What a new pipeline has.

Source: the answer to a creation in pages/apis/rest_api/pipelines.md of Buildkite's documentation.
"""


def settings_of(pipeline: Pipeline) -> dict[str, Any]:
    """The settings of a pipeline's provider: those that were chosen, and the usual others.

    A choice of null is none.
    """
    usual = _GITHUB if pipeline.provider == "github" else {}
    chosen = pipeline.provider_settings
    settings = {**usual, **{name: value for name, value in chosen.items() if value is not None}}
    found = _OWNER_AND_NAME.search(pipeline.repository) if pipeline.provider != "git" else None
    if found is not None:
        settings["repository"] = found["path"]
    return settings
