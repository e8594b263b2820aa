"""The development adapter: pushes nothing, keeps every push as a file that the dev mailbox shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from web.core.ids import new_id
from web.notifications.delivery.public_hosts import PublicHosts
from web.notifications.delivery.push_services import SENT, Outcome, Push, PushService

MAILBOX_SHOWS = 50


@dataclass(frozen=True)
class KeptPush:
    """What a device would have shown; ``service`` is what would have reached it."""

    service: str
    title: str
    message: str
    action_url: str | None
    badge: int


class OutboxPush(PushService):
    """Stands in for one of the services."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._hosts = PublicHosts(with_loopback=True)

    def takes(self, address: str) -> bool:
        """What the real one would take."""
        return self.name != "web_push" or self._hosts.may_be_at(address)

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        self._folder.mkdir(parents=True, exist_ok=True)
        for push in pushes:
            note = push.note
            kept = KeptPush(self.name, push.title, push.message, note.action_url, note.badge)
            name = str(new_id())
            draft = self._folder / f"{name}.part"
            draft.write_bytes(orjson.dumps(kept))
            draft.rename(self._folder / f"{name}.push")
        return [SENT] * len(pushes)


def newest(folder: Path) -> list[KeptPush]:
    """What was "pushed" last, newest first."""
    files = sorted(folder.glob("*.push"), reverse=True)[:MAILBOX_SHOWS]
    return [KeptPush(**orjson.loads(file.read_bytes())) for file in files]
