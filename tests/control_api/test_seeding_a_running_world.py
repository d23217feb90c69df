"""`POST /_mock/seed`: more organizations, users and tokens, all or nothing."""

import json
import os
from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused, Member, Refused
from tests.conftest import CHECKOUT
from tests.server import Served

EXAMPLE = CHECKOUT.parent / "shared" / "contract" / "seed-example.yaml"
LONG_AGO = "2020-01-01T00:00:00Z"


def drawn() -> str:
    """A value of nobody's form."""
    return f"own-{os.urandom(12).hex()}"


async def test_a_slug_is_enough_for_all_that_a_new_organization_gets(
    admin: Administrator,
) -> None:
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})

    [rival] = planted["organizations"]
    [cluster], [unclustered], [user] = rival["clusters"], rival["agent_tokens"], planted["users"]
    assert (rival["name"], cluster["name"]) == ("Rival", "Default cluster")
    assert [queue["key"] for queue in cluster["queues"]] == ["default"]
    assert [each["description"] for each in cluster["agent_tokens"]] == ["Initial agent token"]
    assert unclustered["description"] == "Default agent registration token"
    assert rival["agent_token"] == cluster["agent_tokens"][0]["value"]
    assert rival["unclustered_agent_token"] == unclustered["value"]
    assert rival["api_access_token"] == user["api_access_tokens"][0]["value"]


async def test_every_id_and_value_in_the_answer_works(server: Served, admin: Administrator) -> None:
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})

    [rival] = planted["organizations"]
    [cluster] = rival["clusters"]
    [user] = planted["users"]
    theirs = Administrator(server, {**rival, "organization_slug": "rival"})
    for node in (
        rival,
        cluster,
        user,
        *rival["agent_tokens"],
        *cluster["queues"],
        *cluster["agent_tokens"],
    ):
        assert await uuid_of(theirs, node["id"]) == node["uuid"]
    assert rival["organization_id"] == rival["id"]
    assert rival["cluster_id"] == cluster["uuid"]
    for agent_token in (*rival["agent_tokens"], *cluster["agent_tokens"]):
        identity = await Agent(server, agent_token["value"]).identity()
        assert identity["uuid"] == agent_token["uuid"]
        assert identity["description"] == agent_token["description"]


async def test_what_was_planted_is_not_seen_from_the_other_organization(
    server: Served, admin: Administrator
) -> None:
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})

    await Agent(server, planted["organizations"][0]["agent_token"]).start("theirs")

    assert await admin.agents() == []
    seen = await admin.graphql('{ organization(slug: "rival") { slug } }')
    assert seen == {"organization": None}


async def test_values_that_are_given_are_taken_and_others_are_drawn(
    server: Served, admin: Administrator
) -> None:
    given = {name: drawn() for name in ("clustered", "unclustered", "access")}

    planted = await admin.seed(
        {
            "users": [
                {
                    "email": "zoe@acme.example",
                    "api_access_tokens": [{"description": "Hers", "value": given["access"]}],
                }
            ],
            "organizations": [
                {
                    "slug": "acme",
                    "agent_tokens": [
                        {"description": "given", "value": given["unclustered"]},
                        {"description": "drawn"},
                    ],
                    "clusters": [
                        {
                            "name": "Runners",
                            "agent_tokens": [{"description": "given", "value": given["clustered"]}],
                        }
                    ],
                }
            ],
        }
    )

    [acme] = planted["organizations"]
    assert acme["agent_token"] == given["clustered"]
    assert acme["api_access_token"] == given["access"]
    assert acme["agent_tokens"][0]["value"] == given["unclustered"]
    assert acme["agent_tokens"][1]["value"].startswith("bkar_")
    for value in (given["clustered"], *(each["value"] for each in acme["agent_tokens"])):
        await Agent(server, value).start()
    viewer = await Member(server, given["access"]).graphql("{ viewer { user { email } } }")
    assert viewer == {"viewer": {"user": {"email": "zoe@acme.example"}}}


async def test_an_organization_a_cluster_and_a_user_that_are_there_are_added_to(
    server: Served, admin: Administrator
) -> None:
    facts = server.facts

    planted = await admin.seed(
        {
            "users": [
                {"email": "admin@sandbox.example", "api_access_tokens": [{"description": "More"}]}
            ],
            "organizations": [
                {
                    "slug": "sandbox",
                    "clusters": [
                        {
                            "name": "Default cluster",
                            "queues": [{"key": "deploy"}],
                            "agent_tokens": [{"description": "Deployers"}],
                        },
                        {"name": "Second"},
                    ],
                }
            ],
        }
    )

    [sandbox] = planted["organizations"]
    default, second = sandbox["clusters"]
    assert (sandbox["id"], default["uuid"]) == (facts["organization_id"], facts["cluster_id"])
    assert [queue["key"] for queue in default["queues"]] == ["deploy"]
    assert sandbox["agent_tokens"] == []
    assert [queue["key"] for queue in second["queues"]] == ["default"]
    deployer = Agent(server, default["agent_tokens"][0]["value"])
    await deployer.start("deployer", meta_data=["queue=deploy"])
    idler = await Agent(server).start("idler")
    assert idler.registered["meta_data"] == ["queue=default"]
    assert set(await Administrator(server, sandbox).agents()) == {"idler", "deployer"}


async def test_a_token_can_be_planted_that_is_expired_already(
    server: Served, admin: Administrator
) -> None:
    expired = {"description": "Expired", "expires_at": LONG_AGO}

    planted = await admin.seed(
        {
            "users": [{"email": "ada@acme.example", "api_access_tokens": [expired]}],
            "organizations": [
                {"slug": "acme", "clusters": [{"name": "Old", "agent_tokens": [expired]}]}
            ],
        }
    )

    [acme], [ada] = planted["organizations"], planted["users"]
    with pytest.raises(Refused) as refused:
        await Agent(server, acme["agent_token"]).register()
    assert refused.value.status == 401
    answer = await Member(server, ada["api_access_tokens"][0]["value"]).post(
        {"query": "{ viewer { id } }"}
    )
    assert answer.status_code == 401


async def test_a_token_can_be_planted_that_expires_and_is_bound_to_addresses(
    server: Served, admin: Administrator
) -> None:
    bound = {"description": "Bound", "allowed_ip_addresses": "10.0.0.0/8"}
    short = {"description": "Short", "expires_at": "2026-01-01T00:01:00+00:00"}
    tokens = [bound, short]

    planted = await admin.seed(
        {"organizations": [{"slug": "acme", "clusters": [{"name": "C", "agent_tokens": tokens}]}]}
    )

    values = [each["value"] for each in planted["organizations"][0]["clusters"][0]["agent_tokens"]]
    assert await status_of_registering(server, values[0]) == 403
    assert await status_of_registering(server, values[1]) == 200
    await admin.advance(60)
    assert await status_of_registering(server, values[1]) == 401


async def test_a_member_may_look_but_not_manage(server: Served, admin: Administrator) -> None:
    planted = await admin.seed(
        {
            "users": [{"email": "bob@x.example", "api_access_tokens": [{"description": "Bob's"}]}],
            "organizations": [
                {"slug": "sandbox", "members": [{"email": "bob@x.example", "role": "member"}]}
            ],
        }
    )

    bob = Member(server, planted["users"][0]["api_access_tokens"][0]["value"])
    assert planted["organizations"][0]["api_access_token"] is None
    assert await bob.agents() == []
    with pytest.raises(GraphQLRefused):
        await bob.mutate(
            "agentTokenCreate",
            "tokenValue",
            organizationID=server.facts["organization_id"],
            description="mine",
        )


@pytest.mark.parametrize(
    "text",
    [
        "organizations:\n  - slug: acme\n    name: Ünïcode 🚀\n",
        json.dumps({"organizations": [{"slug": "acme", "name": "Ünïcode 🚀"}]}),
        json.dumps({"organizations": [{"slug": "acme", "name": "Ünïcode 🚀"}]}, indent="\t"),
        '---\n{"organizations": [{slug: acme, name: "Ünïcode 🚀"}]}',
    ],
    ids=["YAML", "JSON", "JSON with tabs", "YAML in JSON's style"],
)
async def test_a_document_is_yaml_or_json(server: Served, text: str) -> None:
    response = await server.http.post("/_mock/seed", content=text.encode())

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    [acme] = response.json()["organizations"]
    assert acme["name"] == "Ünïcode 🚀"


async def test_an_empty_document_plants_nothing(server: Served) -> None:
    response = await server.http.post("/_mock/seed")

    assert response.json() == {"users": [], "organizations": []}


@pytest.mark.parametrize(
    ("last", "place", "expected"),
    [
        ({"slug": "half", "clusters": [{"name": "C", "maintainers": ["no@x.y"]}]}, "[1]", "no@x.y"),
        ({"slug": "Not a slug"}, "[1]", "Slug"),
        ({"slug": "b", "members": [{"email": "no@x.y"}]}, "[1].members[0]", "no@x.y"),
        ({"slug": "b", "agent_tokens": [{"description": "d", "value": "a b"}]}, "[0]", "visible"),
        ({"slug": "b", "clusters": [{"name": "C", "queues": [{"key": "a b"}]}]}, "[0]", "Key"),
        (
            {"slug": "b", "clusters": [{"name": "C", "queues": [{"key": "a"}, {"key": "a"}]}]},
            ".clusters[0].queues[1]",
            "Key",
        ),
        (
            {
                "slug": "b",
                "clusters": [
                    {"name": "C", "agent_tokens": [{"description": "d", "expires_at": "soon"}]}
                ],
            },
            ".agent_tokens[0].expires_at",
            "RFC3339",
        ),
        (
            {
                "slug": "b",
                "clusters": [
                    {
                        "name": "C",
                        "agent_tokens": [
                            {"description": "d", "expires_at": "0001-01-01T00:00:00+10:00"}
                        ],
                    }
                ],
            },
            ".agent_tokens[0]",
            "out of bounds",
        ),
        ({"slug": "b", "jobs": []}, "[1]", "`jobs`"),
    ],
)
async def test_a_document_is_planted_as_a_whole_or_not_at_all(
    admin: Administrator, last: dict[str, Any], place: str, expected: str
) -> None:
    document = {"organizations": [{"slug": "fine"}, last]}

    with pytest.raises(Refused) as refused:
        await admin.seed(document)

    assert refused.value.status == 422
    assert place in refused.value.message
    assert expected in refused.value.message
    # What is there already would get no cluster of its own.
    later = await admin.seed({"organizations": [{"slug": "fine"}]})
    assert len(later["organizations"][0]["clusters"]) == 1


async def test_a_value_that_is_taken_is_refused(server: Served, admin: Administrator) -> None:
    taken = server.facts["agent_token"]
    token = {"description": "mine", "value": taken}

    with pytest.raises(Refused) as refused:
        await admin.seed({"organizations": [{"slug": "rival", "agent_tokens": [token]}]})

    assert refused.value.status == 422
    assert "agent_tokens[0]" in refused.value.message
    assert taken not in refused.value.response.text


@pytest.mark.parametrize(
    "body",
    [b"[]", b"7", b"\xff", b"a: b: c", b"a: &x 1\nb: *x", b"[" * 1_000_000, b"- " * 100_000],
    ids=["list", "number", "not UTF-8", "no YAML", "alias", "deep JSON", "deep YAML"],
)
async def test_what_is_no_document_is_refused_in_words(server: Served, body: bytes) -> None:
    response = await server.http.post("/_mock/seed", content=body)

    assert response.status_code == 422
    assert response.json()["message"]


@pytest.mark.skipif(not EXAMPLE.is_file(), reason="the contract is not beside this checkout")
async def test_the_contracts_example_is_a_seed(server: Served, admin: Administrator) -> None:
    response = await server.http.post("/_mock/seed", content=EXAMPLE.read_bytes())

    assert response.status_code == 200
    planted = response.json()
    [acme] = planted["organizations"]
    assert [user["email"] for user in planted["users"]] == ["ada@example.com", "bob@example.com"]
    assert [queue["key"] for queue in acme["clusters"][0]["queues"]] == ["default", "deploy"]
    await Agent(server, acme["agent_token"]).start("one", meta_data=["queue=deploy"])
    await Agent(server, acme["unclustered_agent_token"]).start("two")
    ada = Administrator(server, acme)
    assert len(await names_of(ada)) == 2
    await admin.advance(4 * 366 * 24 * 3600)  # its clustered token ends with 2029
    assert await status_of_registering(server, acme["agent_token"]) == 401
    assert await status_of_registering(server, acme["unclustered_agent_token"]) == 200


async def names_of(admin: Administrator) -> list[str]:
    data = await admin.graphql(
        "query ($slug: ID!) { organization(slug: $slug)"
        " { agents(first: 9) { edges { node { name } } } } }",
        slug=admin.facts["organization_slug"],
    )
    return [edge["node"]["name"] for edge in data["organization"]["agents"]["edges"]]


async def uuid_of(member: Member, node_id: str) -> str:
    """The UUID of whatever has a GraphQL ID."""
    kinds = ("Organization", "Cluster", "ClusterQueue", "AgentToken", "ClusterToken", "User")
    # Under names of their own: the types do not agree on whether a UUID is a String or an ID.
    fragments = " ".join(f"... on {kind} {{ {kind}: uuid }}" for kind in kinds)
    query = f"query ($id: ID!) {{ node(id: $id) {{ {fragments} }} }}"
    [uuid] = (await member.graphql(query, id=node_id))["node"].values()
    assert isinstance(uuid, str)
    return uuid


async def status_of_registering(server: Served, agent_token: str) -> int:
    try:
        await Agent(server, agent_token).register("newcomer")
    except Refused as refused:
        return refused.status
    return 200
