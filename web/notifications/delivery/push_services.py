"""What reaches devices: one small interface over Web Push, Expo and FCM."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from web.notifications.delivery.strategies import Rendered, TryLater

# How long a service keeps a push for a device that is off; after that the list in the app tells enough.
KEPT: Final = timedelta(days=1)
# All services take payloads of 4096 bytes at most; so long a text stays below in any script.
LONGEST_TITLE: Final = 150
LONGEST_MESSAGE: Final = 400


@dataclass(frozen=True)
class Push:
    """A notification on its way to one device.

    Attributes:
        address: the endpoint or token.
        p256dh: Web Push only, as ``auth``: the keys that it is encrypted for.
    """

    address: str
    note: Rendered
    p256dh: bytes | None = None
    auth: bytes | None = None

    @property
    def title(self) -> str:
        """As much of the title as fits."""
        return _fitting(self.note.title, LONGEST_TITLE)

    @property
    def message(self) -> str:
        """As much of the message as fits."""
        return _fitting(self.note.message, LONGEST_MESSAGE)

    @property
    def data(self) -> dict[str, str]:
        """What an app gets when it is opened by it; '' for nothing."""
        note = self.note
        return {
            "notification_id": str(note.notification_id),
            "type": note.type,
            "action_url": note.action_url or "",
            "icon_type": note.icon_type,
            "icon_color": note.icon_color,
            "image_url": note.image_url or "",
        }


def _fitting(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Fate(StrEnum):
    """What became of a push.

    ``SENT``: the service has it. ``GONE``: it does not know the device any more and never will again.
    ``LATER``: not now, for this device. ``REFUSED``: it will not take this push, whatever the reason.
    """

    SENT = "sent"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What a service answered about one push.

    Attributes:
        problem: in the service's own words or numbers; never an address.
        receipt: by which the service can be asked later whether the push arrived.
    """

    fate: Fate
    problem: str = ""
    receipt: str | None = None


SENT = Outcome(Fate.SENT)


class Busy(TryLater):
    """The service asks to wait.

    Args:
        problem: what it answered, for the operator.
        seconds: how long.
    """

    def __init__(self, problem: str, seconds: float) -> None:
        super().__init__(seconds)
        self.args = (problem,)


class PushService(ABC):
    """Hands pushes over. Called from jobs only, while no transaction is open.

    Attributes:
        name: as in ``devices.service``.
        at_once: how many pushes one request may carry.
        is_shared: one service for all devices, whose outages concern the operator; with Web Push the address
            comes from the member.
    """

    name: str
    at_once = 1
    is_shared = True

    def takes(self, address: str) -> bool:
        """Whether something could be sent to an address, as far as one can tell without trying."""
        return True

    @abstractmethod
    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """Hand over up to ``at_once`` pushes; what became of each, in their order.

        Raises:
            TryLater: the service asks to wait, with all of them.
            OSError: it cannot be reached, or is broken at the moment.
        """

    def receipts(self, tickets: Collection[str]) -> dict[str, "Outcome"]:
        """What became of pushes by their receipts; what is not known, or not yet, is left out.

        Raises:
            TryLater, OSError: as above.
        """
        return {}


class PushServices:
    """The services that this Plaza has.

    Attributes:
        vapid_public_key: what browsers subscribe with; None where Web Push is not offered.
    """

    def __init__(self, services: Iterable[PushService], vapid_public_key: str | None) -> None:
        self._services = {service.name: service for service in services}
        self.vapid_public_key = vapid_public_key

    def get(self, name: str) -> PushService | None:
        """The service of that name, if there is one here."""
        return self._services.get(name)
