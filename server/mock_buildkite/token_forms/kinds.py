"""The table of the kinds: one entry for each prefix that a Buildkite token can have.

Source: pages/platform/security/tokens.md of Buildkite's documentation; the names that GitHub's
secret scanning has for them: src/secret-scanning/data/pattern-docs of GitHub's documentation; the
prefixes that are recognised only: internal/redact/redact.go of the agent.
"""

import re
from functools import lru_cache

from msgspec import Struct

_HEXADECIMAL = "[0-9a-f]"
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_BASE64URL = "[A-Za-z0-9_-]"
_ID = (
    "(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5])*"
    "(?:[MNO][AQgw]|[MNO][DTjz][AEIMQUYcgk]|[MNO][DTjz][AEIMQUYcgk][w-z0-5])"
)
"""The base64 of decimal digits, without padding."""
_AGENT_BODY = rf"(?P<id>{_ID})\.(?P<secret>{_BASE58}{{77}})"
_JWT_CONTENT = rf"(?P<header>eyJ{_BASE64URL}+)\.(?P<claims>eyJ{_BASE64URL}+)"

SHORTEST_BODY = 24
LONGEST_BODY = 2048
"""Between them lies what follows a prefix in a value that is taken for a token in some text."""


class Kind(Struct, frozen=True):
    """One kind of token: how its values are written, and what it is called."""

    name: str
    """As this program's commands and answers have it."""
    prefix: str
    title: str
    """What people call it."""
    grammar: str | None
    """What follows the prefix, for people; None where no source says."""
    body: str | None
    """The same as a regular expression, whose groups name the parts."""
    github_types: tuple[str, ...] = ()
    """What GitHub's secret scanning calls it; several where the form does not tell them apart."""
    older: str | None = None
    """The regular expression of the values from before the prefix, which stay good."""
    alphabet: str = "A-Za-z0-9_.-"
    """What follows the prefix in text, to redact it whatever its length."""
    is_minted: bool = True
    """Whether this program makes such values; the others it only recognises."""


API_ACCESS_TOKEN = Kind(
    name="api-access-token",
    prefix="bkua_",
    title="API access token",
    grammar="[base64 of a number, '.'] 40 hexadecimal digits",
    body=rf"(?:(?P<id>{_ID})\.)?(?P<secret>{_HEXADECIMAL}{{40}})",
    github_types=("buildkite_user_access_token",),
    older=rf"{_HEXADECIMAL}{{40}}",
)
CLUSTER_AGENT_TOKEN = Kind(
    name="agent-token",
    prefix="bkct_",
    title="agent token of a cluster",
    grammar="base64 of a number, '.', 77 characters of base58",
    body=_AGENT_BODY,
    github_types=("buildkite_cluster_token",),
    older=rf"{_BASE58}{{24}}",
)
UNCLUSTERED_AGENT_TOKEN = Kind(
    name="unclustered-agent-token",
    prefix="bkar_",
    title="unclustered agent token",
    grammar="base64 of a number, '.', 77 characters of base58",
    body=_AGENT_BODY,
    github_types=("buildkite_agent_registration_token",),
    older=rf"{_HEXADECIMAL}{{50}}",
)
SESSION_TOKEN = Kind(
    name="session-token",
    prefix="bkaa_",
    title="agent session token",
    grammar="base64 of a number, '.', 77 characters of base58",
    body=_AGENT_BODY,
    github_types=("buildkite_agent_access_token",),
)
JOB_TOKEN = Kind(
    name="job-token",
    prefix="bkaj_",
    title="agent job token",
    grammar="a JSON Web Token signed with HMAC-SHA-512",
    body=rf"{_JWT_CONTENT}\.(?P<signature>{_BASE64URL}{{86}})",
    github_types=("buildkite_agent_job_token",),
)
REGISTRY_TOKEN = Kind(
    name="registry-token",
    prefix="bkpt_",
    title="package registry token, or a temporary one",
    grammar="base64 of JSON, '--', HMAC-SHA-1 of that base64 in 40 hexadecimal digits",
    body=(
        "(?P<message>(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
        rf"--(?P<signature>{_HEXADECIMAL}{{40}})"
    ),
    github_types=("buildkite_packages_registry_token", "buildkite_packages_temporary_token"),
    # Percent-encoded too: it travels in addresses, as the password of the user `buildkite`.
    alphabet="A-Za-z0-9_.+/=%-",
)
PORTAL_TOKEN = Kind(
    name="portal-token",
    prefix="bkpat_",
    title="portal token",
    grammar="base64 of a number, '_', 40 hexadecimal digits",
    body=rf"(?P<id>{_ID})_(?P<secret>{_HEXADECIMAL}{{40}})",
    github_types=("buildkite_portal_token",),
)
PORTAL_SECRET = Kind(
    name="portal-secret",
    prefix="bkps_",
    title="portal secret",
    grammar="base64 of a number, '_', 60 hexadecimal digits",
    body=rf"(?P<id>{_ID})_(?P<secret>{_HEXADECIMAL}{{60}})",
    github_types=("buildkite_portal_secret",),
)


def _recognised_only(
    name: str, prefix: str, title: str, *, body: str | None = None, github_type: str | None = None
) -> Kind:
    return Kind(
        name=name,
        prefix=prefix,
        title=title,
        grammar=None if body is None else "a JSON Web Token",
        body=body,
        github_types=() if github_type is None else (github_type,),
        is_minted=False,
    )


KINDS = (
    API_ACCESS_TOKEN,
    CLUSTER_AGENT_TOKEN,
    UNCLUSTERED_AGENT_TOKEN,
    SESSION_TOKEN,
    JOB_TOKEN,
    REGISTRY_TOKEN,
    PORTAL_TOKEN,
    PORTAL_SECRET,
    _recognised_only("exchanged-access-token", "bktx_", "OAuth token-exchange access token"),
    _recognised_only("oauth-refresh-token", "bkur_", "OAuth refresh token"),
    _recognised_only(
        "job-acquisition-token",
        "bkjat_",
        "job acquisition token",
        body=rf"{_JWT_CONTENT}\.(?P<signature>{_BASE64URL}+)",
    ),
    _recognised_only(
        "cluster-queue-token",
        "bkcqt_",
        "cluster queue token",
        github_type="buildkite_cluster_queue_token",
    ),
    _recognised_only(
        "newer-registry-token",
        "bkrt_",
        "package registry token of newer deployments",
        github_type="buildkite_packages_registry_token",
    ),
    _recognised_only("pipeline-trigger-token", "bktr_", "pipeline trigger token"),
    _recognised_only("pipeline-access-token", "bkat_", "pipeline access token"),
)


def named(name: str) -> Kind | None:
    """The kind of that name."""
    return next((kind for kind in KINDS if kind.name == name), None)


@lru_cache
def exact_form(kind: Kind) -> re.Pattern[str] | None:
    """The form of a kind's whole value; None where no source says."""
    return None if kind.body is None else re.compile(kind.prefix + kind.body)


@lru_cache
def older_form(kind: Kind) -> re.Pattern[str] | None:
    """The form of a kind's whole value from before prefixes; None where there is none."""
    return None if kind.older is None else re.compile(kind.older)


@lru_cache
def loose_form(kind: Kind) -> re.Pattern[str]:
    """The prefix and a body of whatever length, which does not end in a full stop."""
    between = f"{{{SHORTEST_BODY - 1},{LONGEST_BODY - 1}}}"
    last = kind.alphabet.replace(".", "")
    return re.compile(f"{kind.prefix}[{kind.alphabet}]{between}[{last}]")
