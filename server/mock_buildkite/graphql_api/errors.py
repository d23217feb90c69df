"""How GraphQL spells a refusal: `{"errors": [{"message": …}]}`, with 200 for most of them.

Source: what Terraform and the CLI read of it; pages/apis/graphql of Buildkite's documentation.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response

from mock_buildkite import errors, refusals
from mock_buildkite.exchange import json_answer

AUTHENTICATION_REQUIRED = (
    "Authentication required. Please supply a valid API Access Token:"
    " https://buildkite.com/docs/apis/graphql-api#authentication"
)

_CODES = (
    (
        re.compile(r"^Cannot query field '(?P<fieldName>\w+)' on type '(?P<typeName>\w+)'"),
        "undefinedField",
    ),
    (
        re.compile(r"^Unknown argument '(?P<argumentName>\w+)' on field '(?P<name>[\w.]+)'"),
        "argumentNotAccepted",
    ),
    (re.compile(r"^Unknown type '(?P<typeName>\w+)'"), "undefinedType"),
    (
        re.compile(r"^Field '(?P<fieldName>\w+)' of type .* must have a selection"),
        "selectionMismatch",
    ),
    (
        re.compile(r"^Argument '[\w.]+\((?P<argumentName>\w+):\)' of type .* is required"),
        "missingRequiredArguments",
    ),
    (re.compile(r"^Variable '\$(?P<variableName>\w+)' is not defined"), "variableNotDefined"),
    (re.compile(r"^Variable '\$(?P<variableName>\w+)' is never used"), "variableNotUsed"),
)
_BAD_VARIABLE = re.compile(
    r"^Variable '\$(?P<name>\w+)' has invalid value(?: at (?P<place>[^:]+))?: (?P<explanation>.+)",
    re.DOTALL,
)
_KEY = re.compile(r"\w+")


class TooHeavyError(errors.BuildkiteError):
    """A query that would keep everybody else waiting."""


def encode(error: errors.BuildkiteError) -> Response:
    """The answer to a request that was refused as a whole."""
    if isinstance(error, errors.AuthenticationError):
        body = json.dumps({"errors": [{"message": AUTHENTICATION_REQUIRED}]}, indent=2)
        return Response(f"{body}\n", 401, media_type="application/json")
    status = refusals.status_of(error, {**refusals.STATUSES, TooHeavyError: 200})
    headers = {**refusals.headers_of(error), **refusals.rate_limit_headers_of(error)}
    return json_answer({"errors": [{"message": error.message}]}, status, headers)


def formatted(
    error: GraphQLError, operation: str, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One error inside an answer: of the document, of its variables, or of a field."""
    original = error.original_error
    message = _message(original) if isinstance(original, errors.BuildkiteError) else error.message
    spelled: dict[str, Any] = {"message": message}
    if error.locations:
        spelled["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        spelled["path"] = error.path
    elif bad := _BAD_VARIABLE.match(message):
        problem = {"path": _KEY.findall(bad["place"] or ""), "explanation": bad["explanation"]}
        value = (variables or {}).get(bad["name"])
        spelled["extensions"] = {"value": value, "problems": [problem]}
    else:
        spelled["path"] = [operation]
        for pattern, code in _CODES:
            if match := pattern.search(message):
                spelled["extensions"] = {"code": code, **match.groupdict()}
    return spelled


def _message(error: errors.BuildkiteError) -> str:
    """What is said of a refusal: of fields, a sentence each."""
    if not isinstance(error, errors.InvalidFieldsError):
        return error.message
    sentences = [
        f"{field.replace('_', ' ').capitalize()} {problem}" for field, problem in error.problems
    ]
    return "; ".join(sentences)


def is_bug(error: GraphQLError) -> bool:
    """Whether a field failed for a reason that is ours, not the caller's."""
    original = error.original_error
    return (
        error.path is not None
        and original is not None
        and not isinstance(original, (errors.BuildkiteError, GraphQLError))
    )
