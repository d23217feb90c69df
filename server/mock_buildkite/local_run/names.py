"""What jobs are called where they are shown."""

from mock_buildkite.jobs.model import Job
from mock_buildkite.local_run.lines import plain
from mock_buildkite.pipelines.definition import CommandStep, Step, TriggerStep


def name_of(job: Job, definition: Step) -> str:
    """What a job is called: its label, its command's first line, or its kind."""
    name = job.name or definition.key or _first_line(definition) or "step"
    if job.parallel_group_total is not None:
        name += f" {(job.parallel_group_index or 0) + 1}/{job.parallel_group_total}"
    if job.retries_count:
        name += f" (retry {job.retries_count})"
    return " ".join(plain(name).split())


def _first_line(definition: Step) -> str | None:
    match definition:
        case CommandStep(command=command) if command.strip():
            return command.strip().splitlines()[0]
        case CommandStep(plugins=plugins) if plugins:
            return next(iter(plugins[0]))
        case TriggerStep(trigger=slug):
            return f"trigger {slug}"
    return None
