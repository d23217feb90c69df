"""Environment variables in conditions: which of Buildkite's own can be seen there.

Source: env.go of github.com/buildkite/conditional, which has three more than the documentation.
"""

import difflib
import re

from mock_buildkite.errors import InvalidInputError

BUILDKITE_VARIABLES = (
    "BUILDKITE_BRANCH",
    "BUILDKITE_TAG",
    "BUILDKITE_MESSAGE",
    "BUILDKITE_COMMIT",
    "BUILDKITE_PIPELINE_SLUG",
    "BUILDKITE_PIPELINE_NAME",
    "BUILDKITE_PIPELINE_ID",
    "BUILDKITE_ORGANIZATION_SLUG",
    "BUILDKITE_TRIGGERED_FROM_BUILD_ID",
    "BUILDKITE_TRIGGERED_FROM_BUILD_NUMBER",
    "BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG",
    "BUILDKITE_TRIGGERED_FROM_BUILD_JOB_ID",
    "BUILDKITE_REBUILT_FROM_BUILD_ID",
    "BUILDKITE_REBUILT_FROM_BUILD_NUMBER",
    "BUILDKITE_REPO",
    "BUILDKITE_PULL_REQUEST",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "BUILDKITE_PULL_REQUEST_REPO",
    "BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC",
    "BUILDKITE_MERGE_QUEUE_BASE_BRANCH",
    "BUILDKITE_MERGE_QUEUE_BASE_COMMIT",
    "BUILDKITE_GIT_DIFF_BASE",
    "BUILDKITE_GITHUB_ACTION",
    "BUILDKITE_GITHUB_COMMENT_ID",
    "BUILDKITE_GITHUB_DEPLOYMENT_ID",
    "BUILDKITE_GITHUB_DEPLOYMENT_TASK",
    "BUILDKITE_GITHUB_DEPLOYMENT_ENVIRONMENT",
    "BUILDKITE_GITHUB_DEPLOYMENT_PAYLOAD",
    "BUILDKITE_GITHUB_EVENT",
    "BUILDKITE_GITHUB_REVIEW_ID",
    "BUILDKITE_GITHUB_CHECK_RUN_CONCLUSION",
    "BUILDKITE_GITHUB_CHECK_RUN_NAME",
    "BUILDKITE_GITHUB_DEPLOYMENT_STATUS_ENVIRONMENT",
    "BUILDKITE_GITHUB_DEPLOYMENT_STATUS_STATE",
    "BUILDKITE_GITHUB_RELEASE_DRAFT",
    "BUILDKITE_GITHUB_RELEASE_PRERELEASE",
    "BUILDKITE_GITHUB_RELEASE_TAG",
    "BUILDKITE_GITHUB_REVIEW_STATE",
)
_DECIDED_LATE = "BUILDKITE_PULL_REQUEST_LABELS"
"""Seen by a name that is only known when the condition is decided, not by one in its text."""
_NAME = re.compile(r"[A-Za-z0-9_]+")
_NEAR = 0.9
"""Unverified: how like another a name must be for that one to be suggested."""


def require_name(name: str) -> None:
    """Refuse what stands in `env("…")` and can never be right there.

    Raises:
        InvalidInputError: it begins with `$`, is no name, or one of Buildkite's not seen here.
    """
    if name.startswith("$"):
        meant = name.replace("$", "")
        suggestion = f" - did you mean {meant}?" if meant else ""
        msg = f"Argument to `env` should not include `$`{suggestion}"
        raise InvalidInputError(msg)
    if not _NAME.fullmatch(name):
        msg = "Argument to `env` should be an environment variable name"
        raise InvalidInputError(msg)
    if not name.startswith("BUILDKITE_") or name in BUILDKITE_VARIABLES:
        return
    for near in difflib.get_close_matches(name, BUILDKITE_VARIABLES, n=1, cutoff=_NEAR):
        msg = f'"{name}" is not a valid environment variable - did you mean "{near}"?'
        raise InvalidInputError(msg)
    raise _not_supported(name)


def require_visible(name: str) -> None:
    """Refuse a name that turned out when the condition was decided.

    Raises:
        InvalidInputError: it is empty, or one of Buildkite's not seen here.
    """
    if not name:
        msg = "env argument should be an environment variable name"
        raise InvalidInputError(msg)
    if not is_visible(name):
        raise _not_supported(name)


def is_visible(name: str) -> bool:
    """Whether conditions see a variable: not most of those that Buildkite gives to jobs."""
    own = name.startswith("BUILDKITE_")
    return not own or name in BUILDKITE_VARIABLES or name == _DECIDED_LATE


def _not_supported(name: str) -> InvalidInputError:
    docs = "https://buildkite.com/docs/pipelines/environment-variables"
    return InvalidInputError(
        f'Interpolation of "{name}" is not supported (see {docs}#variable-interpolation). '
        f"You can instead interpolate this variable at runtime "
        f"(see {docs}#runtime-variable-interpolation). "
        f"If you are still having issues, please contact hello@buildkite.com."
    )
