"""What agents say of artifacts, and are told of them.

Source: buildkite/agent api/artifacts.go, the client's side of the same shapes.
"""

from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.datastructures import QueryParams

from mock_buildkite.artifacts.addresses import Addresses
from mock_buildkite.artifacts.lifecycle import ArtifactEvent, ArtifactState
from mock_buildkite.artifacts.model import DEFAULT_CONTENT_TYPE, Announced, Artifact, NewBatch
from mock_buildkite.artifacts.service import Created, Report, Search
from mock_buildkite.artifacts.uploads import FILE_FIELD, PATH_FIELD
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.errors import InvalidInputError

PATH_OF_EACH = "${artifact:path}"
"""Where this stands in the data of instructions, agents put the path of the artifact."""

_STATES = {each.value: each for each in ArtifactState}
_EVENTS = {"finished": ArtifactEvent.FINISH, "error": ArtifactEvent.FAIL}
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class ArtifactBody(msgspec.Struct):
    """One artifact in a batch."""

    path: str
    file_size: _Size
    sha1sum: str = ""
    sha256sum: str = ""
    content_type: str = ""
    url: str = ""


class BatchBody(msgspec.Struct):
    """The body of `POST jobs/{id}/artifacts`."""

    id: str
    artifacts: list[ArtifactBody]
    upload_destination: str = ""
    multipart_supported: bool = False


class EtagBody(msgspec.Struct):
    """What an agent was told for a part."""

    part_number: int
    etag: str


class StateBody(msgspec.Struct):
    """What has become of one artifact."""

    id: str
    state: str
    multipart_etags: list[EtagBody] | None = None


class StatesBody(msgspec.Struct):
    """The body of `PUT jobs/{id}/artifacts`."""

    artifacts: list[StateBody]


def batch(body: bytes) -> NewBatch:
    """What an agent announces.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: a field is missing or has the wrong type.
    """
    read = decode(body, BatchBody)
    return NewBatch(
        request_id=read.id,
        artifacts=[
            Announced(
                path=each.path,
                file_size=each.file_size,
                sha1sum=each.sha1sum.lower(),
                sha256sum=each.sha256sum.lower(),
                content_type=each.content_type or DEFAULT_CONTENT_TYPE,
                url=each.url or None,
            )
            for each in read.artifacts
        ],
        upload_destination=read.upload_destination or None,
        takes_parts=read.multipart_supported,
    )


def created(made: Created, request_id: str, addresses: Addresses) -> dict[str, Any]:
    """The ids in the order of the artifacts, and how to upload them.

    The first instructions are for all of them; those of a single one come before.
    """
    answer: dict[str, Any] = {
        "id": request_id,
        "artifact_ids": [each.uuid for each in made.artifacts],
    }
    if any(each.is_elsewhere for each in made.artifacts):
        return answer
    answer["upload_instructions"] = {
        "action": {**_action("POST", addresses.upload(made.batch.uuid)), "file_input": FILE_FIELD},
        "data": {PATH_FIELD: PATH_OF_EACH},
    }
    answer["per_artifact_instructions"] = {
        each.uuid: {
            "actions": [
                {**_action("PUT", addresses.part(each.uuid, number)), "part_number": number}
                for number in range(1, each.part_count + 1)
            ]
        }
        for each in made.artifacts
        if each.part_count is not None
    }
    return answer


def reports(body: bytes) -> list[Report]:
    """What has become of artifacts.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: a field is missing or has the wrong type, or a state is none to report.
    """
    found = []
    for each in decode(body, StatesBody).artifacts:
        if each.state not in _EVENTS:
            msg = f"state must be one of {', '.join(_EVENTS)}"
            raise InvalidInputError(msg)
        etags = {part.part_number: part.etag for part in each.multipart_etags or []}
        found.append(Report(each.id, _EVENTS[each.state], etags))
    return found


def search(query: QueryParams) -> Search:
    """What an agent looks for.

    Raises:
        InvalidInputError: a state that artifacts do not have.
    """
    state = query.get("state") or ArtifactState.FINISHED.value
    if state not in _STATES:
        msg = f"state must be one of {', '.join(_STATES)}"
        raise InvalidInputError(msg)
    return Search(
        query=query.get("query", ""),
        scope=query.get("scope") or None,
        state=_STATES[state],
        include_retried_jobs=query.get("include_retried_jobs") == "true",
        include_duplicates=query.get("include_duplicates") == "true",
    )


def found(artifact: Artifact, addresses: Addresses) -> dict[str, Any]:
    """An artifact that was looked for. Agents download it from its `url`."""
    spelled: dict[str, Any] = {
        "id": artifact.uuid,
        "path": artifact.path,
        "file_size": artifact.file_size,
        "sha1sum": artifact.sha1sum,
        "sha256sum": artifact.sha256sum,
        "job_id": artifact.job_uuid,
        "created_at": to_text(artifact.created_at),
        "content_type": artifact.content_type,
    }
    url = addresses.download(artifact)
    if url is not None:
        spelled["url"] = url
    if artifact.upload_destination is not None:
        spelled["upload_destination"] = artifact.upload_destination
    return spelled


def _action(method: str, url: str) -> dict[str, Any]:
    """Agents keep the query of the address, and put the path in the place of its own."""
    return {"url": url, "method": method, "path": unquote(urlsplit(url).path)}
