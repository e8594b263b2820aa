"""What is known of the device that a request comes from."""

from dataclasses import dataclass

LONGEST_USER_AGENT = 300  # as it is stored


@dataclass(frozen=True)
class Device:
    """A browser or an app, by what it says of itself.

    Attributes:
        user_agent: the header, however long.
        ip: the client's address, as nginx passes it on.
    """

    user_agent: str | None = None
    ip: str | None = None

    @property
    def columns(self) -> dict[str, str | None]:
        """What tables keep of it."""
        return {
            "user_agent": (self.user_agent or "").replace("\0", "")[:LONGEST_USER_AGENT] or None,
            "ip": self.ip,
        }


NO_DEVICE = Device()
