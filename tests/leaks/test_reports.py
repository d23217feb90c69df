"""What a signed report may look like, and what is refused."""

import json

import pytest

from tests.actors import Administrator
from tests.leaks.actors import ALERTS, GitHub, alert
from tests.rest_api.actors import Caller
from tests.server import Served


async def test_an_empty_report_is_an_empty_answer(github: GitHub) -> None:
    response = await github.send(b"[]")

    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b'"token"',
        b"[",
        b"[]]",
        b"[\xff]",
        b'["\\ud800"]',
        b"[" * 100_000,
        b"[1]",
        b"[null, []]",
        b'[{"type": "buildkite_user_access_token"}]',
        b'[{"token": null}]',
        b'[{"token": ""}]',
        b'[{"token": 1}]',
        b'{"token": "x"}',
        '[{"token": "x"}]'.encode("utf-16"),
    ],
)
async def test_a_signed_body_that_is_no_report_is_malformed(github: GitHub, body: bytes) -> None:
    response = await github.send(body)

    assert response.status_code == 400
    assert list(response.json()) == ["message"]


async def test_an_element_without_a_token_does_not_stop_the_others(
    github: GitHub, owner: Caller
) -> None:
    feedback = await github.report({"type": "x"}, 1, alert(owner.api_access_token))

    assert [each["label"] for each in feedback] == ["true_positive"]
    assert (await owner.send("GET", "/access-token")).status_code == 401


async def test_only_the_token_is_needed(github: GitHub, owner: Caller) -> None:
    (feedback,) = await github.report({"token": owner.api_access_token})

    assert (feedback["token_type"], feedback["label"]) == ("", "true_positive")
    (leak,) = await github.leaks()
    assert (leak["type"], leak["url"], leak["source"]) == ("", "", "unknown")


async def test_a_source_may_have_capitals_or_be_new(github: GitHub, owner: Caller) -> None:
    token = owner.api_access_token

    await github.report(alert(token, source="Gist_Content"), alert(token, source="carrier_pigeon"))

    assert [each["source"] for each in await github.leaks()] == ["gist_content", "carrier_pigeon"]


@pytest.mark.parametrize("around", ["\n{}\n", "\t {}", "export BUILDKITE_TOKEN='{}' # mine", "{}."])
async def test_what_is_around_a_token_is_passed_over(
    github: GitHub, owner: Caller, around: str
) -> None:
    labels = await github.labels(alert(around.format(owner.api_access_token)))

    assert labels == ["true_positive"]
    assert len(await github.outbox()) == 3


async def test_a_value_without_a_form_is_known_if_it_is_on_record(
    github: GitHub, admin: Administrator
) -> None:
    token = {"description": "Old", "value": "no form at all"[:2] + "-form-at-all"}
    await admin.seed({"users": [{"email": "eve@x.example", "api_access_tokens": [token]}]})

    labels = await github.labels(alert(token["value"]), alert(token["value"].upper()))

    assert labels == ["true_positive", "false_positive"]


@pytest.mark.parametrize("token", ["token" + " " * 100_000, "bkua_" * 20_000, "é" * 10_000])
async def test_a_long_text_is_looked_through_quickly(github: GitHub, token: str) -> None:
    labels = await github.labels(*[alert(token)] * 8)

    assert labels == ["false_positive"] * 8


async def test_four_mebibytes_are_read_and_no_more(github: GitHub) -> None:
    size = 4 * 1024 * 1024

    whole = await github.send(b"[" + b" " * (size - 2) + b"]")
    more = await github.send(b"[" + b" " * (size - 1) + b"]")

    assert (whole.status_code, more.status_code) == (200, 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_report_is_posted(server: Served, method: str) -> None:
    response = await server.http.request(method, ALERTS)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


async def test_no_answer_and_no_list_has_a_value(
    server: Served, github: GitHub, owner: Caller
) -> None:
    body = json.dumps([alert(owner.api_access_token), alert(server.facts["agent_token"])])

    answer = await github.send(body.encode())

    lists = [await server.http.get(f"/_mock/{name}") for name in ("leaks", "outbox")]
    for response in (answer, *lists):
        assert owner.api_access_token not in response.text
        assert server.facts["agent_token"] not in response.text
