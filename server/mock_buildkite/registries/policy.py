"""OIDC policies: whose tokens open a registry, and what for; and what the tokens must claim.

A policy is a list of statements. A statement names an issuer, rules about what its tokens claim,
and the scopes of those that meet them all. The first one that a token meets decides.

Source: pages/package_registries/security/oidc.md of Buildkite's documentation.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any

from msgspec import Struct

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError

LONGEST = 32 * 1024
"""Bytes of a policy, which is read at each use of a token. Unverified: Buildkite's limit."""
SCOPES = ("read_packages", "write_packages", "delete_packages")
DEFAULT_SCOPES = frozenset({"read_packages", "write_packages"})
"""Of a statement that has none, as in the example of the REST API's documentation.

Unverified: the page about policies says that each has some, and that tokens may read and write.
"""

LONGEST_LIFETIME_SECONDS = 5 * 60
"""Of a token, from `iat` to `exp`."""

_FIELDS = ("iss", "scopes", "claims")
_ADDRESS = re.compile(r"https?://[!-~]+")
_SCALARS = (str, int, float, bool, NoneType)

Rule = Sequence[tuple[str, Any]]
"""Matchers, each with its argument. All must agree."""


class Statement(Struct, frozen=True):
    """Which tokens of an issuer are let in, and what for."""

    issuer: str
    scopes: frozenset[str]
    rules: Mapping[str, Rule]
    """By the names of claims."""

    def is_met(self, claims: Mapping[str, Any]) -> bool:
        """Whether a token's claims meet every rule; one that is missing meets none."""
        return all(
            claim in claims
            and all(_MATCHERS[name].agrees(claims[claim], argument) for name, argument in rule)
            for claim, rule in self.rules.items()
        )


def checked(text: str | None) -> str | None:
    """A policy as it was written; None where there is nothing in it.

    Raises:
        InvalidInputError: it is no list of statements; the message names the statement.
    """
    if text is None or not text.strip():
        return None
    read(text)
    return text


def read(text: str) -> list[Statement]:
    """The statements of a policy in YAML, of which JSON is a part.

    Raises:
        InvalidInputError: it is no list of statements; the message names the statement.
    """
    if len(text.encode(errors="surrogatepass")) > LONGEST:
        msg = f"OIDC policy is too long (maximum is {LONGEST:,} bytes)"
        raise InvalidInputError(msg)
    try:
        loaded = yaml_text.parse(text, is_simple=True)
    except InvalidInputError as error:
        msg = f"OIDC policy: {error.message}"
        raise InvalidInputError(msg) from error
    if not isinstance(loaded, list):
        msg = "OIDC policy must be a list of statements"
        raise InvalidInputError(msg)
    return [_statement(f"OIDC policy statement {n}", each) for n, each in enumerate(loaded, 1)]


def is_acceptable(claims: Mapping[str, Any], audiences: Collection[str], now: datetime) -> bool:
    """Whether a token may be shown to a policy at all: made for this registry, and valid now.

    Unverified: that an audience in a list is none, and that moments are whole seconds.
    """
    issued_at: Any = claims.get("iat")
    not_before: Any = claims.get("nbf", issued_at)
    expires_at: Any = claims.get("exp")
    if any(type(moment) is not int for moment in (issued_at, not_before, expires_at)):
        return False
    issuer, audience = claims.get("iss"), claims.get("aud")
    if not isinstance(issuer, str) or not isinstance(audience, str):
        return False
    present = now.timestamp()
    return (
        audience in audiences
        and issued_at <= present
        and not_before <= present < expires_at
        and expires_at - issued_at <= LONGEST_LIFETIME_SECONDS
    )


def scopes_of(
    text: str | None, issuers: Collection[str], claims: Mapping[str, Any]
) -> frozenset[str] | None:
    """What the first statement that a token meets lets it do; None if it meets none.

    `issuers` are the names of the one that signed it. A policy that was kept before policies were
    checked may be none: it lets nobody in.
    """
    try:
        statements = read(text) if text is not None else []
    except InvalidInputError:
        return None
    met = (each for each in statements if each.issuer in issuers and each.is_met(claims))
    first = next(met, None)
    return None if first is None else first.scopes


def _statement(place: str, loaded: object) -> Statement:
    if not isinstance(loaded, dict):
        msg = f"{place} must be a mapping of {', '.join(_FIELDS)}"
        raise InvalidInputError(msg)
    for field in loaded:
        if field not in _FIELDS:
            # Older pages had claims beside the issuer. Unverified: that they are read no longer.
            msg = f"{place} has an unknown field: {field}; what a token claims belongs in claims"
            raise InvalidInputError(msg)
    issuer = loaded.get("iss")
    # Unverified: that issuers which Buildkite does not support are kept as well.
    if not isinstance(issuer, str) or not _ADDRESS.fullmatch(issuer):
        msg = f"{place} must have an iss: the address of an issuer"
        raise InvalidInputError(msg)
    scopes = _scopes(place, loaded["scopes"]) if "scopes" in loaded else DEFAULT_SCOPES
    rules = loaded.get("claims")
    # Unverified: that none is too few. It would let in every token of an issuer that all share.
    if not isinstance(rules, dict) or not rules:
        msg = f"{place} must have claims: a mapping with at least one rule"
        raise InvalidInputError(msg)
    return Statement(
        issuer, scopes, {claim: _rule(place, claim, each) for claim, each in rules.items()}
    )


def _scopes(place: str, loaded: object) -> frozenset[str]:
    if not isinstance(loaded, list) or not loaded:
        msg = f"{place} must have a list of scopes"
        raise InvalidInputError(msg)
    for scope in loaded:
        if scope not in SCOPES:
            msg = f"{place} has an unknown scope: {scope}; there are {', '.join(SCOPES)}"
            raise InvalidInputError(msg)
    return frozenset(loaded)


def _rule(place: str, claim: str, loaded: object) -> Rule:
    if isinstance(loaded, _SCALARS):
        return [("equals", loaded)]
    if not isinstance(loaded, dict) or not loaded:
        msg = f"{place} must say of {claim} what it is, or have a mapping of matchers"
        raise InvalidInputError(msg)
    return [(name, _argument(place, claim, name, each)) for name, each in loaded.items()]


def _argument(place: str, claim: str, name: str, loaded: object) -> object:
    matcher = _MATCHERS.get(name)
    if matcher is None:
        known = ", ".join(_MATCHERS)
        msg = f"{place} has an unknown matcher for {claim}: {name}; there are {known}"
        raise InvalidInputError(msg)
    if not matcher.takes(loaded):
        msg = f"{place} must have, for {claim}, {matcher.argument} after {name}"
        raise InvalidInputError(msg)
    return loaded


class _Matcher(Struct, frozen=True):
    argument: str
    """What it is given, in words."""
    takes: Callable[[object], bool]
    agrees: Callable[[Any, Any], bool]
    """Whether it lets a claim pass, for its argument."""


def _is_scalar(argument: object) -> bool:
    return isinstance(argument, _SCALARS)


def _are_scalars(argument: object) -> bool:
    return isinstance(argument, list) and all(map(_is_scalar, argument))


def _are_globs(argument: object) -> bool:
    several = argument if isinstance(argument, list) else [argument]
    return all(isinstance(each, str) for each in several)


def _equals(value: object, argument: object) -> bool:
    """Whether two are of a kind and the same. A number is never a text, nor true the number 1."""
    if isinstance(value, bool) or isinstance(argument, bool):
        return value is argument
    return value == argument


def _is_in(value: object, arguments: list[object]) -> bool:
    return any(_equals(value, each) for each in arguments)


def _matches(value: object, globs: str | list[str]) -> bool:
    """Whether a claim fits a glob. One that is no text passes: there the matcher is ignored.

    Unverified: that what is ignored does not refuse.
    """
    several = [globs] if isinstance(globs, str) else globs
    return not isinstance(value, str) or any(_fits(glob, value) for glob in several)


def _fits(glob: str, value: str) -> bool:
    """Whether `*` for any characters and `?` for one make a text of a glob.

    Unverified: that `*` stands for slashes too, and that brackets and backslashes are themselves.
    """
    if len(glob) - glob.count("*") > len(value):
        return False
    pieces = [
        "".join("." if each == "?" else re.escape(each) for each in piece)
        for piece in re.sub(r"\*+", "*", glob).split("*")
    ]
    pattern = pieces[0]
    if len(pieces) > 1:
        # Each is taken where it comes first, for good, so there is nothing to try again.
        taken = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1])
        pattern += f"{taken}.*{pieces[-1]}"
    return re.fullmatch(pattern, value, re.DOTALL) is not None


_MATCHERS = {
    "equals": _Matcher("a scalar", _is_scalar, _equals),
    "not_equals": _Matcher("a scalar", _is_scalar, lambda value, one: not _equals(value, one)),
    "in": _Matcher("a list of scalars", _are_scalars, _is_in),
    "not_in": _Matcher(
        "a list of scalars", _are_scalars, lambda value, several: not _is_in(value, several)
    ),
    "matches": _Matcher("a glob, or a list of globs,", _are_globs, _matches),
}
