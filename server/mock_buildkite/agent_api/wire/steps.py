"""What `buildkite-agent step` and `build cancel` send."""

from typing import Any

import msgspec


class ExportBody(msgspec.Struct):
    """The body of `POST steps/{name}/export`."""

    attribute: str = ""
    build_id: str = ""
    format: str = ""


class UpdateBody(msgspec.Struct):
    """The body of `PUT steps/{name}`."""

    attribute: str
    value: Any = ""
    build_id: str = ""
    idempotency_uuid: str = ""
    append: bool = False


class CancelBody(msgspec.Struct):
    """The body of `POST steps/{name}/cancel`. The period is in seconds."""

    build_id: str = ""
    force: bool = False
    force_grace_period: int = 10
