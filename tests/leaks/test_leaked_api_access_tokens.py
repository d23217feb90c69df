"""What becomes of an API access token that GitHub has found."""

from hashlib import sha256

from mock_buildkite.clock import ManualClock
from tests.actors import Administrator
from tests.leaks.actors import URL, GitHub, alert
from tests.leaks.conftest import OWNER
from tests.rest_api.actors import Caller


async def test_it_opens_nothing_any_more(github: GitHub, owner: Caller) -> None:
    labels = await github.labels(alert(owner.api_access_token))

    assert labels == ["true_positive"]
    assert (await owner.send("GET", "/access-token")).status_code == 401
    assert (await owner.send("GET", "/organizations/rival")).status_code == 401


async def test_its_owner_and_each_organization_are_told_once(github: GitHub, owner: Caller) -> None:
    uuid = (await owner.get("/access-token"))["uuid"]

    await github.report(alert(owner.api_access_token))

    outbox = await github.outbox()
    assert [(each["to"], each["recipient"]) for each in outbox] == [
        ("owner", OWNER),
        ("organization", "sandbox"),
        ("organization", "rival"),
    ]
    assert {each["reason"] for each in outbox} == {"leaked"}
    assert [each["organization"] for each in outbox] == [None, "sandbox", "rival"]
    assert {each["url"] for each in outbox} == {URL}
    assert {each["token_uuid"] for each in outbox} == {uuid}


async def test_it_is_listed_without_its_value(github: GitHub, owner: Caller) -> None:
    uuid = (await owner.get("/access-token"))["uuid"]

    await github.report(alert(owner.api_access_token))

    (leak,) = await github.leaks()
    assert leak == {
        "kind": "api-access-token",
        "uuid": uuid,
        "organizations": ["sandbox", "rival"],
        "type": "buildkite_user_access_token",
        "url": URL,
        "source": "content",
        "action": "revoked",
        "times_reported": 1,
        "first_reported_at": leak["first_reported_at"],
        "last_reported_at": leak["first_reported_at"],
    }


async def test_the_feedback_has_the_digest_of_what_was_found(github: GitHub, owner: Caller) -> None:
    found = f" {owner.api_access_token}\n"

    (feedback,) = await github.report(alert(found, type="acme_token"))

    assert feedback == {
        "token_hash": sha256(found.encode()).hexdigest(),
        "token_type": "acme_token",
        "label": "true_positive",
    }


async def test_the_audit_log_has_it_in_each_organization(
    github: GitHub, owner: Caller, admin: Administrator
) -> None:
    await github.report(alert(owner.api_access_token))

    data = await admin.graphql(
        '{ organization(slug: "sandbox") { auditEvents(first: 1, type: [API_ACCESS_TOKEN_DELETED])'
        " { edges { node { type data actor { name } subject { name } } } } } }"
    )
    (edge,) = data["organization"]["auditEvents"]["edges"]
    assert edge["node"]["actor"]["name"] == "GitHub secret scanning"
    assert edge["node"]["subject"]["name"] == "Deployments"
    assert URL in str(edge["node"]["data"])


async def test_a_report_that_comes_again_tells_nobody_again(github: GitHub, owner: Caller) -> None:
    await github.report(alert(owner.api_access_token))

    labels = await github.labels(alert(owner.api_access_token))

    assert labels == ["true_positive"]
    assert len(await github.outbox()) == 3
    (leak,) = await github.leaks()
    assert (leak["action"], leak["times_reported"]) == ("revoked", 2)


async def test_one_that_was_revoked_before_is_a_token_all_the_same(
    github: GitHub, owner: Caller
) -> None:
    await owner.delete("/access-token")

    labels = await github.labels(alert(owner.api_access_token))

    assert labels == ["true_positive"]
    assert await github.outbox() == []
    assert [each["action"] for each in await github.leaks()] == ["already_over"]


async def test_one_that_has_expired_is_a_token_all_the_same(
    github: GitHub, admin: Administrator, clock: ManualClock
) -> None:
    expires_at = clock.now().replace(hour=1).isoformat()
    token = {"description": "Short", "expires_at": expires_at}
    planted = await admin.seed({"users": [{"email": OWNER, "api_access_tokens": [token]}]})
    value = planted["users"][0]["api_access_tokens"][0]["value"]
    await admin.advance(2 * 3600)

    labels = await github.labels(alert(value))

    assert labels == ["true_positive"]
    assert await github.outbox() == []


async def test_an_organization_that_took_itself_away_is_not_told(
    github: GitHub, owner: Caller, admin: Administrator
) -> None:
    token_id = (await owner.get("/access-token"))["uuid"]
    organization = await admin.graphql('{ organization(slug: "sandbox") { id } }')
    listed = (await owner.server.http.get(f"/_mock/api-access-tokens/{token_id}")).json()
    await admin.graphql(
        "mutation ($input: OrganizationAPIAccessTokenRevokeMutationInput!)"
        " { organizationApiAccessTokenRevoke(input: $input) { revokedApiAccessTokenId } }",
        input={
            "organizationId": organization["organization"]["id"],
            "apiAccessTokenId": listed["id"],
        },
    )

    await github.report(alert(owner.api_access_token))

    told = [each for each in await github.outbox() if each["reason"] == "leaked"]
    assert [each["recipient"] for each in told] == [OWNER, "rival"]


async def test_ten_thousand_times_in_one_report_is_once(github: GitHub, owner: Caller) -> None:
    alerts = [alert(owner.api_access_token, url="")] * 10_000

    feedback = await github.report(*alerts)

    assert [each["label"] for each in feedback] == ["true_positive"] * 10_000
    assert len(await github.outbox()) == 3
    assert len(await github.leaks()) == 1


async def test_it_is_found_inside_other_text(github: GitHub, owner: Caller) -> None:
    line = f"Authorization: Bearer {owner.api_access_token}"

    labels = await github.labels(alert(line))

    assert labels == ["true_positive"]
    assert (await owner.send("GET", "/access-token")).status_code == 401


async def test_what_it_is_taken_for_does_not_matter(github: GitHub, owner: Caller) -> None:
    labels = await github.labels(alert(owner.api_access_token, type="buildkite_cluster_token"))

    assert labels == ["true_positive"]
    assert (await owner.send("GET", "/access-token")).status_code == 401


async def test_an_address_with_markup_is_somebody_elses_text(github: GitHub, owner: Caller) -> None:
    url = "javascript:alert(1)//<script>\x00\x1b[31m\n"

    await github.report(alert(owner.api_access_token, url=url))

    assert {each["url"] for each in await github.outbox()} == {url}
    assert [each["url"] for each in await github.leaks()] == [url]
