"""The pages in docs/ against the code: what is served, settable or refused is written there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from graphql import GraphQLObjectType
from starlette.applications import Starlette
from starlette.routing import Route

from mock_buildkite import cli, options, refusals
from mock_buildkite.agent_api.switchboard import Switchboard
from mock_buildkite.apis import APIS
from mock_buildkite.graphql_api.schema import schema
from mock_buildkite.pipelines import interpolation
from mock_buildkite.pipelines.expressions.environment import BUILDKITE_VARIABLES
from mock_buildkite.pipelines.expressions.kinds import Enumeration
from mock_buildkite.pipelines.expressions.variables import OF_BUILDS, OF_STEPS, Variable
from mock_buildkite.pipelines.grammar import kinds, retries
from mock_buildkite.pytest_plugin import MockBuildkite
from mock_buildkite.rest_api.app import ENDPOINTS
from tests.conftest import CHECKOUT
from tests.server import Served

DOCS = CHECKOUT / "docs"
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TOKEN_VALUE = re.compile(r"\bbk[a-z]{2,4}_[A-Za-z0-9]")
REST = "{rest:path}"

API_PAGES = {
    "v3": "agent-api.md",
    "agentedge.v1.AgentEdgeService": "agent-api.md",
    "v1": "graphql-api.md",
    "graphql": "graphql-api.md",
    "_github": "secret-scanning.md",
    "_mock": "control-api.md",
    "healthz": "index.md",
    "artifacts": "artifacts.md",
    "organizations": "portals.md",
    "packages": "registries.md",
    ".well-known": "secrets-and-oidc.md",
}


def page(name: str) -> str:
    return (DOCS / name).read_text()


def rows(name: str) -> list[str]:
    """The rows of a page's tables."""
    return [line for line in page(name).splitlines() if line.startswith("|")]


def routes() -> list[tuple[str, str]]:
    """Every route of every API as the pages spell it, with the page it belongs on."""
    found = []
    for segment, name in API_PAGES.items():
        api = APIS[segment].imported()
        assert isinstance(api.app, Starlette | Switchboard)
        for route in api.app.routes:
            assert isinstance(route, Route)
            path = f"{api.root_path}{route.path}".replace(REST, "…")
            methods = sorted(set(route.methods or ()) - {"HEAD"})
            spelled = f"`{methods[0]} {path}`" if len(methods) == 1 else f"`{path}`"
            found.append((spelled, name))
    return found


def endpoints() -> list[str]:
    """Every endpoint of the REST API that is served, as its page spells it."""
    return [f"`{each.methods[0]} /v2{each.path}`" for each in ENDPOINTS]


def every_option() -> list[click.Option]:
    """Every option of every command, once."""
    found = [each for command in each_command(cli.main) for each in command.params]
    return list({each.name: each for each in found if isinstance(each, click.Option)}.values())


def each_command(group: click.Group) -> Iterator[click.Command]:
    """Every command of a group, also of the groups in it."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from each_command(command)
        else:
            yield command


def shown_default(option: click.Option) -> str:
    """A default as the table of settings has it."""
    if option.is_flag:
        return "on" if option.default is True else "off"
    if isinstance(option.default, (str, int)):
        return f"`{option.default}`"
    return "none"


def anchors(path: Path) -> set[str]:
    """The fragments that links to a page can have, made of its headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize(("route", "name"), routes())
def test_every_route_is_on_the_page_of_its_api(route: str, name: str) -> None:
    assert route in page(name)


@pytest.mark.parametrize("endpoint", endpoints())
def test_every_endpoint_of_the_rest_api_has_a_row(endpoint: str) -> None:
    assert any(row.startswith(f"| {endpoint} |") for row in rows("rest-api.md"))


@pytest.mark.parametrize("command", list(cli.main.commands))
def test_every_command_is_among_the_settings(command: str) -> None:
    assert f"| `mock-buildkite {command}` |" in page("settings.md")


@pytest.mark.parametrize("option", every_option(), ids=lambda option: str(option.name))
def test_every_option_has_a_row_with_its_variable_and_default(option: click.Option) -> None:
    names = " / ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])

    found = [row for row in rows("settings.md") if row.startswith(f"| {names} |")]

    assert len(found) == 1
    _, _, variable, default, meaning, _ = found[0].split("|")
    assert variable.strip() == f"`{option.envvar}`"
    assert default.strip() == shown_default(option)
    assert meaning.strip()


@pytest.mark.parametrize("name", cli.FIXED_VALUES)
def test_every_value_that_can_be_fixed_has_a_row_with_both_variables(name: str) -> None:
    variable = f"{options.PREFIX}{name.upper()}"

    assert any(row.startswith(f"| `{variable}` | `{variable}_FILE` |") for row in rows("tokens.md"))


@pytest.mark.parametrize("root", [schema().query_type, schema().mutation_type], ids=str)
def test_every_query_and_mutation_has_a_row(root: GraphQLObjectType) -> None:
    first_cells = {row.split("|")[1].strip() for row in rows("graphql-api.md")}

    missing = [name for name in root.fields if f"`{name}`" not in first_cells]

    assert not missing


@pytest.mark.parametrize("status", sorted(set(refusals.STATUSES.values())))
def test_every_status_of_a_refusal_is_explained(status: int) -> None:
    assert any(row.startswith(f"| {status} |") for row in rows("agent-api.md"))


def test_the_header_that_names_what_is_missing_is_explained() -> None:
    assert f"{refusals.NOT_IMPLEMENTED_HEADER}: stacks" in page("agent-api.md")


async def test_every_fact_and_variable_that_a_server_tells_has_a_row(server: Served) -> None:
    first_cells = " ".join(row.split("|")[1] for row in rows("control-api.md"))

    missing = [
        name for name in [*server.facts, *server.facts["env"]] if f"`{name}`" not in first_cells
    ]

    assert not missing


@pytest.mark.parametrize(("name", "variable"), [*OF_BUILDS.items(), *OF_STEPS.items()])
def test_every_variable_of_conditions_has_a_row_with_its_type(
    name: str, variable: Variable
) -> None:
    (found,) = [row for row in rows("conditions.md") if row.startswith(f"| `{name}` |")]

    meaning = found.split("|")[2].strip()
    if isinstance(variable.type, Enumeration):
        assert meaning.startswith("one of ")
        assert variable.type.members <= set(re.findall(r"`(\w+)`", meaning))
    else:
        mark = " ¹" if variable.is_null_if_blank else ""
        assert meaning == f"{variable.type.value}{mark}"


def test_the_environment_variables_that_conditions_see_are_listed() -> None:
    _, _, section = page("conditions.md").partition("## Environment variables")
    listed, _, _ = section.partition("as in `env(")

    names = re.findall(r"`(BUILDKITE_[A-Z_]+[A-Z])`", listed)

    assert sorted(names) == sorted([*BUILDKITE_VARIABLES, "BUILDKITE_PULL_REQUEST_LABELS"])


def test_everything_on_the_fixture_is_explained() -> None:
    names = [name for name in vars(MockBuildkite) if not name.startswith("_")]

    missing = [name for name in names if f"| `{name}(" not in page("control-api.md")]

    assert names
    assert not missing


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall(page("index.md"))}

    unreachable = [path for path in DOCS.rglob("*.md") if path.resolve() not in linked]

    assert unreachable == [DOCS / "index.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    links = [link for link in LINK.findall(path.read_text()) if "://" not in link]

    for link in links:
        name, _, fragment = link.partition("#")
        target = path.parent / name if name else path
        assert target.is_file(), link
        assert not fragment or fragment in anchors(target), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_page_holds_the_value_of_a_token(path: Path) -> None:
    assert not TOKEN_VALUE.findall(path.read_text())


@pytest.mark.parametrize(
    "word", sorted({*interpolation.SUPPORTED_VARIABLES, *retries.SIGNAL_REASONS, *kinds.KINDS})
)
def test_words_of_pipelines_are_documented(word: str) -> None:
    assert f"`{word}`" in page("pipelines.md")
