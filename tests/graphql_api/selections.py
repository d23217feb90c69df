"""Selections of everything, made from what introspection tells."""

from typing import Any

from tests.actors import Member

_TYPES = """{ __schema { types {
  kind name interfaces { name }
  fields(includeDeprecated: true) {
    name
    args { name type { kind } }
    type { ...Named }
  }
} } }
fragment Named on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name } } }
}"""

Types = dict[str, dict[str, Any]]


async def types(member: Member) -> Types:
    """The types of the schema by their names."""
    data = await member.graphql(_TYPES)
    return {each["name"]: each for each in data["__schema"]["types"]}


def everything(types: Types, name: str, arguments: dict[str, str] | None = None) -> str:
    """All fields of a type; of other objects with an id, only that; of unions only the type.

    `arguments` are written behind the fields that need some.
    """
    return " ".join(
        field["name"] + (arguments or {}).get(field["name"], "") + _below(types, field)
        for field in types[name]["fields"]
    )


def _below(types: Types, field: dict[str, Any]) -> str:
    named = field["type"]
    while named.get("ofType"):
        named = named["ofType"]
    if named["kind"] in {"SCALAR", "ENUM"}:
        return ""
    if named["kind"] == "UNION":
        return " { __typename }"
    if any(each["name"] == "Node" for each in types[named["name"]]["interfaces"]):
        return " { id }"
    return f" {{ {everything(types, named['name'])} }}"
