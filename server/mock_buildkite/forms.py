"""A `multipart/form-data` body as it comes: some fields, then one file, which is the last."""

from collections.abc import AsyncGenerator, AsyncIterator

from msgspec import Struct
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from mock_buildkite.errors import MalformedBodyError


class FormLimits(Struct, frozen=True):
    """What a form may hold beside its file."""

    largest_field: int = 16 * 1024
    """Bytes."""
    most_fields: int = 32


class Form:
    """Reads a form chunk by chunk, and holds nothing of its file.

    Of fields with the same name the last one counts.

    Raises, in every method:
        MalformedBodyError: it is no such form.
    """

    def __init__(
        self,
        content_type: str | None,
        chunks: AsyncGenerator[bytes, None],
        file_field: str,
        limits: FormLimits = FormLimits(),  # noqa: B008 - a frozen value
    ) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            msg = "Body must be multipart/form-data"
            raise MalformedBodyError(msg)
        self.filename = ""
        """What the file is called, once `fields` were read; blank if it has no name."""
        self._chunks = chunks
        self._file_field = file_field
        self._limits = limits
        self._begun_fields = 0
        self._fields: dict[str, str] = {}
        self._is_at_file = False
        self._is_whole = False
        self._name = ""
        self._header = bytearray()
        self._disposition = bytearray()
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_begin": self._begin_header,
                "on_header_field": self._take_header_field,
                "on_header_value": self._take_header_value,
                "on_headers_finished": self._finish_headers,
                "on_part_data": self._take_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    async def fields(self) -> dict[str, str]:
        """Read up to the file; the fields before it."""
        async for chunk in self._chunks:
            self._parse(chunk)
            if self._is_at_file:
                return self._fields
        msg = f"Body must be a form with a file in the field {self._file_field!r}"
        raise MalformedBodyError(msg)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content of the file, to its end."""
        for piece in self._taken():
            yield piece
        async for chunk in self._chunks:
            self._parse(chunk)
            for piece in self._taken():
                yield piece
        if not self._is_whole:
            msg = "Body ended before the form was whole"
            raise MalformedBodyError(msg)

    def _parse(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            msg = f"Body must be a form: {error}"
            raise MalformedBodyError(msg) from error

    def _taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _begin_part(self) -> None:
        if self._is_at_file:
            msg = "The file must be the last field of the form"
            raise MalformedBodyError(msg)
        self._begun_fields += 1
        if self._begun_fields > self._limits.most_fields:
            msg = f"A form can have at most {self._limits.most_fields} fields"
            raise MalformedBodyError(msg)
        self._disposition.clear()
        self._value.clear()

    def _begin_header(self) -> None:
        self._header.clear()

    def _take_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition += data[start:end]

    def _finish_headers(self) -> None:
        kind, options = parse_options_header(bytes(self._disposition))
        if kind != b"form-data" or b"name" not in options:
            msg = "Every field of the form must have a name"
            raise MalformedBodyError(msg)
        self._name = _text(options[b"name"])
        self._is_at_file = self._name == self._file_field
        if self._is_at_file:
            self.filename = _text(options.get(b"filename", b""))

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_at_file:
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > self._limits.largest_field:
            msg = f"A field of the form can have at most {self._limits.largest_field} bytes"
            raise MalformedBodyError(msg)

    def _end_part(self) -> None:
        if not self._is_at_file:
            self._fields[self._name] = _text(self._value)

    def _end(self) -> None:
        self._is_whole = True


def _text(value: bytes | bytearray) -> str:
    """A text as agents spell it in JSON too: one replacement for each byte that is no UTF-8."""
    decoded = value.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= each <= "\udcff" else each for each in decoded)
