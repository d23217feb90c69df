"""Imports point one way: APIs, then services, then stores and models; and one door to SQLite."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import mock_buildkite

PACKAGE = Path(mock_buildkite.__file__).parent
APIS = {
    "agent_api",
    "artifact_host",
    "control_api",
    "github_api",
    "graphql_api",
    "package_api",
    "portal_api",
    "rest_api",
}
MAY_IMPORT_APIS = {"apis", "app", "health", "well_known"}
"""What puts the APIs together, and what is too small to be one."""
MAY_IMPORT_GRAPHQL = {"portal_api", "rest_api"}
"""Portals are documents of GraphQL: whoever keeps or runs them asks the API that can read them."""
PURE = {"model", "lifecycle"}
MAY_BE_IMPORTED_BY_PURE = {"clock", "errors", "ids"}
VALUES = "msgspec"
"""The package whose frozen structs all values are."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module by its name within the package, and what it says."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(parts), ast.parse(path.read_text())


def imports(tree: ast.AST) -> set[str]:
    """The modules that are imported anywhere in a tree, by their full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def own_imports(tree: ast.AST) -> set[str]:
    """The same for this package only, and within it."""
    prefix = "mock_buildkite."
    return {name.removeprefix(prefix) for name in imports(tree) if name.startswith(prefix)}


def is_part_of(name: str, *packages: str) -> bool:
    return name.partition(".")[0] in packages


def test_only_what_puts_the_apis_together_imports_one() -> None:
    offenders = {
        (module, name)
        for module, tree in modules()
        for name in own_imports(tree)
        if is_part_of(name, *APIS)
        and not is_part_of(module, *MAY_IMPORT_APIS, name.partition(".")[0])
        and not (is_part_of(name, "graphql_api") and is_part_of(module, *MAY_IMPORT_GRAPHQL))
    }

    assert offenders == set()


def test_apis_ask_services_and_never_stores() -> None:
    offenders = {
        (module, name)
        for module, tree in modules()
        for name in own_imports(tree)
        if is_part_of(module, *APIS) and "store" in name.split(".")
    }

    assert offenders == set()


def test_stores_and_models_know_no_services() -> None:
    offenders = {
        (module, name)
        for module, tree in modules()
        for name in own_imports(tree)
        if module.rpartition(".")[2] in {"store", *PURE} and "service" in name.split(".")
    }

    assert offenders == set()


def test_models_are_pure() -> None:
    offenders = set()
    for module, tree in modules():
        if module.rpartition(".")[2] not in PURE:
            continue
        for name in imports(tree):
            first, _, rest = name.partition(".")
            ours = first == "mock_buildkite" and (
                rest.partition(".")[0] in MAY_BE_IMPORTED_BY_PURE or PURE & set(rest.split("."))
            )
            if not ours and first not in {*sys.stdlib_module_names, VALUES}:
                offenders.add((module, name))

    assert offenders == set()


def test_one_module_knows_how_sqlite_is_reached() -> None:
    users = {
        module
        for module, tree in modules()
        if any(is_part_of(name, "aiosqlite") for name in imports(tree))
        or any(
            isinstance(node, ast.Attribute) and node.attr in {"_execute", "_conn"}
            for node in ast.walk(tree)
        )
    }

    assert users == {"storage.database"}


def test_nothing_but_the_storage_knows_sqlite() -> None:
    users = {
        module
        for module, tree in modules()
        if any(is_part_of(name, "sqlite3") for name in imports(tree))
    }

    assert {module.partition(".")[0] for module in users} == {"storage"}
