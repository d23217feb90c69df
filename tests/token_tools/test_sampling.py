"""Values to test scanners and redaction with."""

import json

import pytest

from mock_buildkite.ids import SystemIds
from mock_buildkite.token_forms import decoding, recognising
from mock_buildkite.token_forms.recognising import Form
from mock_buildkite.token_tools import samples
from tests.actors import Agent, Refused
from tests.command_line.processes import run
from tests.server import Served


def test_the_command_makes_every_kind_in_each_of_its_forms() -> None:
    ended = run("token", "sample", "--json")

    told = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert {each["kind"] for each in told} == {kind.name for kind in samples.MINTED}
    older = {each["kind"] for each in told if each["form"] == "older"}
    assert older == {"api-access-token", "agent-token", "unclustered-agent-token"}
    for each in told:
        recognised = recognising.recognise(each["value"])
        assert recognised is not None
        assert (recognised.kind.name, recognised.form.value) == (each["kind"], each["form"])


def test_the_command_makes_as_many_of_a_kind_as_asked() -> None:
    lines = run("token", "sample", "--kind", "portal-token", "--count", "5").stdout.splitlines()

    assert len(set(lines)) == 5
    assert all(line.startswith("bkpat_") for line in lines)


@pytest.mark.parametrize("options", [("--kind", "password"), ("--count", "0")])
def test_the_command_makes_nothing_of_what_there_is_not(options: tuple[str, str]) -> None:
    ended = run("token", "sample", *options)

    assert (ended.returncode, ended.stdout) == (2, "")


def test_samples_with_a_number_have_that_of_nobody() -> None:
    for kind in samples.MINTED:
        (sample, *_) = samples.draw(SystemIds(), kind, 1)
        parts = decoding.parts(kind, sample.value)

        assert parts.get("id", samples.NOBODY) == samples.NOBODY


async def test_samples_open_nothing(server: Served) -> None:
    for kind in samples.MINTED:
        for sample in samples.draw(SystemIds(), kind, 1):
            with pytest.raises(Refused) as refused:
                await Agent(server, sample.value).register()
            bearer = {"Authorization": f"Bearer {sample.value}"}
            rest = await server.http.get("/v2/access-token", headers=bearer)

            assert (refused.value.status, rest.status_code) == (401, 401)
            assert sample.form in {Form.EXACT, Form.OLDER}
