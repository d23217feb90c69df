"""What GraphQL calls the kinds of jobs."""

from mock_buildkite.jobs.model import Job, JobType

TYPE_NAMES = {
    JobType.SCRIPT: "JobTypeCommand",
    JobType.MANUAL: "JobTypeBlock",
    JobType.WAITER: "JobTypeWait",
    JobType.TRIGGER: "JobTypeTrigger",
}
"""The types of their objects."""

KINDS = {
    "BLOCK": JobType.MANUAL,
    "COMMAND": JobType.SCRIPT,
    "TRIGGER": JobType.TRIGGER,
    "WAIT": JobType.WAITER,
}
"""What filters call them."""

ANY_KIND = "Job"
"""The type in the global IDs that REST has of jobs."""


def is_named(job: Job, type_name: str) -> bool:
    """Whether a job may go by a type in a global ID."""
    return type_name in {ANY_KIND, TYPE_NAMES[job.type]}
