"""What a seed file says: its form, and reading one."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from mock_buildkite import resources, yaml_text
from mock_buildkite.errors import InvalidInputError, StartupError

DEFAULT_SEED = "sandbox"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of a seed; what it does not know is refused.

    The digest leaves out what is as usual: a seed must not become another one, with other tokens,
    because a later version of this server knows more fields.
    """


class ApiAccessTokenPart(_Part, frozen=True):
    """An API access token of a user."""

    description: str
    value: str | None = None
    scopes: Literal["all"] | list[str] = "all"
    organizations: list[str] | None = None
    expires_at: datetime | None = None
    allowed_ip_addresses: str | None = None


class UserPart(_Part, frozen=True):
    """A user."""

    email: str
    name: str | None = None
    api_access_tokens: list[ApiAccessTokenPart] = []


class MemberPart(_Part, frozen=True):
    """That a user is a member of an organization."""

    email: str
    role: Literal["admin", "member"] = "member"


class UnclusteredAgentTokenPart(_Part, frozen=True):
    """An agent token of an organization."""

    description: str
    value: str | None = None
    public: bool = False


class AgentTokenPart(_Part, frozen=True):
    """An agent token of a cluster."""

    description: str
    value: str | None = None
    expires_at: datetime | None = None
    allowed_ip_addresses: str | None = None


class QueuePart(_Part, frozen=True):
    """A queue of a cluster."""

    key: str
    description: str | None = None


class SecretPart(_Part, frozen=True):
    """A secret of a cluster."""

    key: str
    value: str
    description: str | None = None
    policy: str | None = None


class ClusterPart(_Part, frozen=True):
    """A cluster of an organization."""

    name: str
    description: str | None = None
    emoji: str | None = None
    color: str | None = None
    default_queue: str | None = None
    maintainers: list[str] = []
    queues: list[QueuePart] | None = None
    agent_tokens: list[AgentTokenPart] | None = None
    secrets: list[SecretPart] | dict[str, str] = []
    """A mapping has a key and a value for each."""


class OrganizationPart(_Part, frozen=True):
    """An organization."""

    slug: str
    name: str | None = None
    members: list[MemberPart] | None = None
    agent_tokens: list[UnclusteredAgentTokenPart] | None = None
    clusters: list[ClusterPart] | None = None
    repository_tokens: dict[str, str] = {}
    """By the address of a repository, what jobs clone it with."""


class SeedDocument(_Part, frozen=True):
    """A whole seed."""

    users: list[UserPart] = []
    organizations: list[OrganizationPart] = []


class Seed(Struct, frozen=True):
    """A seed that was read: where from, what it says, and the digest that tells it from others."""

    source: str
    document: SeedDocument
    digest: str


def load(seed: str | None) -> Seed:
    """The seed of that name, or in that file; without one the default.

    Raises:
        StartupError: it is not there or cannot be read; the message names file and place.
    """
    ours = resources.seed_directory()
    named = ours / f"{seed or DEFAULT_SEED}.yaml"
    path = named if named.is_file() else Path(seed or "")
    try:
        document = parse(path.read_bytes())
    except OSError as error:
        names = ", ".join(sorted(each.stem for each in ours.glob("*.yaml")))
        msg = f"the seed {seed} is neither a readable file nor one of: {names}"
        raise StartupError(msg) from error
    except InvalidInputError as error:
        msg = f"the seed {path}: {error.message}"
        raise StartupError(msg) from error
    digest = hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()
    source = named.stem if path == named else str(path.resolve())
    return Seed(source, document, digest)


def parse(text: bytes) -> SeedDocument:
    """A document in the seed form, JSON or YAML.

    Raises:
        InvalidInputError: it is neither, or not in the form; the message names the place.
    """
    try:
        # First as what it mostly is on the wire: YAML does not read all that JSON may escape.
        loaded = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        loaded = yaml_text.parse(text)
    try:
        return msgspec.convert({} if loaded is None else loaded, SeedDocument)
    except msgspec.ValidationError as error:
        raise InvalidInputError(str(error)) from error
