"""The mails that Buildkite would have sent."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.clock import to_text
from mock_buildkite.exchange import json_answer, world_of
from mock_buildkite.notices import service as notices
from mock_buildkite.notices.model import Mail, Notice
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def list_outbox(request: Request[State]) -> Response:
    """GET /_mock/outbox: every mail, in the order in which they were sent."""

    def unit(tx: Transaction) -> list[dict[str, Any]]:
        return [
            _spelled(notice, mail)
            for notice in notices.list_all(tx)
            for mail in notices.mails(notice)
        ]

    return json_answer(await world_of(request).database.read(unit))


def _spelled(notice: Notice, mail: Mail) -> dict[str, Any]:
    return {
        "reason": notice.reason.value,
        "to": mail.audience.value,
        "recipient": mail.recipient,
        "token_uuid": notice.token_uuid,
        "organization": mail.organization,
        "url": notice.url,
        "sent_at": to_text(notice.sent_at),
    }


ROUTES = [Route("/outbox", list_outbox)]
