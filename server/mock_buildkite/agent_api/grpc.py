"""The little of gRPC and protobuf that the agent's ping stream is made of.

Source: buildkite/agent api/proto/agentedge.proto and api/pings_streaming.go.
"""

import struct

from mock_buildkite.agents.model import Action, Instruction
from mock_buildkite.errors import MalformedBodyError, UnsupportedEncodingError

CONTENT_TYPE = "application/grpc"

_HEADER = struct.Struct(">BI")
_AGENT_ID_FIELD = 1
_REASON_FIELD = 1
_ID_FIELD = 1
_JOB_FIELD = 1
_ACTION_FIELDS = {Action.IDLE: 2, Action.PAUSE: 3, Action.DISCONNECT: 4, Action.JOB: 5}
_VARINT, _FIXED_64, _LENGTH_DELIMITED, _FIXED_32 = 0, 1, 2, 5


def agent_id(body: bytes) -> str:
    """The agent's UUID in a `StreamPingsRequest`, one length-prefixed message.

    Raises:
        MalformedBodyError: it is none.
        UnsupportedEncodingError: it is compressed.
    """
    if len(body) < _HEADER.size:
        raise MalformedBodyError(_MALFORMED)
    compressed, length = _HEADER.unpack_from(body)
    message = body[_HEADER.size :]
    if compressed == 1:
        msg = "Compressed gRPC messages are not read here"
        raise UnsupportedEncodingError(msg)
    if compressed or length != len(message):
        raise MalformedBodyError(_MALFORMED)
    try:
        return _text_field(message, _AGENT_ID_FIELD)
    except (IndexError, UnicodeDecodeError) as error:
        raise MalformedBodyError(_MALFORMED) from error


def frame(told: Instruction) -> bytes:
    """A `StreamPingsResponse` that says what to do, as a length-prefixed message."""
    reason = told.message.encode()
    inner = _field(_REASON_FIELD, reason) if reason else b""
    if told.action is Action.JOB:
        inner = _field(_JOB_FIELD, _field(_ID_FIELD, told.job_uuid.encode()))
    message = _field(_ACTION_FIELDS[told.action], inner)
    return _HEADER.pack(0, len(message)) + message


_MALFORMED = "Body must be one gRPC message with an agent's id"


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    spelled = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        spelled.append(value & 0x7F | 0x80)
        value >>= 7
    spelled.append(value)
    return bytes(spelled)


def _text_field(message: bytes, wanted: int) -> str:
    """The last text of a field; empty when the message has none, as protobuf has it."""
    text, position = "", 0
    while position < len(message):
        key, position = _read_varint(message, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _LENGTH_DELIMITED:
            length, position = _read_varint(message, position)
            content = message[position : position + length]
            if len(content) < length:
                raise IndexError(length)
            position += length
            if number == wanted:
                text = content.decode()
        elif wire_type == _VARINT:
            _, position = _read_varint(message, position)
        elif wire_type in {_FIXED_64, _FIXED_32}:
            position += 8 if wire_type == _FIXED_64 else 4
        else:
            raise IndexError(wire_type)
    return text


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, position
    raise IndexError(position)
