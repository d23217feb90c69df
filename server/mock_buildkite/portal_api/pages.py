"""The page on which a person approves a code, as the one at Buildkite's `authorization_url`."""

from html import escape

from mock_buildkite.organizations.model import User
from mock_buildkite.portals.model import Portal

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Authorize {portal}</title>
<h1>Authorize {portal}</h1>
<p>Whoever asked for this code will run the operations of this portal as {user}.</p>
<form method="post" action="/_mock/portal-codes/{code}/approve">
<button>Authorize as {user}</button>
</form>
</html>
"""


def approval(portal: Portal, user: User, code: str) -> str:
    """The page: nobody signs in here, so it approves as the portal's maker."""
    return _PAGE.format(portal=escape(portal.name), user=escape(user.name), code=escape(code))
