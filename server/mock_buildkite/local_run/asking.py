"""Asking the person at the terminal to release a block or input step."""

import asyncio
import os

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.jobs.requests import filled_in
from mock_buildkite.local_run.answers import Fields
from mock_buildkite.local_run.lines import plain
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.pipelines.definition import BlockStep, InputStep, SelectField, TextField

STDIN = 0
MOST_READ = 64 * 1024


class NotAnsweredError(Exception):
    """The person wants the step to stay as it is."""


class Dialog:
    """Questions on a screen, and answers from the keyboard."""

    def __init__(self, screen: Screen, keyboard: int = STDIN) -> None:
        self._screen = screen
        self._keyboard = keyboard

    @property
    def is_possible(self) -> bool:
        """Whether there is a person to ask."""
        return self._screen.is_terminal and os.isatty(self._keyboard)

    async def ask(self, name: str, definition: BlockStep | InputStep) -> Fields:
        """What is filled in to release a step.

        Raises:
            NotAnsweredError: it is not to be released.
        """
        self._screen.say(f"\n{name} waits for you (Ctrl-D leaves it so)", 1)
        if definition.prompt:
            self._screen.say(f"  {plain(definition.prompt)}")
        fields: Fields = {}
        for field in definition.fields:
            value = await self._fill_in(field)
            if value is not None:
                fields[field.key] = value
        answer = await self._line(f"  {plain(definition.submit or 'Continue')}? [Y/n] ")
        if answer.lower() not in {"", "y", "yes"}:
            raise NotAnsweredError
        return fields

    async def _fill_in(self, field: TextField | SelectField) -> str | list[str] | None:
        self._describe(field)
        while True:
            answer = await self._line("  > ")
            value = _chosen(field, answer) if isinstance(field, SelectField) else answer or None
            try:
                filled_in(InputStep(fields=(field,)), {} if value is None else {field.key: value})
            except InvalidInputError as error:
                self._screen.say(f"  {error.message}", 31)
            else:
                return value

    def _describe(self, field: TextField | SelectField) -> None:
        if isinstance(field, SelectField):
            title, default = field.select, ", ".join(field.default)
            notes = ["several, parted by commas"] if field.multiple else []
        else:
            title, default, notes = field.text, field.default or "", []
        notes += [] if field.required else ["optional"]
        notes += [f"nothing for {plain(default)}"] if default else []
        title = plain(title or field.key)
        self._screen.say(f"  {title} ({'; '.join(notes)})" if notes else f"  {title}")
        if field.hint:
            self._screen.say(f"  {plain(field.hint)}", 2)
        if isinstance(field, SelectField):
            for number, option in enumerate(field.options, 1):
                self._screen.say(f"  {number:>3}) {plain(option.label)}")

    async def _line(self, prompt: str) -> str:
        """A line that is typed. The terminal lets it be edited until Enter; Ctrl-C still counts."""
        self._screen.prompt(prompt)
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[bytes] = loop.create_future()

        def read() -> None:
            if not typed.done():
                typed.set_result(os.read(self._keyboard, MOST_READ))

        loop.add_reader(self._keyboard, read)
        try:
            line = await typed
        finally:
            loop.remove_reader(self._keyboard)
        if not line:
            self._screen.say()
            raise NotAnsweredError
        return line.decode(errors="replace").strip()


def _chosen(field: SelectField, answer: str) -> str | list[str] | None:
    """The values of options that are named by number, value or label; what is none stays."""
    words = [word.strip() for word in answer.split(",") if word.strip()]
    named = {str(number): option.value for number, option in enumerate(field.options, 1)}
    for option in field.options:
        named.setdefault(option.label, option.value)
    named.update({option.value: option.value for option in field.options})
    values = [named.get(word, word) for word in words]
    return None if not values else values[0] if len(values) == 1 else values
