"""OIDC tokens of jobs: which registry they open, when, and what for."""

from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_buildkite.clock import Clock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Visitor
from tests.builders import Worker
from tests.jobs import Job
from tests.registries.actors import Registry, RegistryMaker, basic, bearer
from tests.registries.jobs import (
    ISSUER,
    OTHER_FILE,
    SANDBOX,
    Machine,
    audience,
    job_of_another_organization,
    set_policy,
    statement,
    statuses,
)
from tests.rest_api.actors import Caller
from tests.server import Served, serve_in_process

GITHUB = "https://token.actions.githubusercontent.com"
CIRCLE_CI = "https://oidc.circleci.com/org/acme"


@pytest.fixture
def machine() -> Machine:
    """The machine that the server and the jobs are on."""
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> Clock:
    """The world's time: the machine's, until a test advances it."""
    return machine.clock()


@pytest.fixture
async def job(server: Served) -> Job:
    """A running job of the first organization, in its pipeline `app` on the branch `main`."""
    return await Job.on(await Worker(server).start())


@pytest.mark.parametrize("spell", [basic, bearer])
async def test_a_job_publishes_and_installs_with_the_documented_audience(
    registry: Registry, job: Job, spell: Any
) -> None:
    await set_policy(registry, statement())
    headers = spell(await job.oidc_token(audience=audience(registry)))

    uploaded = await registry.upload(OTHER_FILE, headers, version="2.0")
    looked = await registry.look(headers)
    download = await registry.server.http.get(
        f"{registry.index}/files/{OTHER_FILE[0]}", headers=headers
    )

    assert (uploaded.status_code, looked.status_code) == (200, 200)
    assert OTHER_FILE[0] in looked.text
    assert download.content == OTHER_FILE[1]


async def test_the_servers_own_address_is_audience_and_issuer_too(
    registry: Registry, job: Job
) -> None:
    url = registry.server.url
    await set_policy(registry, statement(iss=url))

    token = await job.oidc_token(audience=f"{url}/packages/sandbox/fruits")

    assert await statuses(registry, token) == (200, 200)


async def test_a_policy_in_yaml_lets_in_as_well(maker: RegistryMaker, job: Job) -> None:
    registry = await maker.make(
        oidc_policy=f"- iss: {ISSUER}\n  claims:\n    pipeline_slug: app\n    build_branch: main\n"
    )

    token = await job.oidc_token(audience=audience(registry))

    assert (await registry.upload(headers=basic(token))).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "sts.amazonaws.com",
        "https://packages.buildkite.com",
        "https://packages.buildkite.com/sandbox",
        "https://packages.buildkite.com/sandbox/fruits/",
        "https://packages.buildkite.com/sandbox/fruits/pypi",
        "https://packages.buildkite.com/sandbox/vegetables",
        "https://packages.buildkite.com/rival/fruits",
        "https://packages.buildkite.com/sandbox/Fruits",
        "http://packages.buildkite.com/sandbox/fruits",
        "packages.buildkite.com/sandbox/fruits",
        "{url}/sandbox/fruits",
        "{url}/packages/sandbox/fruits/pypi",
        "{url}/packages/sandbox/vegetables",
        "http://elsewhere:5483/packages/sandbox/fruits",
        "https://127.0.0.1:5483/packages/sandbox/fruits",
    ],
)
async def test_a_token_for_something_else_is_refused(
    registry: Registry, job: Job, wrong: str | None
) -> None:
    await set_policy(registry, statement())

    token = await job.oidc_token(audience=wrong and wrong.format(url=registry.server.url))

    assert await statuses(registry, token) == (401, 401)


async def test_a_token_opens_no_other_registry_whose_policy_it_meets(
    registry: Registry, maker: RegistryMaker, rival: RegistryMaker, job: Job
) -> None:
    others = [await maker.make("Other"), await rival.make()]
    for each in (registry, *others):
        await set_policy(each, statement())

    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (200, 200)
    for other in others:
        assert await statuses(other, token) == (401, 401)


async def test_a_job_of_another_organization_is_refused_where_the_policy_names_one(
    registry: Registry, server: Served, job: Job
) -> None:
    await set_policy(registry, statement(claims={**SANDBOX, "pipeline_slug": "app"}))
    theirs = await job_of_another_organization(server)

    own = await job.oidc_token(audience=audience(registry))
    foreign = await theirs.oidc_token(audience=audience(registry))

    assert jwt.decode(foreign, options={"verify_signature": False})["pipeline_slug"] == "app"
    assert await statuses(registry, own) == (200, 200)
    assert await statuses(registry, foreign) == (401, 401)


async def test_a_policy_that_names_no_organization_lets_in_all(
    registry: Registry, server: Served
) -> None:
    await set_policy(registry, statement(claims={"pipeline_slug": "app"}))
    theirs = await job_of_another_organization(server)

    token = await theirs.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (200, 200)


@pytest.mark.parametrize(
    ("scopes", "publishing", "installing"),
    [
        (["read_packages"], 403, 200),
        (["write_packages"], 200, 403),
        (["delete_packages"], 403, 403),
        (["write_packages", "read_packages"], 200, 200),
    ],
)
async def test_a_statement_gives_its_scopes_and_no_others(
    registry: Registry, job: Job, scopes: list[str], publishing: int, installing: int
) -> None:
    await set_policy(registry, statement(scopes=scopes))

    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (publishing, installing)


async def test_a_missing_scope_is_named(registry: Registry, job: Job) -> None:
    await set_policy(registry, statement(scopes=["read_packages"]))
    token = await job.oidc_token(audience=audience(registry))

    answer = await registry.upload(OTHER_FILE, bearer(token), version="2.0")

    assert answer.status_code == 403
    assert answer.json() == {"message": "This OIDC token doesn't have the write_packages scope"}


async def test_the_first_statement_that_is_met_decides(registry: Registry, job: Job) -> None:
    other_branch = statement(claims={"build_branch": "other"}, scopes=["delete_packages"])
    reading, writing = (statement(scopes=[f"{word}_packages"]) for word in ("read", "write"))
    github = statement(iss=GITHUB, scopes=["delete_packages"])
    token = await job.oidc_token(audience=audience(registry))

    await set_policy(registry, other_branch, github, reading, writing)
    assert await statuses(registry, token) == (403, 200)

    await set_policy(registry, github, other_branch, writing, reading)
    assert await statuses(registry, token) == (200, 403)


@pytest.mark.parametrize(
    "issuer",
    [GITHUB, CIRCLE_CI, f"{ISSUER}/", "http://agent.buildkite.com", "http://127.0.0.1:5484"],
)
async def test_a_statement_about_another_issuer_lets_in_no_job(
    registry: Registry, job: Job, issuer: str
) -> None:
    await set_policy(registry, statement(iss=issuer))

    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (401, 401)


async def test_what_another_issuer_has_signed_is_refused(
    registry: Registry, job: Job, machine: Machine
) -> None:
    await set_policy(registry, statement(iss=GITHUB), statement())
    good = await job.oidc_token(audience=audience(registry))
    claims = jwt.decode(good, options={"verify_signature": False})
    key_id = jwt.get_unverified_header(good)["kid"]
    async with serve_in_process(Settings(), machine.clock()) as elsewhere:
        same = await Job.on(await Worker(elsewhere).start())
        theirs = await same.oidc_token(audience=audience(registry))

    key = rsa.generate_private_key(65537, 2048)
    forged = [
        jwt.encode({**claims, "iss": issuer}, key, "RS256", {"typ": None, "kid": key_id})
        for issuer in (GITHUB, ISSUER, claims["iss"])
    ]

    assert await statuses(registry, good) == (200, 200)
    for token in (theirs, *forged):
        assert await statuses(registry, token) == (401, 401)


async def test_a_registry_without_a_policy_lets_in_no_job(registry: Registry, job: Job) -> None:
    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (401, 401)


async def test_a_policy_that_is_taken_away_lets_in_nobody_from_then_on(
    registry: Registry, job: Job
) -> None:
    await set_policy(registry, statement())
    token = await job.oidc_token(audience=audience(registry))
    before = await registry.look(bearer(token))

    await registry.caller.put(registry.path, {"oidc_policy": None})

    assert before.status_code == 200
    assert await statuses(registry, token) == (401, 401)


async def test_another_policy_counts_at_once(registry: Registry, job: Job) -> None:
    await set_policy(registry, statement())
    token = await job.oidc_token(audience=audience(registry))
    before = await registry.look(bearer(token))

    await set_policy(registry, statement(claims={**SANDBOX, "build_branch": "release"}))

    assert before.status_code == 200
    assert await statuses(registry, token) == (401, 401)


async def test_a_token_lives_for_as_long_as_it_says_on_the_machines_clock(
    registry: Registry, job: Job, machine: Machine
) -> None:
    await set_policy(registry, statement())
    token = await job.oidc_token(audience=audience(registry), lifetime=60)

    machine.pass_seconds(59.9)
    in_time = await registry.look(bearer(token))
    machine.pass_seconds(0.1)

    assert in_time.status_code == 200
    assert await statuses(registry, token) == (401, 401)


@pytest.mark.parametrize(("lifetime", "status"), [(0, 200), (300, 200), (301, 401), (86_400, 401)])
async def test_a_token_may_be_made_for_five_minutes_at_most(
    registry: Registry, job: Job, lifetime: int, status: int
) -> None:
    await set_policy(registry, statement())

    token = await job.oidc_token(audience=audience(registry), lifetime=lifetime)

    assert await statuses(registry, token) == (status, status)


async def test_how_far_the_worlds_clock_was_moved_makes_no_difference(
    registry: Registry, job: Job, admin: Administrator
) -> None:
    await set_policy(registry, statement())
    before = await job.oidc_token(audience=audience(registry))

    await admin.advance(3600)
    after = await job.oidc_token(audience=audience(registry))

    assert (await registry.look(bearer(before))).status_code == 200
    assert await statuses(registry, after) == (200, 200)


async def test_a_token_outlives_its_job(registry: Registry, job: Job) -> None:
    await set_policy(registry, statement())
    token = await job.oidc_token(audience=audience(registry))

    await job.taken.finish()

    assert await statuses(registry, token) == (200, 200)


async def test_a_public_registry_is_read_with_any_token_and_written_with_a_good_one(
    registry: Registry, job: Job
) -> None:
    await registry.caller.put(registry.path, {"public": True})
    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (401, 200)

    await set_policy(registry, statement(scopes=["write_packages"]))
    assert await statuses(registry, token) == (200, 200)


async def test_a_registry_of_another_ecosystem_has_no_index_for_jobs_either(
    maker: RegistryMaker, job: Job
) -> None:
    registry = await maker.make(ecosystem="ruby", oidc_policy=[statement()])
    token = await job.oidc_token(audience=audience(registry))

    assert await statuses(registry, token) == (404, 404)


async def test_to_a_job_what_is_not_there_looks_as_what_is_closed(
    visitor: Visitor, registry: Registry, job: Job
) -> None:
    closed = await registry.look(bearer(await job.oidc_token(audience=audience(registry))))

    for place in ("sandbox/unknown", "unknown/fruits"):
        token = await job.oidc_token(audience=f"https://packages.buildkite.com/{place}")
        answer = await visitor.send(
            "GET", f"/packages/{place}/pypi/simple/banana/", headers=bearer(token)
        )
        assert (answer.status_code, answer.json()) == (401, closed.json())


async def test_a_public_address_is_the_servers_own_and_the_one_it_is_called_at_is_not() -> None:
    settings = replace(Settings(), public_url="https://buildkite.test/")
    async with serve_in_process(settings, Machine().clock()) as server:
        job = await Job.on(await Worker(server).start())
        caller = Caller(server, server.facts["api_access_token"])
        maker = RegistryMaker(caller, "sandbox")
        registry = await maker.make(oidc_policy=[statement(iss="https://buildkite.test")])

        good, other = [
            await job.oidc_token(audience=f"{address}/packages/sandbox/fruits")
            for address in ("https://buildkite.test", server.url)
        ]

        assert await statuses(registry, good) == (200, 200)
        assert await statuses(registry, other) == (401, 401)
