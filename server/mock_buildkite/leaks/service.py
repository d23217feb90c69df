"""Doing what is to be done about leaked tokens.

A live API access token is ended, and its owner and organizations are told. Every other kind is
recorded: Buildkite promises no more. A report may have thousands of tokens, so what can be asked or
written for all of them is asked or written at once.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from mock_buildkite import on_record
from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens import store as access_tokens_store
from mock_buildkite.access_tokens.service import Ending
from mock_buildkite.audit.model import Actor, ActorType, Performer
from mock_buildkite.ids import DerivedIds
from mock_buildkite.leaks import extracting, store
from mock_buildkite.leaks.model import Action, Alert, Leaked
from mock_buildkite.notices import service as notices
from mock_buildkite.notices.model import NewNotice, Reason
from mock_buildkite.organizations import store as organizations
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values
from mock_buildkite.token_forms.kinds import API_ACCESS_TOKEN
from mock_buildkite.world import World

ACTOR_NAME = "GitHub secret scanning"

list_all = store.list_all


class Suspect(Struct, frozen=True):
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
    alerts: dict[str, Alert] = {}
    for suspect in suspected:
        for value in suspect.candidates:
            alerts.setdefault(value, suspect.alert)  # the first of a token is the one told of
    leaked = _api_access_tokens(tx, alerts)
    leaked |= _others(tx, world, alerts.keys() - leaked.keys())
    places = {
        (value, suspect.alert.type, suspect.alert.url, suspect.alert.source): suspect.alert
        for suspect in suspected
        for value in suspect.candidates
        if value in leaked
    }
    store.note(tx, ((leaked[value], alert) for (value, *_), alert in places.items()))
    return [not leaked.keys().isdisjoint(suspect.candidates) for suspect in suspected]


def _api_access_tokens(tx: Transaction, alerts: Mapping[str, Alert]) -> dict[str, Leaked]:
    """Those values that are API access tokens. What is live of them is ended, and told of."""
    digests = {value: values.digest(value) for value in alerts}
    tokens = access_tokens_store.find_by_digests(tx, list(digests.values()))
    reach = access_tokens_store.reach_of_several(tx, [token.id for token in tokens.values()])
    slugs = _slugs(tx, reach)
    owners = organizations.find_several_users(tx, (token.user_id for token in tokens.values()))
    leaked, endings = {}, []
    told: list[NewNotice] = []
    for value, digest in digests.items():
        token = tokens.get(digest)
        if token is None:
            continue
        reached, action = reach.get(token.id, ()), Action.ALREADY_OVER
        names = slugs[reached]
        if token.is_usable(tx.now):
            action, alert, owner = Action.REVOKED, alerts[value], owners[token.user_id].email
            endings.append(Ending(token, reached, {"url": alert.url, "source": alert.source}))
            told.append(NewNotice(Reason.LEAKED, owner, token.uuid, names, alert.url))
        leaked[value] = Leaked(digest, API_ACCESS_TOKEN.name, token.uuid, names, action)
    access_tokens.revoke_all(tx, endings, _performer())
    notices.send(tx, told)
    return leaked


def _others(tx: Transaction, world: World, wanted: Iterable[str]) -> dict[str, Leaked]:
    """Those values that are tokens of any other kind."""
    leaked = {}
    for value in wanted:
        found = on_record.look_up(tx, world, value)
        if found is not None:
            leaked[value] = Leaked(
                values.digest(value),
                found.kind.name,
                found.uuid,
                found.organizations,
                Action.RECORDED,
            )
    return leaked


def _slugs(
    tx: Transaction, reach: Mapping[int, tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[str, ...]]:
    """What the organizations are called that tokens reach together."""
    together = {(), *reach.values()}
    found = organizations.find_several(tx, {number for each in together for number in each})
    return {each: tuple(found[number].slug for number in each) for each in together}


def _performer() -> Performer:
    """GitHub. Unverified: what Buildkite's audit log calls it."""
    uuid = DerivedIds(ACTOR_NAME.encode(), "actor").uuid()
    return Performer(Actor(ActorType.API_APPLICATION, uuid, ACTOR_NAME), None)
