"""The operating-system account that runs PostgreSQL, which refuses to run as root."""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from web.runtime.errors import StartupError

NAME = "plaza-pg"


class PopenOptions(TypedDict, total=False):
    """Arguments of `subprocess` that switch the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class SystemUser:
    """An account that server programs run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether running as this account means switching away from ours."""
        return self.uid != os.geteuid()

    def popen_options(self) -> PopenOptions:
        """Keyword arguments that make `subprocess` run a program as this account."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, mode: str, path: Path) -> bool:
        """Whether this account passes `test -<mode> path`; asks the kernel, so that ACLs count too."""
        command = ["test", f"-{mode}", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.popen_options()).returncode == 0

    def own(self, path: Path) -> None:
        """Give a folder of ours to this account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def server_user() -> SystemUser:
    """The account for embedded PostgreSQL: ourselves, or `plaza-pg` (made when missing) for root.

    Raises:
        StartupError: root, but the account cannot be made here.
    """
    uid = os.geteuid()
    if uid != 0:
        return SystemUser(str(uid), uid, os.getegid())
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _create()
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create() -> pwd.struct_passwd:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise StartupError(f"PostgreSQL cannot run as root: make a system account named {NAME} for it")
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", NAME]
    if _group_exists(NAME):
        command[-2:] = ["--gid", NAME, NAME]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(NAME)  # a start in another folder may have made it at the same moment
    except KeyError:
        raise StartupError(f"cannot make the system account {NAME}: {result.stderr.strip()}") from None


def _group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
