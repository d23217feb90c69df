"""The index as tools read it: HTML, or JSON where they ask for it.

Source: PEP 503, PEP 691 and PEP 700.
"""

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from starlette.responses import Response

from mock_buildkite.python_packages.model import PythonFile

JSON_TYPES = (
    "application/vnd.pypi.simple.v1+json",
    "application/vnd.pypi.simple.latest+json",
)
VERSION = "1.1"
_PAGE = """<!DOCTYPE html>
<html>
<head><meta name="pypi:repository-version" content="{version}"><title>{title}</title></head>
<body>
{links}
</body>
</html>
"""


class _Link(Struct, frozen=True):
    address: str
    text: str
    requires_python: str | None = None

    def to_html(self) -> str:
        requires = self.requires_python
        more = "" if requires is None else f' data-requires-python="{escape(requires)}"'
        return f'<a href="{escape(self.address)}"{more}>{escape(self.text)}</a><br>'


def projects(base: str, names: Sequence[str], accept: str) -> Response:
    """The packages of a registry, at an address that ends in a slash."""
    if wants_json(accept):
        return _json({"projects": [{"name": name} for name in names]})
    return _html("Packages", [_Link(f"{base}{name}/", name) for name in names])


def files(base: str, project: str, found: Sequence[PythonFile], accept: str) -> Response:
    """The files of a package, which are at addresses that begin alike."""
    if wants_json(accept):
        versions = list(dict.fromkeys(each.version for each in found))
        spelled = [_file(base, each) for each in found]
        return _json({"name": project, "versions": versions, "files": spelled})
    links = [
        _Link(
            f"{_address(base, each)}#sha256={each.sha256sum}", each.filename, each.requires_python
        )
        for each in found
    ]
    return _html(project, links)


def wants_json(accept: str) -> bool:
    """Whether whoever sent an `Accept` header reads JSON."""
    return any(part.partition(";")[0].strip() in JSON_TYPES for part in accept.split(","))


def _file(base: str, shown: PythonFile) -> dict[str, Any]:
    moment = shown.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    spelled: dict[str, Any] = {
        "filename": shown.filename,
        "url": _address(base, shown),
        "hashes": {"sha256": shown.sha256sum},
        "size": shown.size,
        "upload-time": moment,
    }
    if shown.requires_python is not None:
        spelled["requires-python"] = shown.requires_python
    return spelled


def _address(base: str, shown: PythonFile) -> str:
    return f"{base}{quote(shown.filename, safe='')}"


def _json(said: dict[str, Any]) -> Response:
    body = msgspec.json.encode({"meta": {"api-version": VERSION}, **said})
    return Response(body, media_type=JSON_TYPES[0], headers={"Vary": "Accept"})


def _html(title: str, links: Sequence[_Link]) -> Response:
    spelled = "\n".join(link.to_html() for link in links)
    page = _PAGE.format(version=VERSION, title=escape(title), links=spelled)
    return Response(page, media_type="text/html", headers={"Vary": "Accept"})
