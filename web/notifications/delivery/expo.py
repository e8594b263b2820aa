"""Expo's push service: up to a hundred pushes in a request, and receipts that tell later what became of them.

https://docs.expo.dev/push-notifications/sending-notifications/. A ticket means that Expo has the push; only
the receipt, some minutes later, says whether Apple or Google took it, or that the app is not there any more.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import httpx
import orjson

from web.notifications.delivery.push_services import KEPT, Busy, Fate, Outcome, Push, PushService
from web.notifications.delivery.retry_after import retry_after
from web.notifications.delivery.strategies import TryLater

MOST_PUSHES = 100  # in a request
MOST_RECEIPTS = 1000
PAUSE = 30.0  # seconds
TIMEOUT_SECONDS = 10.0
_FATES: Mapping[str, Fate] = {"DeviceNotRegistered": Fate.GONE, "MessageRateExceeded": Fate.LATER}


class Expo(PushService):
    """Sends to Expo's tokens.

    Args:
        access_token: '' unless the project asks for one.
    """

    name = "expo"
    at_once = MOST_PUSHES

    def __init__(self, url: str, access_token: str = "", *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._address = f"{url}/--/api/v2/push"
        self._access_token = access_token
        self._timeout = timeout

    @cached_property
    def _http(self) -> httpx.Client:
        """Made by the first push: most processes never push."""
        headers = {"Accept": "application/json"}
        if self._access_token:
            headers["Authorization"] = f"Bearer {self._access_token}"
        return httpx.Client(timeout=self._timeout, headers=headers)

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        response = self._post("send", [message(push) for push in pushes])
        if response.status_code == 400 and len(pushes) > 1:
            # One bad push fails all of them, such as a token of another project.
            return [self._send_alone(push) for push in pushes]
        if response.status_code == 400:
            return [Outcome(Fate.REFUSED, _refusal(response))]
        if response.is_error:  # of our access, which the operator has to mend
            raise OSError(_refusal(response))
        tickets = _data(response, list)
        if len(tickets) != len(pushes):
            raise OSError("Expo answered with other tickets than it was asked for")
        return [outcome_of(ticket) for ticket in tickets]

    def _send_alone(self, push: Push) -> Outcome:
        try:
            return self.send([push])[0]
        except (OSError, TryLater) as error:  # those before it have been sent, and must not be again
            return Outcome(Fate.LATER, str(error))

    def receipts(self, tickets: Collection[str]) -> dict[str, Outcome]:
        """What became of pushes, by their tickets; those that are not known yet are left out.

        Args:
            tickets: up to ``MOST_RECEIPTS``.
        Raises:
            TryLater, OSError: as in ``send``.
        """
        response = self._post("getReceipts", {"ids": list(tickets)})
        if response.is_error:
            raise OSError(_refusal(response))
        return {ticket: outcome_of(receipt) for ticket, receipt in _data(response, dict).items()}

    def _post(self, what: str, content: Any) -> httpx.Response:
        try:
            response = self._http.post(f"{self._address}/{what}", json=content)
        except httpx.HTTPError as error:
            raise OSError(f"Expo cannot be reached: {type(error).__name__}") from error
        if response.status_code == 429:
            raise Busy(_refusal(response), retry_after(response.headers, PAUSE))
        if response.status_code >= 500:
            raise Busy(_refusal(response), retry_after(response.headers, 0))
        return response


def message(push: Push) -> dict[str, Any]:
    """The message of a push."""
    return {
        "to": push.address,
        "title": push.title,
        "body": push.message,
        "data": push.data,
        "badge": push.note.badge,
        "sound": "default",
        "ttl": int(KEPT.total_seconds()),
        "priority": "high",
    }


def outcome_of(answer: Mapping[str, Any]) -> Outcome:
    """What a ticket or a receipt says."""
    if answer.get("status") == "ok":
        return Outcome(Fate.SENT, receipt=answer.get("id"))
    problem = str((answer.get("details") or {}).get("error") or "unknown")
    return Outcome(_FATES.get(problem, Fate.REFUSED), problem)


def _data(response: httpx.Response, kind: type) -> Any:
    try:
        data = orjson.loads(response.content)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise OSError("Expo answered something that is not its own") from error
    if not isinstance(data, kind):
        raise OSError("Expo answered something that is not its own")
    return data


def _refusal(response: httpx.Response) -> str:
    """Expo's code of an error; never its text, which may quote a token."""
    try:
        code = orjson.loads(response.content)["errors"][0]["code"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        code = "unknown"
    return f"Expo answered {response.status_code} {code}"
