"""The watch that every test has over its servers (`secrecy.py`) finds what comes out."""

import base64
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.ids import SystemIds
from mock_buildkite.settings import Settings
from mock_buildkite.token_forms.kinds import API_ACCESS_TOKEN, KINDS, Kind
from mock_buildkite.token_tools import samples
from tests import overhearing
from tests.actors import Administrator
from tests.builders import Builder
from tests.cluster_secrets.places import secrets_of
from tests.command_line.processes import acted_on, serve
from tests.finding_values import values_in
from tests.overhearing import keeping_secrets
from tests.rest_api.actors import Caller
from tests.secrecy import Exchange, Watch
from tests.server import Served, serve_in_process, serve_on_a_socket

LOG = logging.getLogger("mock_buildkite.anything")
MAKING = "POST /v2/organizations/sandbox/clusters/1/tokens"
MINTED = [kind for kind in KINDS if kind.is_minted]
PIPELINE = "/v2/organizations/sandbox/pipelines/app"
SEALED = "open-sesame"


@pytest.fixture(autouse=True)
def watch() -> Watch:
    """In place of the one that every test has: what comes out here does so on purpose."""
    return Watch()


def value_of(kind: Kind = API_ACCESS_TOKEN) -> str:
    return next(samples.draw(SystemIds(), kind, 1)).value


def of_our_own() -> str:
    return "of-our-own/" * 3


def older() -> str:
    return SystemIds().hexadecimal(40)


OF_ANY_FORM = [value_of, of_our_own, older]


def exchange(
    call: str, shown: object = "", sent: object = "", *, by: str = "", headers: str = ""
) -> Exchange:
    return Exchange(
        call=call,
        authorizations=(by,),
        sent=json.dumps(sent).encode(),
        headers=headers,
        answered=json.dumps(shown).encode(),
        is_kept_by_nobody=True,
    )


def complaints_after(watch: Watch, *exchanges: Exchange) -> list[str]:
    """What a watch says of exchanges, and of what was logged and kept meanwhile."""
    for each in exchanges:
        watch.look_at(each)
    try:
        watch.conclude()
    except AssertionError as error:
        return str(error).splitlines()
    return []


@contextmanager
def leaking() -> Iterator[list[str]]:
    """What a watch complains of, once all is over."""
    found: list[str] = []
    try:
        with keeping_secrets():
            yield found
    except AssertionError as error:
        found += str(error).splitlines()


def in_base64_after(text: str) -> Callable[[str], str]:
    return lambda value: base64.b64encode(f"{text}{value} and more".encode()).decode()


class TestFindingValues:
    @pytest.mark.parametrize("kind", MINTED, ids=[kind.name for kind in MINTED])
    @pytest.mark.parametrize(
        "write",
        [
            str,
            lambda value: f"name{value}2026-01-01",  # as columns of a row lie
            lambda value: quote(value, safe=""),
            *(in_base64_after("abc"[:length]) for length in range(4)),
            lambda value: base64.urlsafe_b64encode(f"?>~{value}".encode()).decode().rstrip("="),
        ],
    )
    def test_a_value_is_found_in_whatever_form(
        self, kind: Kind, write: Callable[[str], str]
    ) -> None:
        value = value_of(kind)

        assert values_in(write(value).encode()) == {value}

    def test_nothing_is_found_in_what_is_no_value(self) -> None:
        prefixes = " ".join(kind.prefix for kind in KINDS)
        digests = " ".join(SystemIds().hexadecimal(40) for _ in range(99))
        noise = base64.b64encode(prefixes.encode() * 9).decode()

        assert values_in(f"{prefixes} {digests} {noise}".encode()) == set()


class TestAnswers:
    """Each told to a watch as it would be overheard."""

    def test_the_answer_that_makes_a_value_may_tell_it(self, watch: Watch) -> None:
        assert not complaints_after(watch, exchange(MAKING, {"token": value_of()}))

    def test_the_same_call_may_not_tell_it_again(self, watch: Watch) -> None:
        made = exchange(MAKING, {"token": value_of()})

        assert complaints_after(watch, made, made) == [
            f"{MAKING} shows bkua_MA.[REDACTED], which {MAKING} told first"
        ]

    @pytest.mark.parametrize("headers", [False, True])
    def test_nor_may_another_one(self, watch: Watch, headers: bool) -> None:
        value = value_of()
        made = exchange(MAKING, {"token": value})
        shown = ("", [("Location", value)]) if headers else (value, [])

        other = exchange("POST /v1", shown[0], headers=repr(shown[1]))

        assert complaints_after(watch, made, other) == [
            f"POST /v1 shows bkua_MA.[REDACTED], which {MAKING} told first"
        ]

    def test_an_answer_to_a_look_tells_none(self, watch: Watch) -> None:
        assert complaints_after(watch, exchange("GET /v2/user", value_of())) == [
            "GET /v2/user shows bkua_MA.[REDACTED], which no answer may"
        ]

    @pytest.mark.parametrize("draw", OF_ANY_FORM)
    @pytest.mark.parametrize("is_basic", [False, True])
    def test_what_is_presented_is_never_shown(
        self,
        watch: Watch,
        draw: Callable[[], str],
        is_basic: bool,
    ) -> None:
        value = draw()
        basic = base64.b64encode(f"buildkite:{value}".encode()).decode()
        by = f"Basic {basic}" if is_basic else f"Token {value}"
        echoing = exchange("POST /v1", {"message": f"no {value}"}, by=by)
        later = exchange("POST /v3/connect", {"message": f"no {value}"})

        found = complaints_after(watch, echoing, later)

        assert len(found) == 2
        assert "POST /v1 shows" in found[0]
        assert "POST /v3/connect shows" in found[1]

    def test_nor_is_it_when_it_comes_in_a_body(self, watch: Watch) -> None:
        value = value_of()
        echoing = exchange("POST /_mock/tokens/inspect", {"value": value}, {"value": value})

        assert len(complaints_after(watch, echoing)) == 1

    def test_no_cache_may_keep_a_value(self, watch: Watch) -> None:
        made = exchange(MAKING, value_of())
        made = Exchange(made.call, (), b"", "", made.answered, is_kept_by_nobody=False)

        assert complaints_after(watch, made) == [f"{MAKING} lets caches keep bkua_MA.[REDACTED]"]

    def test_a_job_may_be_accepted_twice(self, watch: Watch) -> None:
        accepted = exchange("PUT /v3/jobs/1/accept", {"token": value_of(MINTED[4])})

        assert not complaints_after(watch, accepted, accepted)

    @pytest.mark.parametrize(
        ("call", "name"),
        [
            ("POST /organizations/sandbox/portals/viewer/codes", "secret"),
            ("POST /v3/jobs/1/oidc/tokens", "token"),
        ],
    )
    def test_values_without_a_form_are_told_once_too(
        self, watch: Watch, call: str, name: str
    ) -> None:
        made = exchange(call, {name: "x" * 48})
        later = exchange("GET /v2/user", "x" * 48)

        assert len(complaints_after(watch, made, later)) == 1

    @pytest.mark.parametrize(
        "taking",
        [
            exchange("POST /v2/organizations/o/clusters/1/secrets", sent={"value": SEALED}),
            exchange("PUT /v2/organizations/o/clusters/1/secrets/2/value", sent={"value": SEALED}),
            exchange(
                "POST /_mock/seed",
                sent={"organizations": [{"clusters": [{"secrets": {"KEY": SEALED}}]}]},
            ),
            exchange(
                "POST /_mock/seed",
                sent={"organizations": [{"clusters": [{"secrets": [{"value": SEALED}]}]}]},
            ),
            exchange("POST /_mock/seed", sent={"a": {"repository_tokens": {"git": SEALED}}}),
        ],
    )
    def test_the_value_of_a_secret_is_told_to_jobs_alone(
        self, watch: Watch, taking: Exchange
    ) -> None:
        told = exchange("GET /v3/jobs/1/secrets", {"value": SEALED})
        shown = exchange("GET /v2/organizations/o/clusters/1/secrets", [{"value": SEALED}])

        assert complaints_after(watch, taking, told, told, shown) == [
            f"{shown.call} shows the value of a secret"
        ]

    def test_an_exception_is_for_one_call_and_one_secret(self, watch: Watch) -> None:
        shown = exchange("GET /v2/organizations/o/pipelines/app/builds/1", {"meta_data": SEALED})
        watch.let(shown.call, tell_again=SEALED)
        seed = {"secrets": {"KEY": SEALED, "OTHER": "abracadabra"}}

        taken = exchange("POST /_mock/seed", sent=seed)
        other = exchange(shown.call, {"meta_data": "abracadabra"})

        assert complaints_after(watch, taken, shown, other) == [
            f"{other.call} shows the value of a secret"
        ]

    def test_an_exception_is_for_one_call_and_one_kind(self, watch: Watch) -> None:
        watch.let("POST /v1", tell_again="bkua_")
        value, other = value_of(), value_of(MINTED[1])
        watch.tell(value, other)

        assert not complaints_after(watch, exchange("POST /v1", value))
        assert len(complaints_after(watch, exchange("POST /v1", other))) == 1


class TestWhatIsLoggedAndKept:
    @pytest.mark.parametrize("draw", OF_ANY_FORM)
    def test_what_was_presented_is_found(
        self, watch: Watch, draw: Callable[[], str], tmp_path: Path
    ) -> None:
        value = draw()
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "file").write_text(f"{value}\n")
        watch.emit(logging.makeLogRecord({"name": "server", "msg": f"refused {value}"}))

        watch.look_at(exchange("GET /v2/user", by=f"Bearer {value}"))
        watch.search_folder(tmp_path)

        found = complaints_after(watch)
        assert [each.partition(" holds ")[0] for each in found] == ["file", "the log"]

    def test_what_nobody_was_told_is_found_too(self, watch: Watch) -> None:
        watch.search("the database", value_of().encode())

        assert complaints_after(watch) == ["the database holds bkua_MA.[REDACTED]"]

    def test_a_process_is_searched_without_a_test(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="what it printed holds bkua_"):
            overhearing.search_what_is_left(value_of(), tmp_path)


class TestServers:
    """Each made to keep a value and to show it, in a text that its users choose."""

    @staticmethod
    async def leak(server: Served) -> None:
        value = (await Administrator(server).create_agent_token())["value"]
        builder = Builder(server)
        slug = await builder.pipeline("steps: [{command: make}]", description=value)
        await builder.caller.get(builder.path("pipelines", slug))

    @pytest.mark.parametrize("serving", [serve_in_process, serve_on_a_socket])
    async def test_answers_and_databases_in_memory_are_searched(
        self, serving: Callable[..., Any]
    ) -> None:
        with leaking() as found:
            async with serving(Settings(), ManualClock()) as server:
                await self.leak(server)

        assert f"GET {PIPELINE} shows bkct_MQ.[REDACTED], which POST /v1 told first" in found
        assert "the database holds bkct_MQ.[REDACTED]" in found

    async def test_databases_in_files_are_searched_with_their_log(self, tmp_path: Path) -> None:
        with leaking() as found:
            async with serve_in_process(Settings(data=tmp_path), ManualClock()) as server:
                await self.leak(server)

        assert "mock-buildkite.sqlite3-wal holds bkct_MQ.[REDACTED]" in found

    async def test_files_beside_a_database_are_searched(self, tmp_path: Path) -> None:
        with leaking() as found:
            async with serve_in_process(Settings(data=tmp_path), ManualClock()):
                (tmp_path / "files").mkdir()
                (tmp_path / "files" / "a-file").write_text(value_of())

        assert found == ["a-file holds bkua_MA.[REDACTED]"]

    async def test_a_world_that_a_reset_ends_is_searched(self) -> None:
        with leaking() as found:
            async with serve_in_process(Settings(), ManualClock()) as server:
                await self.leak(server)
                await Administrator(server).control("reset")

        assert "the database holds bkct_MQ.[REDACTED]" in found

    async def test_what_is_logged_is_searched(self) -> None:
        with leaking() as found:
            async with serve_in_process(Settings(), ManualClock()) as server:
                LOG.warning("a token: %s", server.facts["agent_token"])

        assert found == ["the log holds bkct_MQ.[REDACTED]"]

    async def test_the_values_of_secrets_are_searched_for(self) -> None:
        with leaking() as found:
            async with serve_in_process(Settings(), ManualClock()) as server:
                caller = Caller(server, server.facts["api_access_token"])
                await caller.post(secrets_of(server), {"key": "MADE", "value": SEALED})
                LOG.warning("a secret: %s", SEALED)

        assert found == ["the log holds a secret"]

    async def test_so_are_processes_and_their_data(self, tmp_path: Path) -> None:
        with leaking() as found, serve("--data", tmp_path) as process:
            async with acted_on(process) as server:
                await self.leak(server)
            process.kill()

        assert f"GET {PIPELINE} shows bkct_MQ.[REDACTED], which POST /v1 told first" in found
        assert "mock-buildkite.sqlite3-wal holds bkct_MQ.[REDACTED]" in found
