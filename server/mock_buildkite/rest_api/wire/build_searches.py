"""Which builds, and which of their jobs, the parameters of a query ask for.

Source: pages/apis/rest_api/_builds_list_query_strings.md of Buildkite's documentation.
"""

import re
from collections.abc import Collection

from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Search
from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.jobs.model import OfBuild
from mock_buildkite.organizations import service as organizations
from mock_buildkite.rest_api.calls import Call
from mock_buildkite.rest_api.wire import moments
from mock_buildkite.rest_api.wire.jobs import states as job_states

_META_DATA = re.compile(r"meta_data\[(?P<key>.+)\]", re.DOTALL)
_NOBODY = 0
"""No user has this integer key."""

_STATES: dict[str, tuple[BuildState, ...]] = {
    **{state.value: (state,) for state in BuildState},
    "creating": (),  # here a build is scheduled at once
    "finished": (
        BuildState.PASSED,
        BuildState.FAILED,
        BuildState.BLOCKED,
        BuildState.CANCELED,
    ),
}


def search(
    call: Call, *, organization_ids: Collection[int] | None = None, pipeline_id: int | None = None
) -> Search:
    """The builds of some organizations, or of a pipeline, that a call asks for.

    Raises:
        MalformedParameterError: a parameter cannot be read.
    """
    return Search(
        organization_ids=organization_ids,
        pipeline_id=pipeline_id,
        branches=call.parameters("branch") or None,
        commits=call.parameters("commit") or None,
        states=_states(call.parameters("state")),
        created_by=_creator(call),
        created_from=moments.read("created_from", call.parameter("created_from")),
        created_before=moments.read("created_to", call.parameter("created_to")),
        finished_from=moments.read("finished_from", call.parameter("finished_from")),
        meta_data=_meta_data(call),
        but_paused=not call.flag("include_paused", default=True),
    )


def jobs(call: Call) -> OfBuild | None:
    """The jobs of such builds that are asked for; None for none.

    Raises:
        MalformedParameterError: a parameter cannot be read.
    """
    wanted = OfBuild(
        include_retried=call.flag("include_retried_jobs"),
        shown_states=job_states(call.parameters("job_states")),
        but_paused=not call.flag("include_paused", default=True),
    )
    return None if call.flag("exclude_jobs") else wanted


def _states(names: Collection[str]) -> frozenset[BuildState] | None:
    unknown = [name for name in names if name not in _STATES]
    if unknown:
        msg = f"Invalid states: {', '.join(unknown)}"
        raise MalformedParameterError(msg)
    return frozenset(state for name in names for state in _STATES[name]) if names else None


def _creator(call: Call) -> int | None:
    uuid = call.parameter("creator")
    if uuid is None:
        return None
    user = organizations.find_visible_user(call.tx, call.caller, uuid.lower())
    return _NOBODY if user is None else user.id


def _meta_data(call: Call) -> dict[str, str]:
    pairs = call.received.query.multi_items()
    return {found["key"]: value for name, value in pairs if (found := _META_DATA.fullmatch(name))}
