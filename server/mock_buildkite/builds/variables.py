"""The environment variables of a build that are known before any of its jobs.

Definitions may be filled in with them, conditions may ask for them, and every job has them.

Source: pages/pipelines/configure/environment_variables.md of Buildkite's documentation.
"""

from msgspec import Struct

from mock_buildkite.builds.model import NamedBuild
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines.model import NamedPipeline


class Origin(Struct, frozen=True):
    """What a build was made from: another build, or a trigger step of one."""

    rebuilt_from: NamedBuild | None = None
    triggered_from: tuple[NamedBuild, NamedPipeline] | None = None


def variables_of(
    organization: Organization, pipeline: NamedPipeline, build: NamedBuild, origin: Origin
) -> dict[str, str]:
    """A build's variables by name; what there is nothing to say of is empty."""
    return {
        "BUILDKITE_ORGANIZATION_SLUG": organization.slug,
        "BUILDKITE_PIPELINE_SLUG": pipeline.slug,
        "BUILDKITE_PIPELINE_ID": pipeline.uuid,
        "BUILDKITE_PIPELINE_NAME": pipeline.name,
        "BUILDKITE_REPO": pipeline.repository,
        "BUILDKITE_COMMIT": build.commit,
        "BUILDKITE_BRANCH": build.branch,
        "BUILDKITE_TAG": build.tag or "",
        "BUILDKITE_MESSAGE": build.message or "",
        **_of_origin(origin),
        **_of_pull_request(build),
    }


def _of_origin(origin: Origin) -> dict[str, str]:
    rebuilt = origin.rebuilt_from
    parent, pipeline = origin.triggered_from or (None, None)
    return {
        "BUILDKITE_REBUILT_FROM_BUILD_ID": "" if rebuilt is None else rebuilt.uuid,
        "BUILDKITE_REBUILT_FROM_BUILD_NUMBER": "" if rebuilt is None else str(rebuilt.number),
        "BUILDKITE_TRIGGERED_FROM_BUILD_ID": "" if parent is None else parent.uuid,
        "BUILDKITE_TRIGGERED_FROM_BUILD_NUMBER": "" if parent is None else str(parent.number),
        "BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG": "" if pipeline is None else pipeline.slug,
    }


def _of_pull_request(build: NamedBuild) -> dict[str, str]:
    """The variables of a pull request; without one the first is `false`, never empty.

    An empty one would make the agent fetch a ref that is not there.
    """
    pull_request = build.pull_request or {}
    return {
        "BUILDKITE_PULL_REQUEST": str(pull_request.get("id") or "false"),
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": str(pull_request.get("base") or ""),
        "BUILDKITE_PULL_REQUEST_REPO": str(pull_request.get("repository") or ""),
        "BUILDKITE_PULL_REQUEST_LABELS": ",".join(pull_request.get("labels") or ()),
        "BUILDKITE_PULL_REQUEST_DRAFT": "true" if pull_request.get("draft") else "false",
    }
