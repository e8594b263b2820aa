"""Where one Plaza keeps its files, and what it remembers between two starts (`runtime.json`)."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from web.runtime.errors import StartupError

ROOT = Path(__file__).resolve().parents[2]
# sizeof(sockaddr_un.sun_path) is 108 on Linux and 104 on macOS, with a closing zero; the supervisor
# also makes `<path>.<pid>` beside its socket.
LONGEST_SOCKET = 92


@dataclass(frozen=True)
class Layout:
    """The folders of one running copy; everything below `var` may be deleted while it is down.

    Attributes:
        root: the project (ini files, dbt project, nginx template).
        var: state folder, PLAZA_VAR.
    """

    root: Path
    var: Path

    @classmethod
    def of(cls, environ: Mapping[str, str], root: Path = ROOT) -> "Layout":
        """The layout that PLAZA_VAR names; a relative folder counts from the project root."""
        return cls(root, (root / environ.get("PLAZA_VAR", "var")).resolve())

    @property
    def run(self) -> Path:
        """Generated configuration and locks."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """One log per program."""
        return self.var / "log"

    @property
    def state_file(self) -> Path:
        """`runtime.json`: PLAZA_* variables as a flat object, readable by its owner alone."""
        return self.var / "runtime.json"

    @property
    def supervisor_config(self) -> Path:
        """Generated at each start; has passwords."""
        return self.run / "supervisord.conf"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; in a short folder of ours when `var` is too deep for a socket name."""
        socket = self.run / "supervisor.sock"
        if len(os.fsencode(socket)) <= LONGEST_SOCKET:
            return socket
        name = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"plaza-{os.geteuid()}-{name}" / "supervisor.sock"

    def make(self) -> None:
        """Create the folders.

        Raises:
            StartupError: a folder cannot be made, or the short one belongs to somebody else.
        """
        try:
            for folder in (self.run, self.log):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartupError(f"cannot make {error.filename}: {error.strerror} (PLAZA_VAR)") from error
        holder = self.socket.parent
        holder.mkdir(mode=0o700, exist_ok=True)
        if holder.stat().st_uid != os.geteuid():
            raise StartupError(f"{holder} belongs to another account; set PLAZA_VAR to a shorter path")

    def read_state(self) -> dict[str, str]:
        """What the last start wrote; empty before the first."""
        try:
            state: dict[str, str] = json.loads(self.state_file.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StartupError(f"{self.state_file} is not JSON ({error}); remove it") from error
        return state

    def write_state(self, state: Mapping[str, str]) -> None:
        """Replace `runtime.json` in one step, never readable by others."""
        descriptor, name = tempfile.mkstemp(dir=self.var, prefix="runtime-")  # made with mode 0600
        with os.fdopen(descriptor, "w") as file:
            json.dump(dict(state), file, indent=2)
            file.write("\n")
        Path(name).rename(self.state_file)
