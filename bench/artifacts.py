"""Uploads and downloads of a large artifact, against a plain Starlette that takes and sends it."""

import hashlib
import json
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.fleets import AGENT_HEADERS, JSON, REGISTRATION
from bench.reference import FILE_PATH
from bench.servers import Served, files, ours, serving
from bench.table import Goal, line

UPLOAD = Goal(0.4)
DOWNLOAD = Goal(0.5)
MEBIBYTE = 1024 * 1024
SIZE = 100 * MEBIBYTE
PATH = "large.bin"
BOUNDARY = "mock-buildkite-bench"
STEPS = "steps: [{command: 'true'}]"


def artifacts(folder: Path, rounds: int) -> Iterator[str]:
    """The lines of the table: each ratio is of two transfers right after each other."""
    content = hashlib.shake_256(b"artifact").digest(SIZE)
    with serving(files(folder)) as plain, serving(ours(folder / "artifacts")) as server:
        _create_build(server)
        entrants = {"plain": Plain(plain, content), "ours": Job(server, content)}
        for what, goal in (("upload", UPLOAD), ("download", DOWNLOAD)):
            pairs = [
                {name: getattr(entrant, what)() for name, entrant in entrants.items()}
                for _ in range(rounds + 1)
            ][1:]
            rate, of = (
                SIZE / MEBIBYTE / median(pair[name] for pair in pairs) for name in ("ours", "plain")
            )
            ratios = [pair["plain"] / pair["ours"] for pair in pairs]
            yield line(f"artifact {what}", ratios, goal, f"{rate:,.0f} MiB/s of {of:,.0f} MiB/s")


class Plain:
    """The application that the transfers are held against."""

    def __init__(self, server: Served, content: bytes) -> None:
        self._server = server
        self._content = content

    def upload(self) -> float:
        """How many seconds it takes to send the file."""
        return _transfer(self._server, "POST", FILE_PATH, self._content)

    def download(self) -> float:
        """How many it takes to get it back."""
        return _transfer(self._server, "GET", FILE_PATH)


class Job:
    """A job that an agent has started, with one large file."""

    def __init__(self, server: Served, content: bytes) -> None:
        self._server = server
        self._content = content
        self._batches = 0
        registered = self._call("POST", "register", server.facts["agent_token"], REGISTRATION)
        session_token = registered["access_token"]
        self._call("POST", "connect", session_token, "")
        offered = self._call("GET", "ping", session_token)["job"]
        accepted = self._call("PUT", f"jobs/{offered['id']}/accept", session_token, "")
        self._token = accepted["token"]
        self._path = f"jobs/{accepted['id']}"
        self._build_path = f"builds/{accepted['env']['BUILDKITE_BUILD_ID']}"
        self._call("PUT", f"{self._path}/start", self._token, "{}")

    def upload(self) -> float:
        """How many seconds it takes to send the file as a form."""
        self._batches += 1
        announced = {
            "path": PATH,
            "file_size": SIZE,
            "sha1sum": hashlib.sha1(self._content).hexdigest(),
            "sha256sum": hashlib.sha256(self._content).hexdigest(),
        }
        batch = json.dumps({"id": str(self._batches), "artifacts": [announced]})
        created = self._call("POST", f"{self._path}/artifacts", self._token, batch)
        address = _local(created["upload_instructions"]["action"]["url"])
        form = b"".join(
            [
                f"--{BOUNDARY}\r\n".encode(),
                f'Content-Disposition: form-data; name="path"\r\n\r\n{PATH}\r\n'.encode(),
                f"--{BOUNDARY}\r\n".encode(),
                b'Content-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n',
                self._content,
                f"\r\n--{BOUNDARY}--\r\n".encode(),
            ]
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        seconds = _transfer(self._server, "POST", address, form, headers)
        state = {"id": created["artifact_ids"][0], "state": "finished"}
        states = json.dumps({"artifacts": [state]})
        self._call("PUT", f"{self._path}/artifacts", self._token, states)
        return seconds

    def download(self) -> float:
        """How many it takes to get it back, once it was found."""
        path = f"{self._build_path}/artifacts/search?query={PATH}&state=finished"
        [found] = self._call("GET", path, self._token)
        return _transfer(self._server, "GET", _local(found["url"]))

    def _call(self, method: str, path: str, token: str, body: str | None = None) -> Any:  # noqa: ANN401 - JSON
        headers = {**AGENT_HEADERS, **JSON, "Authorization": f"Token {token}"}
        return self._server.call(method, f"/v3/{path}", headers, body)


def _create_build(server: Served) -> None:
    """Have a job wait for an agent."""
    pipeline = {"name": "Bench", "repository": "/repository", "configuration": STEPS}
    slug = server.rest("POST", "pipelines", pipeline)["slug"]
    server.rest("POST", f"pipelines/{slug}/builds", {"commit": "HEAD", "branch": "main"})


def _local(url: str) -> str:
    """An address without its host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _transfer(
    server: Served,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> float:
    """How many seconds a request takes that must succeed, with all of its answer."""
    connection = server.connection()
    try:
        began = time.perf_counter()
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        size = _drain(response)
        seconds = time.perf_counter() - began
    finally:
        connection.close()
    if response.status // 100 != 2 or (method == "GET" and size != SIZE):  # noqa: PLR2004
        msg = f"{method} {path}: {response.status}, {size} bytes"
        raise RuntimeError(msg)
    return seconds


def _drain(response: HTTPResponse) -> int:
    room, size = bytearray(MEBIBYTE), 0
    while count := response.readinto(room):
        size += count
    return size
