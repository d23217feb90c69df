"""A report of a thousand leaked tokens, against verifying it and looking each of them up once."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from bench.servers import Served, ours, serving
from bench.table import Goal, line
from mock_buildkite.access_tokens import store
from mock_buildkite.clock import Clock
from mock_buildkite.github_tools import reporting
from mock_buildkite.leaks import key_lists
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values

TOKENS = 1000
REPORT = Goal(3, at_most=True)
JSON = {"Content-Type": "application/json"}


def leaks(folder: Path, rounds: int) -> Iterator[str]:
    """The lines of the table: tokens that are live, and the same ones when they are not any more.

    A lookup is one as every request with such a token makes it, in the very database.
    """
    data = folder / "leaks"
    with (
        serving(ours(data)) as server,
        closing(sqlite3.connect(data / "mock-buildkite.sqlite3")) as connection,
    ):
        connection.row_factory = sqlite3.Row
        bench = _Bench(server, Transaction(connection, Clock().now()))
        measured = [bench.round(number) for number in range(rounds + 1)][1:]
    for place, what in enumerate(("live", "reported before")):
        pairs = [(each[place], each[-1]) for each in measured]
        ratios = [seconds / of for seconds, of in pairs]
        taken, least = (1e3 * median(column) for column in zip(*pairs, strict=True))
        note = f"{taken:.0f} ms of {least:.0f} ms"
        yield line(f"report of {TOKENS:,} tokens, {what}", ratios, REPORT, note)


class _Bench:
    """A server, and its database beside it."""

    def __init__(self, server: Served, tx: Transaction) -> None:
        self._server = server
        self._tx = tx
        listed = server.call("GET", "/_mock/github/public_keys", {}, None)
        (self._key,) = key_lists.read(json.dumps(listed).encode()).values()

    def round(self, number: int) -> tuple[float, float, float]:
        """The seconds that a report takes, that it takes again, and that the least would take."""
        minted = self._mint(number)
        report = reporting.body(minted, type_=None)
        signature = reporting.signed_by_server(f"http://{self._server.address}", report)
        least = self._least(minted, report, signature)
        first, again = self._send(report, signature), self._send(report, signature)
        return first, again, (least + self._least(minted, report, signature)) / 2

    def _mint(self, number: int) -> list[str]:
        tokens = [{"description": f"Token {each}"} for each in range(TOKENS)]
        email = f"owner-{number}@sandbox.example"
        document = {
            "users": [{"email": email, "api_access_tokens": tokens}],
            "organizations": [{"slug": "sandbox", "members": [{"email": email}]}],
        }
        planted: Any = self._server.call("POST", "/_mock/seed", JSON, json.dumps(document))
        return [each["value"] for each in planted["users"][0]["api_access_tokens"]]

    def _send(self, report: bytes, signature: reporting.Signature) -> float:
        headers = {
            **JSON,
            reporting.IDENTIFIER_HEADER: signature.identifier,
            reporting.SIGNATURE_HEADER: signature.text,
        }
        with closing(self._server.connection()) as connection:
            connection.connect()
            began = time.perf_counter()
            connection.request("POST", reporting.ALERTS_PATH, report, headers)
            text = connection.getresponse().read()
            seconds = time.perf_counter() - began
        if [each["label"] for each in json.loads(text)] != ["true_positive"] * TOKENS:
            msg = f"a report was answered with {text.decode()}"
            raise RuntimeError(msg)
        return seconds

    def _least(self, minted: list[str], report: bytes, signature: reporting.Signature) -> float:
        began = time.perf_counter()
        is_good = self._key.has_signed(report, signature.text)
        found = [store.find_by_digest(self._tx, values.digest(value)) for value in minted]
        seconds = time.perf_counter() - began
        if not is_good or None in found:
            msg = "a report is not as it was made"
            raise RuntimeError(msg)
        return seconds
