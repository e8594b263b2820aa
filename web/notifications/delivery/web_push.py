"""Web Push: the browser's own service is handed a message that only the browser can read.

RFC 8030 is the request, RFC 8188 and RFC 8291 the encryption, RFC 8292 who sends it.
"""

import base64
from collections.abc import Sequence

import orjson

from web.notifications.delivery.public_hosts import PrivateAddress, PublicHosts
from web.notifications.delivery.push_services import KEPT, SENT, Busy, Fate, Outcome, Push, PushService
from web.notifications.delivery.retry_after import retry_after
from web.notifications.delivery.vapid import VapidKey

PAUSE = 30.0  # seconds, where a service is busy and does not say how long


class WebPush(PushService):
    """Sends to the endpoints that browsers gave to members.

    Args:
        contact: ``mailto:`` of who runs this Plaza, for the services.
    """

    name = "web_push"
    is_shared = False

    def __init__(self, key: VapidKey, contact: str, hosts: PublicHosts) -> None:
        self._key = key
        self._contact = contact
        self._hosts = hosts

    def takes(self, address: str) -> bool:
        """Whether it may be a service of the public internet."""
        return self._hosts.may_be_at(address)

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        return [self._send(push) for push in pushes]

    def _send(self, push: Push) -> Outcome:
        headers = {
            "Authorization": self._key.authorization(push.address, self._contact),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(KEPT.total_seconds())),
            "Urgency": "normal",
            # What waits for a device that is off is replaced by what is new of the same (RFC 8030 §5.4).
            "Topic": push.note.notification_id.hex,
        }
        try:
            status, answered = self._hosts.post(push.address, headers, encrypted(push))
        except PrivateAddress as error:
            return Outcome(Fate.GONE, str(error))
        problem = f"the service answered {status}"
        if status in (404, 410):
            return Outcome(Fate.GONE, problem)
        if status == 429 or (status == 503 and "retry-after" in answered):
            raise Busy(problem, retry_after(answered, PAUSE))
        if status >= 500:
            raise OSError(problem)
        return SENT if status in (200, 201, 202) else Outcome(Fate.REFUSED, problem)


def payload(push: Push) -> bytes:
    """What the service worker shows (``static/sw.js`` reads it)."""
    note = push.note
    return orjson.dumps(
        {
            "id": str(note.notification_id),
            "type": note.type,
            "title": push.title,
            "message": push.message,
            "action_url": note.action_url,
            "image_url": note.image_url,
            "badge": note.badge,
            "locale": note.locale,
        }
    )


def encrypted(push: Push) -> bytes:
    """The payload, encrypted for the device alone."""
    # Here, because it takes half a second and brings two HTTP clients along; only workers need it.
    from pywebpush import WebPusher  # type: ignore[import-untyped]

    keys = {"p256dh": _base64url(push.p256dh or b""), "auth": _base64url(push.auth or b"")}
    pusher = WebPusher({"endpoint": push.address, "keys": keys})
    body: bytes = pusher.encode(payload(push), "aes128gcm")["body"]
    return body


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
