"""Packages from npm, for what is tested with the clients that people use."""

import shutil
import subprocess
from pathlib import Path

import pytest


def npm_install(folder: Path, package: str) -> None:
    """Install a package into a folder, or skip the test with the reason why that is impossible here."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no node")
    command = [
        npm,
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        str(folder),
        package,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not answer in time")
    if done.returncode:
        pytest.skip(f"npm is away: {done.stderr.strip()[-200:]}")
