"""Finding free TCP ports on loopback, and saying clearly which one is not."""

import random
import socket
from collections.abc import Mapping

from web.runtime.errors import PortBusy, StartupError

# Below the range that systems hand out for outgoing connections, so that a port kept in the state
# is not taken by somebody's client socket between two starts.
EMBEDDED_PORTS = range(15_400, 31_400)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now (connections in TIME_WAIT do not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def pick_free_port(preferred: int | None = None) -> int:
    """The preferred port when it is free, else a random free one.

    Raises:
        StartupError: no free port was found in a hundred tries.
    """
    if preferred is not None and is_free(preferred):
        return preferred
    for port in random.sample(EMBEDDED_PORTS, 100):
        if is_free(port):
            return port
    raise StartupError(f"no free port between {EMBEDDED_PORTS.start} and {EMBEDDED_PORTS.stop - 1}")


def require_free(ports: Mapping[str, int]) -> None:
    """Check every port of `{variable: port}` before anything starts.

    Raises:
        PortBusy: for the first port that is taken.
        StartupError: two variables name the same port.
    """
    seen: dict[int, str] = {}
    for variable, port in ports.items():
        if port in seen:
            raise StartupError(f"{seen[port]} and {variable} are both {port}; give them different ports")
        seen[port] = variable
    for variable, port in ports.items():
        if not is_free(port):
            raise PortBusy(variable, port)
