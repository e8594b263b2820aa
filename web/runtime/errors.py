"""What can go wrong while starting or stopping, each said in one line."""


class StartupError(Exception):
    """The command cannot go on; the message is one line that names the cause and the way out."""


class PortBusy(StartupError):
    """A configured port is taken by another process."""

    def __init__(self, variable: str, port: int) -> None:
        super().__init__(
            f"port {port} ({variable}) is in use; stop what uses it or set {variable} to another port"
        )
        self.variable = variable
        self.port = port


class AlreadyRunning(StartupError):
    """The same state folder is already in use by a running (or starting) Plaza."""
