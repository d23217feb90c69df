"""Where the things that answers speak of are: in the REST API, and as pages for people."""

from urllib.parse import quote

from msgspec import Struct

from mock_buildkite.organizations.model import Organization


class Links(Struct, frozen=True):
    """Absolute addresses on the authority that a request came to."""

    base_url: str

    def api(self, *segments: object) -> str:
        """An address in the REST API."""
        return self._join("v2", *segments)

    def web(self, *segments: object) -> str:
        """The address of a page."""
        return self._join(*segments)

    def organization(self, organization: Organization, *more: object) -> str:
        """An organization, or something under it."""
        return self.api("organizations", organization.slug, *more)

    def _join(self, *segments: object) -> str:
        return "/".join([self.base_url, *(quote(str(segment), safe="") for segment in segments)])
