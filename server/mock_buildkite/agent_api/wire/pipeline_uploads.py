"""What `buildkite-agent pipeline upload` sends and is told."""

from typing import Annotated, Any

import msgspec

from mock_buildkite.pipelines.uploads import Upload


class UploadBody(msgspec.Struct):
    """The body of `POST jobs/{uuid}/pipelines`. The UUID is the same when the agent tries again."""

    pipeline: dict[str, Any] | list[Any]
    uuid: Annotated[str, msgspec.Meta(max_length=255)] = ""
    replace: bool = False


def upload(uploaded: Upload) -> dict[str, str]:
    """How an upload stands."""
    return {"uuid": uploaded.uuid, "state": uploaded.state, "message": uploaded.message}
