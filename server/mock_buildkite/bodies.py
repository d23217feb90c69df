"""Reading JSON bodies into the shapes that the APIs spell."""

from typing import TypeVar

import msgspec

from mock_buildkite.errors import InvalidInputError, MalformedBodyError

B = TypeVar("B")


def decode(body: bytes, shape: type[B]) -> B:
    """A JSON body of that shape; an empty one is an empty object.

    Raises:
        MalformedBodyError: it is not JSON, or not an object.
        InvalidInputError: a field has the wrong type; the message names it.
    """
    try:
        # As text: the decoder passes over the bytes of fields that the shape does not have.
        return msgspec.json.decode(body.decode() or "{}", type=shape)
    except msgspec.ValidationError as error:
        if str(error).startswith("Expected `object`") and " - at " not in str(error):
            msg = "Body must be a JSON object"
            raise MalformedBodyError(msg) from error
        raise InvalidInputError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = "Body must be JSON"
        raise MalformedBodyError(msg) from error
