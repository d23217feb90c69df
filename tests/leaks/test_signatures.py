"""Whose reports are believed: those with one exact signature over the very bytes.

Both vectors are published: by GitHub's page on its partner programme, and with an older sample of
it; key, body and signature as they stand there.
"""

import base64
import gzip
import json
import string
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mock_buildkite.leaks.signatures import P256_ORDER
from mock_buildkite.settings import Settings
from tests.leaks.actors import ALERTS, GitHub, Signer, alert, headers
from tests.rest_api.actors import Caller
from tests.server import Served

IDENTIFIERS = (
    "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a",
    "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
)
KEYS = (
    """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq
kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==
-----END PUBLIC KEY-----
""",
    """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd
AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==
-----END PUBLIC KEY-----
""",
)
BODIES = (
    b'[{"token":"some_token","type":"some_type","url":"some_url"}]',
    (
        b'[{"source":"commit","token":"some_token","type":"some_type",'
        b'"url":"https://example.com/base-repo-url/"}]'
    ),
)
SIGNATURES = (
    "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=",
    # Its r has 33 bytes and its s 31.
    "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==",
)
PUBLISHED = {
    "public_keys": [
        {"key_identifier": identifier, "key": key, "is_current": number == 1}
        for number, (identifier, key) in enumerate(zip(IDENTIFIERS, KEYS, strict=True))
    ]
}
NOT_SIGNED = {"message": "Not signed by GitHub"}

OURS = Signer("5" * 64)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three keys are believed: the published ones, and one that signs in these tests."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"public_keys": [*PUBLISHED["public_keys"], OURS.listed()]}))
    return Settings(github_keys_file=path)


async def send(server: Served, body: bytes, **sent: str) -> httpx.Response:
    """A report with whatever headers."""
    return await server.http.post(ALERTS, content=body, headers=sent)


def assert_refused(response: httpx.Response) -> None:
    assert (response.status_code, response.json()) == (401, NOT_SIGNED)


@pytest.mark.parametrize("number", [0, 1])
async def test_a_published_vector_is_believed(server: Served, number: int) -> None:
    sent = headers(IDENTIFIERS[number], SIGNATURES[number])

    response = await send(server, BODIES[number], **sent)

    assert response.status_code == 200
    (feedback,) = response.json()
    assert (feedback["token_type"], feedback["label"]) == ("some_type", "false_positive")


@pytest.mark.parametrize("number", [0, 1])
async def test_it_is_not_with_the_other_key(server: Served, number: int) -> None:
    sent = headers(IDENTIFIERS[1 - number], SIGNATURES[number])

    response = await send(server, BODIES[number], **sent)

    assert_refused(response)


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "with a new line at its end": lambda body: body + b"\n",
    "with its keys in another order": lambda body: json.dumps(
        [dict(reversed(each.items())) for each in json.loads(body)], separators=(",", ":")
    ).encode(),
    "with other spaces": lambda body: json.dumps(json.loads(body)).encode(),
    "in another charset": lambda body: body.decode().encode("utf-16"),
    "compressed": gzip.compress,
    "with a mark of its byte order": lambda body: b"\xef\xbb\xbf" + body,
    "empty": lambda _body: b"",
}


@pytest.mark.parametrize("rewrite", REWRITTEN.values(), ids=REWRITTEN)
@pytest.mark.parametrize("number", [0, 1])
async def test_a_body_written_in_another_way_is_not_believed(
    server: Served, number: int, rewrite: Callable[[bytes], bytes]
) -> None:
    sent = headers(IDENTIFIERS[number], SIGNATURES[number])

    response = await send(server, rewrite(BODIES[number]), **sent)

    assert_refused(response)


async def test_a_body_that_says_it_is_compressed_is_not_read(server: Served) -> None:
    body = gzip.compress(BODIES[0])

    response = await send(server, body, **OURS.headers(body), **{"Content-Encoding": "gzip"})

    assert response.status_code == 415


def spelled(r: int, s: int) -> str:
    return base64.b64encode(sequence(integer(r) + integer(s))).decode()


def sequence(content: bytes) -> bytes:
    return bytes([0x30, len(content)]) + content


def integer(number: int) -> bytes:
    """The shortest DER of a number."""
    length = number.bit_length() // 8 + 1
    return bytes([2, length]) + number.to_bytes(length, signed=True)


def longer(number: int) -> bytes:
    """The same with a zero that is not needed."""
    content = b"\0" + integer(number)[2:]
    return bytes([2, len(content)]) + content


BODY = b"[]"
GOOD, DER = next(
    (text, base64.b64decode(text))
    for text in (OURS.headers(BODY)["Github-Public-Key-Signature"] for _ in range(1000))
    if text.endswith("=") and {"+", "/"} & {*text}
)
"""One with which everything below can be done."""
R, S = decode_dss_signature(DER)
BARE = GOOD.rstrip("=")
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
FORGED = {
    "nothing": "",
    "a space inside": f"{GOOD[:20]} {GOOD[20:]}",
    "no padding": BARE,
    "bits in the padding": GOOD.replace(
        f"{BARE[-1]}=", f"{ALPHABET[ALPHABET.index(BARE[-1]) + 1]}="
    ),
    "more padding": f"{GOOD}====",
    "something after the padding": f"{GOOD}==AAAA",
    "the alphabet of addresses": base64.urlsafe_b64encode(DER).decode(),
    "no base64": "!" * 96,
    "hexadecimal": DER.hex(),
    "r and s side by side": base64.b64encode(R.to_bytes(32) + S.to_bytes(32)).decode(),
    "a byte after it": base64.b64encode(DER + b"\0").decode(),
    "a byte after it inside": base64.b64encode(sequence(DER[2:] + b"\0")).decode(),
    "no end": base64.b64encode(DER[:-1]).decode(),
    "r of 0": spelled(0, S),
    "s of 0": spelled(R, 0),
    "r of n": spelled(P256_ORDER, S),
    "s of n": spelled(R, P256_ORDER),
    "r of r + n": spelled(R + P256_ORDER, S),
    "s of s + n": spelled(R, S + P256_ORDER),
    "negative r": spelled(R - P256_ORDER, S),
    "negative s": spelled(R, -S),
    "r longer than it is": base64.b64encode(sequence(longer(R) + integer(S))).decode(),
    "s longer than it is": base64.b64encode(sequence(integer(R) + longer(S))).decode(),
    "its length in two bytes": base64.b64encode(
        bytes([0x30, 0x81, len(DER) - 2]) + DER[2:]
    ).decode(),
    "no length": base64.b64encode(b"\x30\x80" + DER[2:] + b"\0\0").decode(),
    "a set": base64.b64encode(b"\x31" + DER[1:]).decode(),
    "three numbers": base64.b64encode(sequence(DER[2:] + integer(1))).decode(),
    "r and s the other way round": spelled(S, R),
    "that of another body": OURS.headers(b"[ ]")["Github-Public-Key-Signature"],
}


async def test_the_signature_that_the_forged_ones_are_made_of_is_good(server: Served) -> None:
    response = await send(server, BODY, **headers(OURS.identifier, spelled(R, S)))

    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED)
async def test_a_signature_in_any_other_spelling_is_not_believed(
    server: Served, signature: str
) -> None:
    response = await send(server, BODY, **headers(OURS.identifier, signature))

    assert_refused(response)


async def test_the_other_s_of_a_signature_is_one_too(server: Served, owner: Caller) -> None:
    body = json.dumps([alert(owner.api_access_token)]).encode()
    r, s = decode_dss_signature(OURS.der(body))

    answers = [
        await send(server, body, **headers(OURS.identifier, spelled(r, each)))
        for each in (s, P256_ORDER - s)
    ]

    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert len(await GitHub(server).outbox()) == 3


@pytest.mark.parametrize(
    "identifier",
    [
        "0" * 64,
        "../x",
        "http://127.0.0.1:1/keys",
        OURS.identifier.upper() + "A",
        f"{OURS.identifier},{OURS.identifier}",
    ],
)
async def test_a_key_that_is_not_listed_is_not_believed(server: Served, identifier: str) -> None:
    response = await send(server, BODY, **headers(identifier, GOOD))

    assert_refused(response)


@pytest.mark.parametrize("name", ["Github-Public-Key-Identifier", "Github-Public-Key-Signature"])
async def test_both_headers_are_needed_once(server: Served, name: str) -> None:
    sent = headers(OURS.identifier, GOOD)
    value = sent.pop(name)

    without = await send(server, BODY, **sent)
    twice = await server.http.post(
        ALERTS, content=BODY, headers=[*sent.items(), (name, value), (name, value)]
    )

    assert_refused(without)
    assert_refused(twice)


async def test_headers_are_known_in_capitals_too(server: Served) -> None:
    sent = {name.upper(): value for name, value in headers(OURS.identifier, GOOD).items()}

    response = await send(server, BODY, **sent)

    assert response.status_code == 200


async def test_no_bearer_makes_up_for_a_signature(server: Served) -> None:
    bearer = f"Bearer {server.facts['api_access_token']}"

    response = await send(server, BODY, Authorization=bearer)

    assert_refused(response)


async def test_the_servers_own_key_is_not_believed_beside_githubs(github: GitHub) -> None:
    response = await github.send(BODY)

    assert_refused(response)
