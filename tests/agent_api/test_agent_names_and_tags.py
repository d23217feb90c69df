"""What an agent says of itself: its name with placeholders, its tags, and the rest."""

import re

import pytest

from tests.actors import Administrator, Agent
from tests.server import Served

WORD = "[0-9A-Za-z]{6}"


async def queue_of(admin: Administrator, agent: Agent) -> str | None:
    """The key of the cluster queue that an agent is on."""
    queue = (await admin.agent(agent, "clusterQueue { key }"))["clusterQueue"]
    return None if queue is None else queue["key"]


def unclustered(server: Served) -> Agent:
    return Agent(server, server.facts["unclustered_agent_token"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("builder", "builder"),
        ("%hostname", "box"),
        ("%hostname-%hostname", "box-box"),
        ("%pid", "4711"),
        ("%spawn", "1"),
        ("%random", WORD),
        ("%random-%random", f"{WORD}-{WORD}"),
        ("%hostname-%spawn-%pid-%random", f"box-1-4711-{WORD}"),
        ("100% %unknown %%hostname", "100% %unknown %box"),
        ("%Hostname", "%Hostname"),
        ("", f"box-{WORD}"),
    ],
)
async def test_placeholders_in_a_name_are_filled_in(agent: Agent, name: str, expected: str) -> None:
    await agent.register(name, hostname="box", pid=4711)

    assert re.fullmatch(expected, agent.name)


async def test_each_random_part_is_drawn_on_its_own(server: Served) -> None:
    drawn = set()

    for _ in range(10):
        agent = await Agent(server).register("%random %random")
        drawn.update(agent.name.split())

    assert len(drawn) == 20


@pytest.mark.parametrize(
    ("name", "expected"),
    [("%hostname", "agent"), ("%pid", "0"), ("", f"agent-{WORD}")],
)
async def test_a_placeholder_for_what_was_not_said_leaves_no_empty_name(
    agent: Agent, name: str, expected: str
) -> None:
    await agent.register(name)

    assert re.fullmatch(expected, agent.name)


async def test_what_looks_like_a_placeholder_in_a_hostname_is_none(agent: Agent) -> None:
    await agent.register("%hostname %spawn", hostname="%spawn%random")

    assert agent.name == "%spawn%random 1"


async def test_many_agents_may_have_one_name(server: Served, admin: Administrator) -> None:
    agents = [await Agent(server).start("same") for _ in range(3)]

    assert [agent.name for agent in agents] == ["same"] * 3
    assert len({agent.uuid for agent in agents}) == 3
    assert await admin.agents() == ["same"] * 3


async def test_a_name_is_shown_as_it_was_answered(admin: Administrator, agent: Agent) -> None:
    await agent.start("%hostname \N{SNOWMAN} <b>%random</b> \" ' ; --", hostname="box")

    assert (await admin.agent(agent, "name"))["name"] == agent.name
    assert await admin.agents() == [agent.name]


@pytest.mark.parametrize(
    "tags",
    [
        ["os=linux", "docker=true"],
        ["a=b=c", "no equals sign", "=", "key=", "", "a=b=c"],
        ['motto=\N{SNOWMAN} don\'t, "do" \\'],
    ],
)
async def test_tags_are_kept_as_they_came(
    admin: Administrator, agent: Agent, tags: list[str]
) -> None:
    await agent.start(meta_data=tags)

    assert agent.registered["meta_data"] == [*tags, "queue=default"]
    assert (await admin.agent(agent, "metaData"))["metaData"] == [*tags, "queue=default"]


async def test_the_same_queue_may_be_named_twice(server: Served) -> None:
    agent = await Agent(server).start(meta_data=["queue=default", "queue=default"])

    assert await queue_of(Administrator(server), agent) == "default"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], ["queue=default"]),
        (["queue=never seen before"], ["queue=never seen before"]),
        (["queue=one", "os=linux", "queue=two"], ["queue=one", "os=linux", "queue=two"]),
    ],
)
async def test_an_unclustered_queue_needs_no_prior_existence(
    server: Served, tags: list[str], expected: list[str]
) -> None:
    agent = await unclustered(server).start(meta_data=tags)

    assert agent.registered["meta_data"] == expected
    assert await queue_of(Administrator(server), agent) is None


async def test_what_an_agent_says_of_itself_is_shown(admin: Administrator, agent: Agent) -> None:
    await agent.start(
        "builder",
        hostname="box",
        os="Debian GNU/Linux 12\nbookworm",
        arch="arm64",
        version="3.137.0",
        build="12345",
        pid=4711,
        priority="-3",
        machine_id="1f2e",
        features=["git-mirrors"],
        script_eval_enabled=False,
    )

    shown = await admin.agent(
        agent, "hostname version pid priority operatingSystem { name } connectionState isRunningJob"
    )
    assert shown == {
        "hostname": "box",
        "version": "3.137.0",
        "pid": "4711",
        "priority": -3,
        "operatingSystem": {"name": "Debian GNU/Linux 12"},
        "connectionState": "connected",
        "isRunningJob": False,
    }
