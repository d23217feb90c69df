"""Maintainers of clusters: an administrator makes members of the organization that."""

from typing import Any

import pytest

from mock_buildkite.refusals import NOT_IMPLEMENTED_HEADER
from tests.actors import Refused, status_of
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.shapes import UUID

SOMEBODY = "00000000-0000-4000-8000-000000000000"


async def test_a_member_becomes_a_maintainer_and_stops_being_one(
    caller: Caller, company: Company, cluster: str
) -> None:
    bob = await company.member.get("/user")

    answer = await caller.send("POST", f"{cluster}/maintainers", json={"user": bob["id"]})

    added = answer.json()
    path = f"{cluster}/maintainers/{added['id']}"
    assert answer.status_code == 201
    assert UUID.fullmatch(added["id"])
    assert added["actor"] == {
        "id": bob["id"],
        "graphql_id": bob["graphql_id"],
        "name": bob["name"],
        "email": bob["email"],
        "type": "user",
    }
    assert await caller.get(path) == added
    listed = await caller.get(f"{cluster}/maintainers")
    assert [each["actor"]["email"] for each in listed] == [
        "cara@sandbox.example",
        "bob@sandbox.example",
    ]
    assert (await caller.get(cluster))["maintainers"] == {"users": listed, "teams": []}
    assert await status_of(company.member.get(f"{cluster}/tokens")) == 200

    await caller.delete(path)

    assert await status_of(caller.get(path)) == 404
    assert await status_of(company.member.get(f"{cluster}/tokens")) == 403
    assert await status_of(caller.get(cluster)) == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Exactly one of user and team must be given"),
        ({"user": "", "team": None}, "Exactly one of user and team must be given"),
        ({"user": SOMEBODY, "team": SOMEBODY}, "Exactly one of user and team must be given"),
        ({"user": SOMEBODY}, "User must be a member of the organization"),
        ({"user": 1}, "Expected `str | null`, got `int` - at `$.user`"),
    ],
)
async def test_nobody_else_becomes_one(
    caller: Caller, cluster: str, body: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(f"{cluster}/maintainers", body)

    assert refused.value.status == 422
    assert refused.value.message == f"Validation failed: {reason}"
    assert await caller.get(f"{cluster}/maintainers") == []


async def test_a_user_of_another_organization_does_not_become_one(
    caller: Caller, company: Company, cluster: str
) -> None:
    dan = await company.outsider.get("/user")

    assert await status_of(caller.post(f"{cluster}/maintainers", {"user": dan["id"]})) == 422


async def test_nobody_becomes_one_twice(caller: Caller, company: Company, cluster: str) -> None:
    cara = await company.maintainer.get("/user")

    with pytest.raises(Refused) as refused:
        await caller.post(f"{cluster}/maintainers", {"user": cara["id"]})

    assert refused.value.status == 422
    assert refused.value.message.endswith("User is already a maintainer of the cluster")


async def test_there_are_no_teams_and_that_is_said(caller: Caller, cluster: str) -> None:
    answer = await caller.send("POST", f"{cluster}/maintainers", json={"team": SOMEBODY})

    assert answer.status_code == 405
    assert answer.headers[NOT_IMPLEMENTED_HEADER] == "teams"


async def test_a_maintainer_does_not_make_others(company: Company, cluster: str) -> None:
    bob = await company.member.get("/user")
    (own,) = await company.member.get(f"{cluster}/maintainers")

    added = company.maintainer.post(f"{cluster}/maintainers", {"user": bob["id"]})
    removed = company.maintainer.delete(f"{cluster}/maintainers/{own['id']}")

    assert [await status_of(added), await status_of(removed)] == [403, 403]


async def test_a_maintainer_is_found_in_the_own_cluster_only(
    caller: Caller, company: Company, cluster: str
) -> None:
    (own,) = await caller.get(f"{cluster}/maintainers")

    for path in (
        f"{company.other_cluster}/maintainers/{own['id']}",
        f"{cluster}/maintainers/{SOMEBODY}",
    ):
        for method in ("GET", "DELETE"):
            with pytest.raises(Refused) as refused:
                await caller.call(method, path)
            assert refused.value.status == 404
            assert refused.value.message == "No cluster maintainer found"
