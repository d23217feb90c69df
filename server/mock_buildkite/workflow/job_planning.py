"""From one step to its jobs: one, or one for each parallel part or combination of its matrix."""

from datetime import datetime
from typing import Any

from mock_buildkite.builds.model import Build
from mock_buildkite.clock import to_text
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobEvent, JobState, next_state
from mock_buildkite.jobs.model import LONGEST_EXTENSION_MINUTES, Job, JobType
from mock_buildkite.pipelines import matrix
from mock_buildkite.pipelines.definition import (
    BlockStep,
    ChildStep,
    CommandStep,
    InputStep,
    TriggerStep,
    WaitStep,
    encode_step,
)
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.queues import store as queues
from mock_buildkite.queues.model import named_in
from mock_buildkite.steps.model import Step
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.workflow.conditions import SKIPPED
from mock_buildkite.world import World

PARALLELISM_ZERO = "parallelism_zero"

_TYPES: dict[type[ChildStep], JobType] = {
    CommandStep: JobType.SCRIPT,
    WaitStep: JobType.WAITER,
    BlockStep: JobType.MANUAL,
    InputStep: JobType.MANUAL,
    TriggerStep: JobType.TRIGGER,
}


class JobPlanner:
    """Puts the jobs of steps into one build, pending or broken."""

    def __init__(
        self,
        tx: Transaction,
        world: World,
        pipeline: Pipeline,
        build: Build,
        uploading_job: Job | None,
    ) -> None:
        self._tx = tx
        self._world = world
        self._pipeline = pipeline
        self._build = build
        # Their place in every queue is that of what they came of.
        scheduled_at = build.scheduled_at if uploading_job is None else uploading_job.scheduled_at
        self._scheduled_at: datetime = scheduled_at or tx.now
        self._queue_ids: dict[str | None, int | None] = {}
        self.count = 0

    def add(self, step: Step, definition: ChildStep, broken_reason: str | None) -> None:
        """Add the jobs of a step."""
        common = {
            "organization_id": self._build.organization_id,
            "cluster_id": self._pipeline.cluster_id,
            "pipeline_id": self._pipeline.id,
            "build_id": self._build.id,
            "step_id": step.id,
            "type": _TYPES[type(definition)].value,
            "name": definition.label,
            "created_at": self._tx.now_text,
            "scheduled_at": to_text(self._scheduled_at),
        }
        if isinstance(definition, CommandStep):
            self._add_commands(common, definition, broken_reason)
        elif isinstance(definition, TriggerStep):
            self._add_parallel(common, definition.parallelism, broken_reason)
        else:
            self._add_one(common, broken_reason)

    def _add_commands(
        self, common: dict[str, Any], definition: CommandStep, broken_reason: str | None
    ) -> None:
        if definition.matrix is None:
            common |= self._of_command(definition)
            self._add_parallel(common, definition.parallelism, broken_reason)
            return
        for permutation in matrix.permutations(definition.matrix):
            substituted = matrix.substituted(definition, permutation)
            reason = broken_reason
            if reason is None and substituted.skip is not None:
                reason = substituted.skip or SKIPPED
            values = {
                **common,
                **self._of_command(substituted),
                "name": substituted.label,
                "matrix": to_json(permutation.values),
                "definition": encode_step(substituted),
            }
            self._add_one(values, reason)

    def _add_parallel(
        self, values: dict[str, Any], parallelism: int | None, broken_reason: str | None
    ) -> None:
        if parallelism is None:
            self._add_one(values, broken_reason)
        elif parallelism == 0:
            self._add_one(values, broken_reason or PARALLELISM_ZERO)
        else:
            for index in range(parallelism):
                parallel = {"parallel_group_index": index, "parallel_group_total": parallelism}
                self._add_one(values | parallel, broken_reason)

    def _add_one(self, values: dict[str, Any], broken_reason: str | None) -> None:
        state = JobState.PENDING
        if broken_reason is not None:
            state = next_state(state, JobEvent.BREAK)
        jobs.add(
            self._tx,
            {
                **values,
                "uuid": self._world.ids.uuid(),
                "state": state.value,
                "broken_reason": broken_reason,
            },
        )
        self.count += 1

    def _of_command(self, definition: CommandStep) -> dict[str, Any]:
        rules = definition.agents or ()
        minutes, most = self._timeouts(definition.timeout_in_minutes)
        return {
            "agent_query_rules": to_json(rules),
            "queue_id": self._queue_id(rules),
            "priority": definition.priority or 0,
            "timeout_in_minutes": minutes,
            "most_timeout_in_minutes": most,
            "concurrency_group": definition.concurrency_group,
            "concurrency_limit": definition.concurrency,
            "concurrency_method": (
                None if definition.concurrency_group is None else definition.concurrency_method
            ),
        }

    def _timeouts(self, minutes: int | None) -> tuple[int | None, int | None]:
        """How long a job may take, and the most to which it may raise that itself."""
        maximum = self._pipeline.maximum_command_step_timeout
        minutes = minutes or self._pipeline.default_command_step_timeout or maximum
        if minutes is None:
            return None, None
        if maximum is None:
            return minutes, minutes + LONGEST_EXTENSION_MINUTES
        return min(minutes, maximum), min(minutes + LONGEST_EXTENSION_MINUTES, maximum)

    def _queue_id(self, rules: tuple[str, ...]) -> int | None:
        """The queue that a job's rules name, or its cluster's default; None outside clusters.

        Raises:
            InvalidInputError: they name several.
        """
        cluster_id = self._pipeline.cluster_id
        if cluster_id is None:
            return None
        keys = named_in(rules)
        if len(keys) > 1:
            msg = f"Agent query rules can name one queue only, not {', '.join(keys)}"
            raise InvalidInputError(msg)
        key = keys[0] if keys and keys[0] not in ("", "*") else None
        if key not in self._queue_ids:
            queue = (
                queues.find_default(self._tx, cluster_id)
                if key is None
                else queues.find_by_key(self._tx, cluster_id, key)
            )
            self._queue_ids[key] = None if queue is None else queue.id
        return self._queue_ids[key]
