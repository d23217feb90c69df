"""Putting on record what a seed says, and what a new organization has besides."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens import store as access_tokens_store
from mock_buildkite.access_tokens.model import GRAPHQL, SCOPES, ApiAccessToken
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import DerivedFrom
from mock_buildkite.cluster_secrets import service as cluster_secrets
from mock_buildkite.cluster_secrets.model import LARGEST_TYPED_VALUE_BYTES, NewClusterSecret
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters import store as clusters_store
from mock_buildkite.clusters.model import Cluster, NewCluster
from mock_buildkite.errors import BuildkiteError, InvalidInputError
from mock_buildkite.ids import DerivedIds, Ids
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations import store as organizations_store
from mock_buildkite.organizations.model import Organization, Role, User
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import DEFAULT_KEY, NewQueue
from mock_buildkite.repository_tokens import service as repository_tokens
from mock_buildkite.seeding.document import (
    AgentTokenPart,
    ApiAccessTokenPart,
    ClusterPart,
    OrganizationPart,
    QueuePart,
    SecretPart,
    SeedDocument,
    UnclusteredAgentTokenPart,
    UserPart,
)
from mock_buildkite.settings import FixedValues
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values
from mock_buildkite.world import World

P = TypeVar("P")

DEFAULT_CLUSTER = "Default cluster"
INITIAL_AGENT_TOKEN = "Initial agent token"  # noqa: S105 - its description
DEFAULT_REGISTRATION_TOKEN = "Default agent registration token"  # noqa: S105 - its description


class PlantedToken(msgspec.Struct, frozen=True):
    """A token that a seed minted."""

    uuid: str
    description: str
    value: str


class PlantedQueue(msgspec.Struct, frozen=True):
    """A queue that a seed made."""

    uuid: str
    key: str


class PlantedSecret(msgspec.Struct, frozen=True):
    """A secret that a seed made. Its value is told to jobs only."""

    uuid: str
    key: str


class PlantedCluster(msgspec.Struct, frozen=True):
    """A cluster that a seed made, or added to."""

    uuid: str
    name: str
    queues: list[PlantedQueue] = []
    agent_tokens: list[PlantedToken] = []
    secrets: list[PlantedSecret] = []


class PlantedUser(msgspec.Struct, frozen=True):
    """A user that a seed made, or gave tokens."""

    uuid: str
    email: str
    name: str
    api_access_tokens: list[PlantedToken] = []


class PlantedOrganization(msgspec.Struct, frozen=True):
    """An organization that a seed made, or added to."""

    uuid: str
    slug: str
    name: str
    agent_tokens: list[PlantedToken] = []
    clusters: list[PlantedCluster] = []
    api_access_token: str | None = None
    """The value of one with GraphQL access whose user administers the organization."""


class Planted(msgspec.Struct, frozen=True):
    """All that a seed minted."""

    users: list[PlantedUser] = []
    organizations: list[PlantedOrganization] = []


def plant(
    tx: Transaction,
    world: World,
    document: SeedDocument,
    *,
    key: bytes | None = None,
    fixed_values: FixedValues | None = None,
) -> Planted:
    """Put on record all that a document says, in one unit.

    With a key, ids and values are derived from it and the place of each thing, so that they are
    the same each time; without one they are random. An organization, cluster or user that is there
    already is added to.

    Raises:
        InvalidInputError: something dangles or breaks a rule; the message names the place.
    """
    planter = _Planter(tx, world, key, fixed_values or FixedValues())
    try:
        return planter.plant(document)
    except BuildkiteError as error:
        msg = f"{error.message} - at `${planter.place}`"
        raise InvalidInputError(msg) from error


class _Planter:
    """Walks through a document and knows where it is."""

    def __init__(
        self, tx: Transaction, world: World, key: bytes | None, fixed_values: FixedValues
    ) -> None:
        self._tx = tx
        self._world = world
        self._key = key
        self._fixed = fixed_values
        self._api_access_tokens: list[tuple[ApiAccessToken, str]] = []
        self.place = ""

    def plant(self, document: SeedDocument) -> Planted:
        """Put a whole document on record."""
        planted = Planted()
        users = [self._user(part) for part in self._each("users", document.users)]
        for organization in self._each("organizations", document.organizations):
            planted.organizations.append(self._organization(organization, users, planted))
        for part, user in zip(self._each("users", document.users), users, strict=True):
            planted.users.append(self._user_with_tokens(part, user, is_first=user is users[0]))
        organizations_with_tokens = [
            msgspec.structs.replace(each, api_access_token=self._administering_token(each))
            for each in planted.organizations
        ]
        return Planted(planted.users, organizations_with_tokens)

    def _each(self, key: str, parts: Iterable[P] | None) -> Iterator[P]:
        """The parts of a list, each while the planter is at its place.

        A refusal leaves the place standing, for the message that names it.
        """
        outside = self.place
        for index, part in enumerate(parts or ()):
            self.place = f"{outside}.{key}[{index}]"
            yield part
        self.place = outside

    def _ids(self, *place: str) -> Ids:
        if self._key is None:
            return self._world.ids
        return DerivedIds(self._key, "\0".join(place))

    def _user(self, part: UserPart) -> User:
        found = organizations_store.find_user_by_email(self._tx, part.email)
        if found is not None:
            return found
        _require("@" in part.email, f"Email {part.email!r} must be an address")
        name = part.name or part.email.partition("@")[0].title()
        uuid = self._ids("user", part.email).uuid()
        return organizations_store.insert_user(self._tx, uuid, part.email, name)

    def _user_with_tokens(self, part: UserPart, user: User, *, is_first: bool) -> PlantedUser:
        planted = PlantedUser(user.uuid, user.email, user.name)
        fixed = self._fixed.api_access_token if is_first else None
        for token in self._each("api_access_tokens", part.api_access_tokens):
            planted.api_access_tokens.append(
                self._api_access_token(token, user, fixed or token.value)
            )
            fixed = None
        return planted

    def _api_access_token(
        self, part: ApiAccessTokenPart, user: User, value: str | None
    ) -> PlantedToken:
        scopes = SCOPES if part.scopes == "all" else part.scopes
        for scope in scopes:
            _require(scope in SCOPES, f"Scope {scope!r} is not known")
        reached = None
        if part.organizations is not None:
            reached = [self._organization_called(slug) for slug in part.organizations]
        token, value = access_tokens.create(
            self._tx,
            self._ids("api access token", user.email, self.place, part.description),
            user,
            description=part.description,
            scopes=scopes,
            organizations=reached,
            allowed_ip_addresses=part.allowed_ip_addresses,
            expires_at=_utc(part.expires_at),
            value=_presentable(value),
        )
        self._api_access_tokens.append((token, value))
        return PlantedToken(token.uuid, token.description, value)

    def _organization_called(self, slug: str) -> Organization:
        organization = organizations_store.find_by_slug(self._tx, slug)
        if organization is None:
            msg = f"Organization {slug!r} is not there"
            raise InvalidInputError(msg)
        return organization

    def _user_called(self, email: str) -> User:
        user = organizations_store.find_user_by_email(self._tx, email)
        if user is None:
            msg = f"User {email!r} is not there"
            raise InvalidInputError(msg)
        return user

    def _organization(
        self, part: OrganizationPart, users: list[User], planted: Planted
    ) -> PlantedOrganization:
        fixed = FixedValues() if planted.organizations else self._fixed
        organization = organizations_store.find_by_slug(self._tx, part.slug)
        is_new = organization is None
        if organization is None:
            ids = self._ids("organization", part.slug)
            organization = organizations.create(self._tx, ids, part.slug, part.name)
        result = PlantedOrganization(organization.uuid, organization.slug, organization.name)
        for member in self._each("members", part.members):
            user = self._user_called(member.email)
            organizations_store.insert_member(self._tx, organization, user, Role(member.role))
        if is_new and part.members is None:
            self._give_an_admin(organization, users, planted, fixed.api_access_token)
        tokens = part.agent_tokens
        if tokens is None and is_new:
            tokens = [UnclusteredAgentTokenPart(DEFAULT_REGISTRATION_TOKEN)]
        value = fixed.unclustered_agent_token
        for token in self._each("agent_tokens", tokens):
            result.agent_tokens.append(self._unclustered(organization, token, value))
            value = None
        cluster_parts = part.clusters
        if cluster_parts is None and is_new:
            cluster_parts = [ClusterPart(DEFAULT_CLUSTER)]
        value = fixed.agent_token
        for cluster in self._each("clusters", cluster_parts):
            result.clusters.append(self._cluster(organization, cluster, value))
            value = None
        for url, secret in self._each("repository_tokens", part.repository_tokens.items()):
            repository_tokens.put(self._tx, self._world, organization, url, secret)
        return result

    def _give_an_admin(
        self, organization: Organization, users: list[User], planted: Planted, value: str | None
    ) -> None:
        """A new organization has whoever made it as its administrator."""
        if users:
            organizations_store.insert_member(self._tx, organization, users[0], Role.ADMIN)
            return
        user = self._user(
            UserPart(f"admin@{organization.slug}.example", f"{organization.name} Admin")
        )
        organizations_store.insert_member(self._tx, organization, user, Role.ADMIN)
        token = self._api_access_token(ApiAccessTokenPart("Administrator"), user, value)
        planted.users.append(PlantedUser(user.uuid, user.email, user.name, [token]))

    def _unclustered(
        self, organization: Organization, part: UnclusteredAgentTokenPart, fixed: str | None
    ) -> PlantedToken:
        minted = agent_tokens.mint(
            self._tx,
            self._world,
            self._ids("unclustered agent token", organization.slug, self.place, part.description),
            organization.id,
            None,
            description=part.description,
            value=_presentable(fixed or part.value),
            derived_from=None if self._key is None else DerivedFrom.SEED,
            public=part.public,
        )
        return PlantedToken(minted.agent_token.uuid, part.description, minted.value)

    def _cluster(
        self, organization: Organization, part: ClusterPart, fixed: str | None
    ) -> PlantedCluster:
        cluster = clusters_store.find_by_name(self._tx, organization.id, part.name)
        is_new = cluster is None
        if cluster is None:
            new = NewCluster(part.name, part.description, part.emoji, part.color)
            ids = self._ids("cluster", organization.slug, part.name)
            cluster = clusters.add(self._tx, ids, organization, new, None)
        result = PlantedCluster(cluster.uuid, cluster.name)
        for email in part.maintainers:
            uuid = self._ids("maintainer", organization.slug, cluster.name, email).uuid()
            clusters_store.insert_maintainer(self._tx, cluster, uuid, self._user_called(email))
        queue_parts = part.queues
        if queue_parts is None and is_new:
            queue_parts = [QueuePart(part.default_queue or DEFAULT_KEY)]
        for queue in self._each("queues", queue_parts):
            result.queues.append(self._queue(organization, cluster, queue))
        self._choose_default_queue(cluster, part)
        tokens = part.agent_tokens
        if tokens is None and is_new:
            tokens = [AgentTokenPart(INITIAL_AGENT_TOKEN)]
        for token in self._each("agent_tokens", tokens):
            result.agent_tokens.append(self._clustered(organization, cluster, token, fixed))
            fixed = None
        for secret in self._each("secrets", _listed(part.secrets)):
            result.secrets.append(self._secret(organization, cluster, secret))
        return result

    def _secret(
        self, organization: Organization, cluster: Cluster, part: SecretPart
    ) -> PlantedSecret:
        secret = cluster_secrets.add(
            self._tx,
            self._world,
            self._ids("secret", organization.slug, cluster.name, part.key),
            cluster,
            NewClusterSecret(part.key, part.value, part.description, part.policy),
            largest_value_bytes=LARGEST_TYPED_VALUE_BYTES,
            created_by=None,
        )
        return PlantedSecret(secret.uuid, secret.key)

    def _queue(self, organization: Organization, cluster: Cluster, part: QueuePart) -> PlantedQueue:
        ids = self._ids("queue", organization.slug, cluster.name, part.key)
        new = NewQueue(part.key, part.description)
        queue = queues.add(self._tx, ids, cluster, new, None)
        return PlantedQueue(queue.uuid, queue.key)

    def _choose_default_queue(self, cluster: Cluster, part: ClusterPart) -> None:
        key = part.default_queue
        queue = queues.find_by_key(self._tx, cluster.id, key or DEFAULT_KEY)
        if key is not None:
            _require(queue is not None, f"Default queue {key!r} is not a queue of the cluster")
        if queue is not None and (key is not None or cluster.default_queue_id is None):
            clusters_store.set_default_queue(self._tx, cluster, queue.id)

    def _clustered(
        self, organization: Organization, cluster: Cluster, part: AgentTokenPart, fixed: str | None
    ) -> PlantedToken:
        place = (organization.slug, cluster.name, self.place, part.description)
        minted = agent_tokens.mint(
            self._tx,
            self._world,
            self._ids("cluster agent token", *place),
            organization.id,
            cluster.id,
            description=part.description,
            value=_presentable(fixed or part.value),
            expires_at=_utc(part.expires_at),
            allowed_ip_addresses=part.allowed_ip_addresses,
        )
        return PlantedToken(minted.agent_token.uuid, part.description, minted.value)

    def _administering_token(self, planted: PlantedOrganization) -> str | None:
        """The first token just minted that can do everything in an organization."""
        organization = self._organization_called(planted.slug)
        for token, value in self._api_access_tokens:
            if (
                GRAPHQL in token.scopes
                and access_tokens_store.reach(self._tx, token).get(organization.id) is Role.ADMIN
            ):
                return value
        return None


def _listed(secrets: list[SecretPart] | dict[str, str]) -> list[SecretPart]:
    if isinstance(secrets, list):
        return secrets
    return [SecretPart(key, value) for key, value in secrets.items()]


def _require(condition: object, message: str) -> None:
    if not condition:
        raise InvalidInputError(message)


def _presentable(value: str | None) -> str | None:
    if value is not None and not values.is_presentable(value):
        msg = "Value must be 1 to 4,096 visible ASCII characters"
        raise InvalidInputError(msg)
    return value


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = f"Moment {moment.isoformat()} is out of bounds"
        raise InvalidInputError(msg) from error
