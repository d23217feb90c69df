"""Doing what is to be done about leaked tokens.

A live API access token is ended, and its owner and organizations are told. Every other kind is
recorded: Buildkite promises no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mock_buildkite import on_record
from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens import store as access_tokens_store
from mock_buildkite.access_tokens.model import ApiAccessToken
from mock_buildkite.audit.model import Actor, ActorType, Performer
from mock_buildkite.ids import DerivedIds
from mock_buildkite.leaks import extracting, store
from mock_buildkite.leaks.model import Action, Alert, Audience, Leak, Notice
from mock_buildkite.on_record import OnRecord
from mock_buildkite.organizations import service as organizations
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values
from mock_buildkite.token_forms.kinds import API_ACCESS_TOKEN
from mock_buildkite.world import World

ACTOR_NAME = "GitHub secret scanning"

list_all = store.list_all
list_notices = store.list_notices


@dataclass(frozen=True, slots=True)
class Suspect:
    """An alert, with the values that it may mean."""

    alert: Alert
    candidates: tuple[str, ...]


def suspects(alerts: Iterable[Alert]) -> list[Suspect]:
    """What alerts may mean. It takes long for long ones: not for the event loop, nor for a unit."""
    return [Suspect(alert, extracting.candidates(alert.token)) for alert in alerts]


def report(tx: Transaction, world: World, suspected: Sequence[Suspect]) -> list[bool]:
    """Act on a report; of each alert, whether it means a token that is on record, live or not.

    A report that comes again does nothing again: a token is ended once, and told of once.
    """
    report_ = _Report(tx, world)
    return [report_.take(each) for each in suspected]


class _Report:
    """One report, in which a token may stand more than once."""

    def __init__(self, tx: Transaction, world: World) -> None:
        self._tx = tx
        self._world = world
        self._known: dict[str, tuple[OnRecord, Action] | None] = {}
        self._noted: set[tuple[str, Alert]] = set()

    def take(self, suspect: Suspect) -> bool:
        """Act on one alert."""
        found = [each for each in suspect.candidates if self._act(each, suspect.alert)]
        return bool(found)

    def _act(self, value: str, alert: Alert) -> bool:
        if value not in self._known:
            found = on_record.look_up(self._tx, self._world, value)
            self._known[value] = None if found is None else (found, self._end(found, alert))
        known = self._known[value]
        if known is None:
            return False
        if (value, alert) not in self._noted:
            self._noted.add((value, alert))
            self._note(value, alert, *known)
        return True

    def _end(self, found: OnRecord, alert: Alert) -> Action:
        if found.kind is not API_ACCESS_TOKEN:
            return Action.RECORDED
        if not found.is_live:
            return Action.ALREADY_OVER
        token = access_tokens_store.find_by_uuid(self._tx, found.uuid)
        if token is None:
            raise LookupError(found.uuid)
        data = {"url": alert.url, "source": alert.source}
        access_tokens.revoke(self._tx, token, _performer(), data)
        owner = organizations.find_user(self._tx, token.user_id)
        self._tell(token, alert, Audience.OWNER, owner.email)
        for slug in found.organizations:
            self._tell(token, alert, Audience.ORGANIZATION, slug)
        return Action.REVOKED

    def _note(self, value: str, alert: Alert, found: OnRecord, action: Action) -> None:
        store.insert(
            self._tx,
            Leak(
                id=0,
                digest=values.digest(value),
                kind=found.kind.name,
                token_uuid=found.uuid,
                organizations=found.organizations,
                reported_type=alert.type,
                url=alert.url,
                source=alert.source,
                action=action,
                times_reported=1,
                first_reported_at=self._tx.now,
                last_reported_at=self._tx.now,
            ),
        )

    def _tell(
        self, token: ApiAccessToken, alert: Alert, audience: Audience, recipient: str
    ) -> None:
        store.insert_notice(
            self._tx,
            Notice(
                uuid=self._world.ids.uuid(),
                audience=audience,
                recipient=recipient,
                token_uuid=token.uuid,
                token_description=token.description,
                url=alert.url,
                sent_at=self._tx.now,
            ),
        )


def _performer() -> Performer:
    """GitHub. Unverified: what Buildkite's audit log calls it."""
    uuid = DerivedIds(ACTOR_NAME.encode(), "actor").uuid()
    return Performer(Actor(ActorType.API_APPLICATION, uuid, ACTOR_NAME), None)
