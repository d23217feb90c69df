"""What a server is told when it starts, and the addresses that follow from it."""

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5483  # KITE on a phone's keys
FAILED_AUTHENTICATIONS_PER_MINUTE = 1000
"""Of an address, where others than this machine can reach the server."""

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class TokenEra(Enum):
    """Which of Buildkite's two worlds of agent tokens is lived in."""

    OLDER = "older"
    """Unclustered tokens first, whose values administrators can look up."""
    CURRENT = "current"
    """Cluster tokens first; every value is shown once."""


class ControlFrom(Enum):
    """From where the controls under `/_mock/` may be used."""

    LOOPBACK = "loopback"
    ANY = "any"


class PipelineUpload(Enum):
    """How a pipeline upload is answered."""

    AT_ONCE = "at-once"
    """When it is applied: 200."""
    LATER = "later"
    """Before it is applied: 202, and an address at which to ask."""


class FixedValues(Struct, frozen=True):
    """Values that somebody chose for what the first organization of a seed mints."""

    agent_token: str | None = None
    unclustered_agent_token: str | None = None
    api_access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen about a server. `docs/settings.md` explains each."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    data: Path | None = None
    seed: str | None = None
    fixed_values: FixedValues = field(default_factory=FixedValues, repr=False)
    public_url: str | None = None
    token_era: TokenEra = TokenEra.CURRENT
    ping_stream: bool = True
    ping_interval_seconds: int = 1
    heartbeat_interval_seconds: int = 10
    job_status_interval_seconds: int = 1
    lost_after_seconds: int = 180
    session_ends_after_seconds: int = 3600
    assignment_ends_after_seconds: int = 60
    """How long an agent has to accept a job that it was given."""
    acceptance_ends_after_seconds: int = 300
    """How long an agent has to start a job that it accepted."""
    job_expires_after_days: int = 30
    """How long a job waits for an agent, from its creation on."""
    pipeline_upload: PipelineUpload = PipelineUpload.AT_ONCE
    trusted_proxies: tuple[IpNetwork, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    control_from: ControlFrom = ControlFrom.LOOPBACK
    cors: bool = False
    graphql_limits: bool = False
    portal_limits: bool = False
    failed_authentications_per_minute: int | None = None
    """What an address may have; 0 is as many as it likes, None is for `host` to decide."""
    github_keys_url: str | None = None
    github_keys_file: Path | None = None

    @property
    def is_on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def most_failed_authentications(self) -> int | None:
        """How many failed authentications an address may have in a minute; None is any number.

        On loopback all clients of a test suite share an address, and what they present is bad on
        purpose: to them a 429 in the place of a 401 would be another contract, for agents try
        again after it. Elsewhere it is far more than clients that mean well come to.
        """
        if self.failed_authentications_per_minute is not None:
            return self.failed_authentications_per_minute or None
        return None if self.is_on_loopback else FAILED_AUTHENTICATIONS_PER_MINUTE


@lru_cache
def is_loopback(host: str) -> bool:
    """Whether a host names this machine itself."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A socket of both families has IPv4 clients under mapped addresses.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
