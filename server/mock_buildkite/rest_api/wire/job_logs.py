"""Logs of jobs."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

from mock_buildkite.builds.model import Build
from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.job_logs.header_times import stamped
from mock_buildkite.jobs.model import Job
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.rest_api.wire.links import Links

SHOWN_BYTES = 2 * 1024 * 1024
"""How much of the end of a log is shown as HTML: as much as Buildkite's pages show.

Unverified: that its REST API shows no more either.
"""

_SUFFIX_RANGE = re.compile(r"bytes=-0*([1-9]\d{0,17})", re.ASCII)


class Form(Enum):
    """A form in which a log is sent."""

    JSON = "application/json"
    TEXT = "text/plain"
    HTML = "text/html"


def asked_form(accept: str) -> Form:
    """The form that an `Accept` header asks for first: JSON where it asks for none of the three."""
    media_types = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    return next((form for each in media_types for form in Form if form.value == each), Form.JSON)


def asked_end(text: str) -> int:
    """How many bytes of the end of a log a `Range` header asks for.

    Raises:
        MalformedParameterError: it asks for another part, or for several.
    """
    found = _SUFFIX_RANGE.fullmatch(text.strip())
    if found is None:
        msg = "Range must be a suffix such as bytes=-100"
        raise MalformedParameterError(msg)
    return int(found[1])


def url(
    links: Links, organization: Organization, pipeline: Pipeline, build: Build, job: Job
) -> str:
    """Where a job's log is."""
    place = ("pipelines", pipeline.slug, "builds", build.number, "jobs", job.uuid, "log")
    return links.organization(organization, *place)


def log(address: str, content: bytes, posted_times: Sequence[int]) -> dict[str, Any]:
    """A log with the times of its headers, posted or else stamped into it."""
    return {
        "url": address,
        "content": content.decode(errors="replace"),
        "size": len(content),
        "header_times": posted_times or stamped(content),
    }


def html(end: bytes, *, is_whole: bool) -> bytes:
    """What a terminal shows of the end of a log. Where that is not all, it begins with a line."""
    from mock_buildkite import terminal  # noqa: PLC0415 - slow to import

    text = end.decode(errors="replace")
    return terminal.to_html(text if is_whole else text.partition("\n")[2]).encode()
