"""What `--unblock` says: which block and input steps to release, and with what filled in."""

from collections.abc import Mapping

from msgspec import Struct, field

from mock_buildkite.local_run.errors import RefusedError

ALL = "all"
Fields = dict[str, str | list[str]]


class Answers(Struct, frozen=True):
    """Answers that were given before anybody asks."""

    every: bool = False
    by_step: Mapping[str, Fields] = field(default_factory=dict)

    @classmethod
    def read(cls, words: tuple[str, ...]) -> "Answers":
        """Read `all`, `KEY` and `KEY.field=value`; a field that comes again has several values.

        Raises:
            RefusedError: one is none of these.
        """
        by_step: dict[str, Fields] = {}
        for word in words:
            place, separator, value = word.partition("=")
            step, _, name = place.rpartition(".") if separator else (place, "", "")
            if not step or (separator and not name):
                msg = f"--unblock takes {ALL}, KEY or KEY.field=value, not {word!r}"
                raise RefusedError(msg)
            fields = by_step.setdefault(step, {})
            if separator:
                _add(fields, name, value)
        return cls(every=by_step.pop(ALL, None) is not None, by_step=by_step)

    def to(self, *names: str | None) -> Fields | None:
        """What was answered to a step that has a key or a label; None: nothing."""
        for name in names:
            if name is not None and name in self.by_step:
                return self.by_step[name]
        return {} if self.every else None


def _add(fields: Fields, name: str, value: str) -> None:
    before = fields.get(name)
    if before is None:
        fields[name] = value
    else:
        fields[name] = [*([before] if isinstance(before, str) else before), value]
