"""Access policies: which jobs may read a secret.

A policy is a list of rules, of which one must be met. A rule names claims, each of which must have
one of the values that the rule wants.

Source: pages/pipelines/security/secrets/buildkite_secrets/access_policies.md of Buildkite's
documentation.
"""

from collections.abc import Mapping

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError, NotImplementedHereError
from mock_buildkite.pipelines import branches

LONGEST = 32 * 1024
"""Bytes of a policy, which is read each time that a job asks. Unverified: Buildkite's limit."""

Rule = Mapping[str, tuple[str, ...]]
"""What each claim may be."""

BRANCH = "build_branch"
CLAIMS = (
    "pipeline_id",
    "pipeline_slug",
    "build_source",
    BRANCH,
    "build_creator",
    "cluster_queue_id",
    "cluster_queue_key",
)
NOT_MODELLED = ("build_creator_team",)
"""There are no teams here: a rule about them is refused rather than passed over."""


def checked(text: str | None) -> str | None:
    """A policy as it was written; blank or None lets every job of the cluster in.

    Raises:
        InvalidInputError: it is no list of rules; the message names the rule.
        NotImplementedHereError: a rule has a claim that this server knows nothing of.
    """
    if text is not None:
        read(text)
    return text


def read(text: str) -> list[Rule]:
    """The rules of a policy; none where the text is blank.

    Raises:
        InvalidInputError: it is no list of rules; the message names the rule.
        NotImplementedHereError: a rule has a claim that this server knows nothing of.
    """
    if not text.strip():
        return []
    if len(text.encode()) > LONGEST:
        msg = f"Policy is too long (maximum is {LONGEST:,} bytes)"
        raise InvalidInputError(msg)
    try:
        loaded = yaml_text.parse(text)
    except InvalidInputError as error:
        msg = f"Policy: {error.message}"
        raise InvalidInputError(msg) from error
    if not isinstance(loaded, list) or not loaded:
        msg = "Policy must be a list of rules"
        raise InvalidInputError(msg)
    return [_rule(number, each) for number, each in enumerate(loaded, start=1)]


def admits(text: str | None, claims: Mapping[str, str | None]) -> bool:
    """Whether a policy that was checked lets a job in, of which these claims are true."""
    rules = read(text or "")
    return not rules or any(_is_met(rule, claims) for rule in rules)


def _rule(number: int, loaded: object) -> Rule:
    if not isinstance(loaded, dict) or not loaded:
        msg = f"Policy rule {number} must have at least one claim"
        raise InvalidInputError(msg)
    for claim in loaded:
        if claim in NOT_MODELLED:
            msg = f"the claim {claim} of access policies"
            raise NotImplementedHereError(msg)
        if claim not in CLAIMS:
            msg = f"Policy rule {number} has an unknown claim: {claim}"
            raise InvalidInputError(msg)
    return {claim: _conditions(number, claim, wanted) for claim, wanted in loaded.items()}


def _conditions(number: int, claim: str, wanted: object) -> tuple[str, ...]:
    several = wanted if isinstance(wanted, list) else [wanted]
    if not several or any(each is None or isinstance(each, list | dict) for each in several):
        msg = f"Policy rule {number} must say what {claim} is: text, or a list of texts"
        raise InvalidInputError(msg)
    return tuple(yaml_text.scalar_text(each) for each in several)


def _is_met(rule: Rule, claims: Mapping[str, str | None]) -> bool:
    return all(_is_one_of(claim, claims[claim], wanted) for claim, wanted in rule.items())


def _is_one_of(claim: str, value: str | None, wanted: tuple[str, ...]) -> bool:
    if value is None:
        return False
    if claim != BRANCH:
        return value in wanted
    # Unverified: that `*`, which the documentation has in a branch, means nothing elsewhere.
    return any(branches.fits(pattern, value) for pattern in wanted)
