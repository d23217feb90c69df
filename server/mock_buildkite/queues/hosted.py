"""The settings of queues whose agents Buildkite hosts. We keep them; no hosted agent ever runs."""

import re
from typing import Any

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

LATEST_MACOS = "TAHOE"

_SHAPE = re.compile(r"(LINUX|MACOS)_(AMD64|ARM64)_(?:M\d+_)?(\d{1,4})X(\d{1,4})", re.ASCII)
_SIZES = {
    2: "SMALL",
    4: "MEDIUM",
    6: "MEDIUM",
    8: "LARGE",
    12: "LARGE",
    16: "EXTRA_LARGE",
    32: "EXTRA_EXTRA_LARGE",
    64: "THREE_XL",
}


class InstanceShape(Struct, frozen=True):
    """The machine that a shape's name spells: `LINUX_AMD64_4X16` has 4 CPUs and 16 GB."""

    name: str
    machine_type: str
    architecture: str
    size: str
    vcpu: int
    memory: int


def instance_shape(name: str) -> InstanceShape:
    """Read a shape's name.

    Raises:
        InvalidInputError: it spells no machine.
    """
    match = _SHAPE.fullmatch(name)
    if match is None or int(match[3]) not in _SIZES:
        msg = f"Instance shape {name!r} is not known"
        raise InvalidInputError(msg)
    vcpu, memory = int(match[3]), int(match[4])
    return InstanceShape(name, match[1], match[2], _SIZES[vcpu], vcpu, memory)


def completed(settings: dict[str, Any] | None) -> dict[str, Any] | None:
    """Settings as they are kept: `instance_shape` and, for its machine type, the platform's.

    A macOS queue always has a macOS version: Terraform expects one to be chosen for it.
    # Unverified: which version Buildkite chooses.

    Raises:
        InvalidInputError: the shape is not known, or settings are for another platform.
    """
    if settings is None:
        return None
    shape = instance_shape(settings["instance_shape"])
    linux, macos = _said(settings)
    _require_platform(shape, linux, macos)
    kept: dict[str, Any] = {"instance_shape": shape.name}
    if shape.machine_type == "MACOS":
        kept["macos"] = {
            "macos_version": macos.get("macos_version", LATEST_MACOS),
            "xcode_version": macos.get("xcode_version"),
        }
    else:
        kept["linux"] = {"agent_image_ref": linux.get("agent_image_ref")}
    return kept


def changed(kept: dict[str, Any] | None, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """Settings in place of those that are kept: another size, another image, never another machine.

    Raises:
        InvalidInputError: the queue is self-hosted, or its machine would be another one.

    Source: pages/apis/rest_api/clusters/queues.md of Buildkite's documentation.
    """
    if given is None:
        return kept
    if kept is None:
        msg = "Hosted agents cannot be configured for a self-hosted queue"
        raise InvalidInputError(msg)
    present, name = instance_shape(kept["instance_shape"]), given["instance_shape"] or ""
    match = _SHAPE.fullmatch(name)
    if match is None or match.group(1, 2) != (present.machine_type, present.architecture):
        msg = f"Instance shape cannot be changed to {name}"
        raise InvalidInputError(msg)
    linux, macos = _said(given)
    if linux and present.machine_type == "MACOS":
        msg = "Agent image ref cannot be configured for hosted mac queues"
        raise InvalidInputError(msg)
    _require_platform(present, linux, macos)
    settings = {**kept, "instance_shape": instance_shape(name).name}
    if linux:
        settings["linux"] = linux
    if macos:
        settings["macos"] = {**kept["macos"], **macos}
    return settings


def _said(settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said of the software on Linux, and of that on macOS."""
    platform = settings.get("platform_settings") or {}
    return _given(platform.get("linux")), _given(platform.get("macos"))


def _require_platform(shape: InstanceShape, linux: dict[str, Any], macos: dict[str, Any]) -> None:
    if (macos and shape.machine_type == "LINUX") or (linux and shape.machine_type == "MACOS"):
        msg = f"Platform settings are not for a {shape.machine_type.lower()} queue"
        raise InvalidInputError(msg)


def _given(settings: dict[str, Any] | None) -> dict[str, Any]:
    """What is said at all: Go clients send "" and null for what they were not told."""
    return {key: value for key, value in (settings or {}).items() if value}
