"""What is known of the device that a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A browser or an app, by what it says of itself.

    Attributes:
        user_agent: the header, however long.
        ip: the client's address, as nginx passes it on.
    """

    user_agent: str | None = None
    ip: str | None = None


NO_DEVICE = Device()
