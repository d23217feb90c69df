"""Starting a real agent: the ways to give it its token, what it says of itself, and refusals."""

from pathlib import Path

import pytest

from tests.clients.agents import Fleet, reaching
from tests.clients.conftest import SHORT_INTERVALS
from tests.clients.operators import Operator
from tests.command_line.processes import acted_on, start
from tests.server import Served

pytestmark = pytest.mark.real_agent


async def test_an_agent_takes_its_token_from_a_flag_a_variable_or_its_configuration(
    server: Served, admin: Operator, fleet: Fleet, tmp_path: Path
) -> None:
    endpoint, token = server.facts["agent_endpoint"], server.facts["agent_token"]
    configuration = tmp_path / "buildkite-agent.cfg"
    configuration.write_text(f'endpoint="{endpoint}"\ntoken="{token}"\n')

    by_flag = fleet.start("--endpoint", endpoint, "--token", token)
    by_variable = fleet.start(
        variables={"BUILDKITE_AGENT_ENDPOINT": endpoint, "BUILDKITE_AGENT_TOKEN": token}
    )
    by_configuration = fleet.start(config=configuration)

    for agent in (by_flag, by_variable, by_configuration):
        await agent.is_ready()
        assert (await admin.sees_connected(agent))["version"] == fleet.release.version
    assert len(await admin.agents()) == 3


async def test_five_spawned_agents_connect_and_leave_with_their_one_process(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    names = {f"crew-{number}" for number in range(1, 6)}

    agent = fleet.start(*reaching(server), "--name", "crew-%spawn", "--spawn", "5")

    await admin.sees_all(names, "connected")
    assert len({each["uuid"] for each in await admin.registered()}) == 5
    agent.interrupt()
    assert await agent.exit_status() == 0
    await admin.sees_all(names, "disconnected")


async def test_tags_arrive_as_they_were_given_and_choose_the_queue(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    await admin.create_queue("deploy")

    untagged = fleet.start(*reaching(server))
    tagged = fleet.start(*reaching(server), "--tags", "queue=deploy,os=linux", "--tags", "gpu")

    view = await admin.sees_connected(untagged)
    assert view["clusterQueue"] == {"key": "default"}
    assert view["metaData"] == ["queue=default"]
    view = await admin.sees_connected(tagged)
    assert view["clusterQueue"] == {"key": "deploy"}
    assert set(view["metaData"]) == {"queue=deploy", "os=linux", "gpu"}


async def test_the_queue_option_chooses_the_queue(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    if not fleet.release.has_queue_option:
        pytest.skip(f"{fleet.release.version} has no --queue")
    await admin.create_queue("deploy")

    agent = fleet.start(*reaching(server), "--queue", "deploy", "--tags", "os=linux")

    view = await admin.sees_connected(agent)
    assert view["clusterQueue"] == {"key": "deploy"}
    assert set(view["metaData"]) == {"queue=deploy", "os=linux"}


async def test_an_unclustered_agent_works_on_a_queue_that_nobody_made(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    token = server.facts["unclustered_agent_token"]

    agent = fleet.start(*reaching(server, token), "--tags", "queue=anything")

    view = await admin.sees_connected(agent)
    assert view["clusterQueue"] is None
    assert view["metaData"] == ["queue=anything"]


async def test_an_agent_in_a_test_sees_nothing_of_the_machines_own_configuration(
    server: Served,
    admin: Operator,
    fleet: Fleet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile = tmp_path / "hostile" / ".buildkite-agent" / "buildkite-agent.cfg"
    hostile.parent.mkdir(parents=True)
    hostile.write_text('tags="from=the-configuration"\nname="hostile"\n')
    monkeypatch.setenv("HOME", str(tmp_path / "hostile"))
    monkeypatch.setenv("BUILDKITE_AGENT_CONFIG", str(hostile))
    monkeypatch.setenv("BUILDKITE_AGENT_TAGS", "from=the-environment")

    agent = fleet.start(*reaching(server))

    view = await admin.sees_connected(agent)
    assert view["metaData"] == ["queue=default"]
    assert view["name"] != "hostile"


async def test_the_printed_line_starts_an_agent_when_it_is_pasted(fleet: Fleet) -> None:
    with start(*SHORT_INTERVALS) as process:
        printed = list(iter(process.read_line, "Press Ctrl-C to stop\n"))
        [line] = [line for line in printed if "buildkite-agent start" in line]
        words = line.split()
        process.facts["url"] = words[words.index("--endpoint") + 1].removesuffix("/v3")

        agent = fleet.paste(line)

        await agent.is_ready()
        async with acted_on(process) as served:
            [listed] = (await served.http.get("/_mock/agents")).json()
        assert listed["name"] == await agent.name()
        assert listed["connection_state"] == "connected"
        agent.interrupt()
        await agent.says("Disconnected")


async def test_a_refused_start_tells_the_operator_what_to_do(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    far_away = await admin.create_agent_token(allowedIpAddresses="10.0.0.0/8")

    wrong_token = fleet.start(*reaching(server, "mistyped"))
    wrong_queue = fleet.start(*reaching(server), "--tags", "queue=depoly")
    wrong_place = fleet.start(*reaching(server, far_away["value"]))

    assert "401 Unauthorized: Invalid access token" in await wrong_token.is_refused()
    line = await wrong_queue.is_refused()
    assert "422 Unprocessable Entity: " in line
    assert "queue 'depoly'. Its queues: default" in line
    line = await wrong_place.is_refused()
    assert "403 Forbidden: " in line
    assert "IP address 127.0.0.1. Add it to the token's allowed IP addresses" in line
    assert await admin.registered() == []
