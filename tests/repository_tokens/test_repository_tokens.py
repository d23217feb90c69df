"""What a job's git is told: the tokens of the repositories that a seed lists, and no others."""

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.repository_tokens.model import repository_of
from tests.actors import Administrator, Refused, status_of
from tests.builders import Builder, Worker
from tests.jobs import Job
from tests.server import Served

LISTED = {"https://github.com/acme/app.git": "ghs-app", "git@git.test:lib": "lib-token"}


@pytest.fixture
async def worker(server: Served) -> Worker:
    """An agent in the first cluster, connected and idle."""
    return await Worker(server).start()


async def working(admin: Administrator, worker: Worker) -> Job:
    """A job where some repositories are listed."""
    await admin.seed({"organizations": [{"slug": "sandbox", "repository_tokens": LISTED}]})
    return await Job.on(worker)


@pytest.mark.parametrize("call", ["repository_access_token", "github_code_access_token"])
async def test_both_names_of_the_call_tell_the_token(
    admin: Administrator, worker: Worker, call: str
) -> None:
    job = await working(admin, worker)

    assert await job.repository_token("https://github.com/acme/app", call) == "ghs-app"
    assert await job.repository_token("https://git.test/lib", call) == "lib-token"


async def test_the_answer_is_not_kept_by_anybody(admin: Administrator, worker: Worker) -> None:
    job = await working(admin, worker)

    answer = await job.ask(
        "POST",
        "repository_access_token",
        body={"repo_url": "https://github.com/acme/app.git"},
    )

    assert answer.headers["cache-control"] == "no-store"


async def test_a_repository_that_is_not_listed_is_not_found(
    admin: Administrator, worker: Worker
) -> None:
    job = await working(admin, worker)

    for url in ("https://github.com/acme/other", "https://github.com/ACME/app"):
        with pytest.raises(Refused, match="No access token found for the repository") as refused:
            await job.repository_token(url)
        assert refused.value.status == 404


@pytest.mark.parametrize("url", ["", "app", "/srv/app.git", "file:///srv/app.git", "https://a"])
async def test_what_is_no_address_is_refused_without_being_repeated(
    admin: Administrator, worker: Worker, url: str
) -> None:
    job = await working(admin, worker)

    with pytest.raises(Refused) as refused:
        await job.repository_token(url)

    assert refused.value.status == 422
    assert not url or url not in refused.value.message.replace("https://host/path", "")


async def test_only_the_own_job_and_the_own_organization_are_told(
    server: Served, admin: Administrator, worker: Worker
) -> None:
    job = await working(admin, worker)
    other = await Job.on(await Worker(server).start("other"))
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})
    [rival] = planted["organizations"]
    stranger = await Job.on(
        await Worker(server, rival["agent_token"]).start(),
        builder=Builder(server, rival["api_access_token"], "rival"),
    )
    url = "https://github.com/acme/app"

    assert await status_of(other.repository_token(url, of=job.uuid)) == 403
    assert await status_of(stranger.repository_token(url, of=job.uuid)) == 404
    assert await status_of(stranger.repository_token(url)) == 404


async def test_a_later_seed_replaces_a_token(admin: Administrator, worker: Worker) -> None:
    job = await working(admin, worker)

    tokens = {"ssh://git@github.com:22/acme/app": "ghs-new"}
    await admin.seed({"organizations": [{"slug": "sandbox", "repository_tokens": tokens}]})

    assert await job.repository_token("https://github.com/acme/app.git") == "ghs-new"


@pytest.mark.parametrize("tokens", [{"/srv/app": "t"}, {"https://github.com/acme/app": " "}])
async def test_a_seed_with_what_is_no_address_or_token_is_refused(
    admin: Administrator, tokens: dict[str, str]
) -> None:
    document = {"organizations": [{"slug": "new", "repository_tokens": tokens}]}

    with pytest.raises(Refused, match=r"at `\$.organizations\[0\].repository_tokens\[0\]`"):
        await admin.seed(document)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.test/team/app",
        "https://git.test/team/app/",
        "https://git.test/team/app.git",
        "https://user:password@GIT.test:443/team/app.git",
        "http://git.test:80/team/app.git",
        "ssh://git@git.test/team/app.git",
        "ssh://git@git.test:2222/team/app",
        "git://git.test/team/app.git",
        "git@git.test:team/app.git",
        "git@git.test:/team/app.git",
        "git.test:team/app",
    ],
)
def test_addresses_of_one_repository_are_the_same(url: str) -> None:
    assert repository_of(url) == "git.test/team/app"


def test_a_port_of_the_web_is_part_of_the_host() -> None:
    assert repository_of("https://git.test:8443/app.git") == "git.test:8443/app"
    assert repository_of("http://git.test:443/app.git") == "git.test:443/app"


@pytest.mark.parametrize(
    "url", ["https://git.test", "https:///app", "https://git.test:x/app", "https://[::1/app"]
)
def test_half_an_address_is_none(url: str) -> None:
    with pytest.raises(InvalidInputError):
        repository_of(url)
