"""Why a step never runs: its `skip`, `if` or `branches`, looked at when it joins its build."""

from functools import cached_property
from typing import Any

from mock_buildkite.builds.model import Build
from mock_buildkite.builds.origins import known_variables
from mock_buildkite.organizations import store as organizations
from mock_buildkite.pipelines import branches, conditions
from mock_buildkite.pipelines.conditions import Facts
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction

CONDITIONAL_FAILED = "conditional_failed"
BRANCH_MISMATCH = "branch_mismatch"
SKIPPED = "skipped"  # Unverified: what a `skip: true` without words shows


class Conditions:
    """What the conditions of one build's steps are about."""

    def __init__(self, tx: Transaction, pipeline: Pipeline, build: Build) -> None:
        self._tx = tx
        self._pipeline = pipeline
        self._build = build

    def broken_reason(self, definition: Definition) -> str | None:
        """Why a step's jobs never run; None if they do."""
        if definition.skip is not None:
            return definition.skip or SKIPPED
        if definition.condition is not None and not conditions.holds(
            definition.condition, conditions.Context.STEP, self._facts
        ):
            return CONDITIONAL_FAILED
        if definition.branches is not None and not branches.matches(
            definition.branches, self._build.branch
        ):
            return BRANCH_MISMATCH
        return None

    @cached_property
    def _facts(self) -> Facts:
        build = self._build
        known = known_variables(self._tx, self._pipeline, build)
        env = {**build.pipeline_env, **build.env, **known}
        return Facts(variables=self._variables(), env=env, build_env=env)

    def _variables(self) -> dict[str, Any]:
        build, pipeline = self._build, self._pipeline
        organization = organizations.find(self._tx, build.organization_id)
        creator = (
            None
            if build.created_by is None
            else organizations.find_user(self._tx, build.created_by)
        )
        author, pull_request = build.author or {}, build.pull_request or {}
        labels = tuple(pull_request.get("labels") or ())
        return {
            "build.id": build.uuid,
            "build.number": build.number,
            "build.branch": build.branch,
            "build.tag": build.tag,
            "build.commit": build.commit,
            "build.message": build.message,
            "build.state": "started" if build.started_at else "scheduled",
            "build.source": build.source.value,
            "build.creator.id": None if creator is None else creator.uuid,
            "build.creator.name": None if creator is None else creator.name,
            "build.creator.email": None if creator is None else creator.email,
            "build.author.name": author.get("name"),
            "build.author.email": author.get("email"),
            "build.pull_request.id": pull_request.get("id"),
            "build.pull_request.base_branch": pull_request.get("base"),
            "build.pull_request.repository": pull_request.get("repository"),
            "build.pull_request.draft": pull_request.get("draft"),
            "build.pull_request.labels": labels or None,
            "pipeline.id": pipeline.uuid,
            "pipeline.slug": pipeline.slug,
            "pipeline.default_branch": pipeline.default_branch,
            "pipeline.repository": pipeline.repository,
            "organization.id": organization.uuid,
            "organization.slug": organization.slug,
        }
