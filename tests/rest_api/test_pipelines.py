"""Pipelines: made, found, changed, archived, deleted."""

from typing import Any

import pytest

from tests.actors import Refused
from tests.builders import REPOSITORY, Builder, Worker
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served

PIPELINES = "/organizations/sandbox/pipelines"
YAML = "steps:\n  - command: make\n"
WANTED = {"name": "My App", "repository": REPOSITORY, "configuration": YAML}


async def test_a_pipeline_is_told_of_in_full(server: Served, caller: Caller) -> None:
    created = await caller.post(PIPELINES, WANTED)

    user, uuid = await caller.get("/user"), created["id"]
    settings = created["provider"].pop("settings")
    assert created == {
        "id": uuid,
        "graphql_id": created["graphql_id"],
        "url": f"{server.url}/v2{PIPELINES}/my-app",
        "web_url": f"{server.url}/sandbox/my-app",
        "name": "My App",
        "description": None,
        "slug": "my-app",
        "repository": REPOSITORY,
        "cluster_id": server.facts["cluster_id"],
        "pipeline_template_uuid": None,
        "branch_configuration": None,
        "default_branch": "main",
        "skip_queued_branch_builds": False,
        "skip_queued_branch_builds_filter": None,
        "cancel_running_branch_builds": False,
        "cancel_running_branch_builds_filter": None,
        "allow_rebuilds": True,
        "default_command_step_timeout": None,
        "maximum_command_step_timeout": None,
        "provider": {"id": "github", "webhook_url": ""},
        "builds_url": f"{server.url}/v2{PIPELINES}/my-app/builds",
        "badge_url": f"{server.url}/badge/{uuid}.svg",
        "created_by": user,
        "created_at": created["created_at"],
        "archived_at": None,
        "scheduled_builds_count": 0,
        "running_builds_count": 0,
        "scheduled_jobs_count": 0,
        "running_jobs_count": 0,
        "waiting_jobs_count": 0,
        "visibility": "private",
        "tags": None,
        "color": None,
        "emoji": None,
        "env": {},
        "configuration": YAML,
        "steps": created["steps"],
    }
    assert settings["trigger_mode"] == "code"
    assert settings["repository"] == "acme-inc/app"


async def test_everything_about_a_pipeline_can_be_chosen(caller: Caller) -> None:
    chosen = {
        "slug": "the-app",
        "description": "Builds the app",
        "default_branch": "trunk",
        "branch_configuration": "trunk release/*",
        "skip_queued_branch_builds": True,
        "skip_queued_branch_builds_filter": "!trunk",
        "cancel_running_branch_builds": True,
        "cancel_running_branch_builds_filter": "!trunk",
        "allow_rebuilds": False,
        "default_command_step_timeout": 10,
        "maximum_command_step_timeout": 60,
        "visibility": "public",
        "tags": ["app", ":rocket:"],
        "color": "#FF5733",
        "emoji": ":rocket:",
    }

    created = await caller.post(PIPELINES, WANTED | chosen)
    changed = await caller.patch(f"{PIPELINES}/the-app", chosen)

    assert {name: created[name] for name in chosen} == chosen
    assert changed == created


async def test_null_is_as_if_nothing_were_said(caller: Caller) -> None:
    nothing = {
        "slug": None,
        "default_branch": None,
        "skip_queued_branch_builds": None,
        "allow_rebuilds": None,
        "provider_settings": None,
        "visibility": None,
        "tags": None,
        "pipeline_template_uuid": None,
        "clone_mirror_url": None,
        "steps": None,
    }

    created = await caller.post(PIPELINES, WANTED | nothing)

    assert created["slug"] == "my-app"
    assert (created["default_branch"], created["visibility"]) == ("main", "private")
    assert created["allow_rebuilds"] is True


async def test_what_clients_send_besides_is_passed_over(caller: Caller) -> None:
    surplus = {"team_uuids": ["x"], "teams": {"x": "read_only"}, "env": {"A": "b"}, "else": 1}

    created = await caller.post(PIPELINES, WANTED | surplus)

    assert created["env"] == {}


async def test_settings_of_the_provider_are_kept_one_by_one(caller: Caller) -> None:
    settings: dict[str, Any] = {"build_tags": True, "anything": "else"}
    await caller.post(PIPELINES, WANTED | {"provider_settings": settings})

    more = {"provider_settings": {"build_branches": False}}
    changed = await caller.patch(f"{PIPELINES}/my-app", more)

    shown = changed["provider"]["settings"]
    assert (shown["build_tags"], shown["anything"], shown["build_branches"]) == (
        True,
        "else",
        False,
    )


@pytest.mark.parametrize(
    ("repository", "provider", "name"),
    [
        ("https://github.com/acme/app", "github", "acme/app"),
        ("git@gitlab.com:acme/app.git", "gitlab", "acme/app"),
        ("https://bitbucket.org/acme/app.git", "bitbucket", "acme/app"),
        ("/srv/git/app", "git", None),
    ],
)
async def test_the_host_of_a_repository_is_its_provider(
    caller: Caller, repository: str, provider: str, name: str | None
) -> None:
    created = await caller.post(PIPELINES, WANTED | {"repository": repository})

    assert created["provider"]["id"] == provider
    assert created["provider"]["settings"].get("repository") == name


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"name": " "}, "name", "can't be blank"),
        ({"name": "x" * 256}, "name", "is too long (maximum is 255 characters)"),
        ({"name": "a\nb"}, "name", "can't have control characters"),
        ({"name": "🚀"}, "name", "has no letter or number for a slug"),
        ({"slug": "-x"}, "slug", "can only contain lower-case letters, numbers and dashes"),
        ({"repository": None}, "repository", "can't be blank"),
        ({"repository": "a\0b"}, "repository", "can't have NUL characters"),
        ({"visibility": "secret"}, "visibility", "must be one of private, public"),
        (
            {"default_command_step_timeout": 0},
            "default_command_step_timeout",
            "must be a positive number of minutes",
        ),
        ({"cluster_id": "unknown"}, "cluster_id", "is not the ID of a cluster"),
        (
            {"configuration": " "},
            "configuration",
            'Step configuration is missing, expected `steps: { yaml: "..." }`',
        ),
    ],
)
async def test_a_wrong_field_is_named(
    caller: Caller, wrong: dict[str, Any], field: str, code: str
) -> None:
    answer = await caller.send("POST", PIPELINES, json=WANTED | wrong)

    assert answer.status_code == 422
    assert answer.json() == {
        "message": "Validation Failed",
        "errors": [{"field": field, "code": code}],
    }
    assert await caller.get(PIPELINES) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"configuration": "steps: ["}, "is invalid: "),
        ({"configuration": "steps:\n  - comand: make"}, "is invalid: "),
        ({"tags": "app"}, "is invalid: Expected `array | null`, got `str`"),
        (
            {"provider_settings": {"a": ["x"]}},
            "is invalid: Expected `bool | str | null`, got `array`",
        ),
        ({"steps": [{"env": 1}]}, "is invalid: Expected `object | null`, got `int`"),
        ({"branch_configuration": "main !"}, "is invalid: A branch pattern must follow each `!`"),
    ],
)
async def test_the_reason_why_a_text_is_invalid_is_told(
    caller: Caller, wrong: dict[str, Any], code: str
) -> None:
    answer = await caller.send("POST", PIPELINES, json=WANTED | wrong)

    (error,) = answer.json()["errors"]
    assert error["field"] == next(iter(wrong))
    assert error["code"].startswith(code)


async def test_all_that_is_wrong_is_told_at_once(caller: Caller) -> None:
    answer = await caller.send("POST", PIPELINES)

    named = [error["field"] for error in answer.json()["errors"]]
    assert named == ["name", "repository", "configuration"]


@pytest.mark.parametrize("name", ["clone_mirror_url", "pipeline_template_uuid"])
async def test_what_is_not_there_is_refused_by_name(caller: Caller, name: str) -> None:
    answer = await caller.send("POST", PIPELINES, json=WANTED | {name: "x"})

    assert answer.status_code == 405
    assert answer.headers["Mock-Buildkite-Not-Implemented"] == name


@pytest.mark.parametrize(
    ("again", "field"),
    [({}, "name"), ({"name": "MY  APP"}, "name"), ({"name": "B", "slug": "my-app"}, "slug")],
)
async def test_a_name_and_a_slug_are_had_once(
    caller: Caller, again: dict[str, str], field: str
) -> None:
    await caller.post(PIPELINES, WANTED)
    await caller.post(PIPELINES, WANTED | {"name": "Other"})

    made = await caller.send("POST", PIPELINES, json=WANTED | again)
    changed = await caller.send("PATCH", f"{PIPELINES}/other", json=WANTED | again)

    error = {"field": field, "code": "has already been taken"}
    assert made.json()["errors"] == [error]
    assert [each["code"] for each in changed.json()["errors"]] == ["has already been taken"]


async def test_a_new_name_brings_a_new_slug(caller: Caller) -> None:
    await caller.post(PIPELINES, WANTED)

    renamed = await caller.patch(f"{PIPELINES}/my-app", {"name": "Your App"})
    placed = await caller.put(f"{PIPELINES}/your-app", {"name": "Our App", "slug": "ours"})

    assert (renamed["slug"], placed["slug"]) == ("your-app", "ours")
    with pytest.raises(Refused, match="No pipeline found"):
        await caller.get(f"{PIPELINES}/my-app")


async def test_pipelines_are_listed_newest_first_and_filtered(caller: Caller) -> None:
    for name, repository in [("Web App", "git@x:web.git"), ("API", "git@x:api.git")]:
        await caller.post(PIPELINES, WANTED | {"name": name, "repository": repository})

    async def slugs(**query: str) -> list[str]:
        return [each["slug"] for each in await caller.get(PIPELINES, **query)]

    assert await slugs() == ["api", "web-app"]
    assert await slugs(name="APP") == ["web-app"]
    assert await slugs(repository="API.git") == ["api"]
    assert await slugs(name="web", repository="api") == []
    assert await slugs(per_page="1", page="2") == ["web-app"]


async def test_without_a_cluster_it_is_in_the_first(
    server: Served, caller: Caller, company: Company
) -> None:
    other = company.other_cluster.rpartition("/")[2]

    by_itself = await caller.post(PIPELINES, WANTED)
    elsewhere = await caller.post(PIPELINES, WANTED | {"name": "B", "cluster_id": other})

    assert by_itself["cluster_id"] == server.facts["cluster_id"]
    assert elsewhere["cluster_id"] == other


async def test_a_pipeline_moves_between_clusters_and_out_of_them(
    caller: Caller, company: Company
) -> None:
    path = f"{PIPELINES}/my-app"
    await caller.post(PIPELINES, WANTED)
    other = company.other_cluster.rpartition("/")[2]

    moved = await caller.patch(path, {"cluster_id": other})
    kept = await caller.patch(path, {"description": "x"})
    out = await caller.patch(path, {"cluster_id": None})

    assert [each["cluster_id"] for each in (moved, kept, out)] == [other, other, None]
    for unknown in (company.rival_cluster, "x"):
        with pytest.raises(Refused, match="is not the ID of a cluster"):
            await caller.patch(path, {"cluster_id": unknown})


async def test_what_is_under_way_is_counted(builder: Builder, worker: Worker) -> None:
    slug = await builder.pipeline(
        """
        steps:
          - command: a
          - command: b
          - wait
          - command: c
        """
    )
    counts = (
        "scheduled_builds",
        "running_builds",
        "scheduled_jobs",
        "running_jobs",
        "waiting_jobs",
    )

    async def counted() -> list[int]:
        found = await builder.caller.get(builder.path("pipelines", slug))
        return [found[f"{name}_count"] for name in counts]

    before = await counted()
    build = await builder.build(slug)
    created = await counted()
    await (await worker.take()).start()
    running = await counted()

    assert before == [0, 0, 0, 0, 0]
    assert created == [1, 0, 1, 1, 1]
    assert running == [0, 1, 1, 1, 1]
    assert (await builder.get_build(build))["pipeline"]["running_builds_count"] == 1


async def test_an_archived_pipeline_takes_no_builds_and_no_changes(builder: Builder) -> None:
    slug, caller = await builder.pipeline(YAML), builder.caller
    path = builder.path("pipelines", slug)

    archived = await caller.post(f"{path}/archive")
    for act in (
        builder.build(slug),
        caller.patch(path, {"name": "B"}),
        caller.post(f"{path}/archive"),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.status == 422
    unarchived = await caller.post(f"{path}/unarchive")

    assert archived["archived_at"] is not None
    assert unarchived["archived_at"] is None
    assert (await builder.build(slug))["number"] == 1
    with pytest.raises(Refused, match=r"Pipeline could not be unarchived\."):
        await caller.post(f"{path}/unarchive")


async def test_a_pipeline_is_deleted_once_no_build_is_under_way(builder: Builder) -> None:
    slug, caller = await builder.pipeline(YAML), builder.caller
    build = await builder.build(slug)

    with pytest.raises(Refused, match="Cannot delete pipeline with active builds"):
        await caller.delete(builder.path("pipelines", slug))
    await builder.cancel(build)
    await caller.delete(builder.path("pipelines", slug))

    for gone in (builder.path("pipelines", slug), builder.path("jobs", build["jobs"][0]["id"])):
        with pytest.raises(Refused, match="found"):
            await caller.get(gone)
    assert await caller.get(builder.path("builds")) == []


async def test_no_webhook_can_be_made(builder: Builder) -> None:
    slug = await builder.pipeline(YAML)

    with pytest.raises(Refused) as refused:
        await builder.caller.post(builder.path("pipelines", slug, "webhook"))

    assert refused.value.status == 422
    assert refused.value.message == ("Auto-creating webhooks is not supported for your repository.")
