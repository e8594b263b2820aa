"""A state folder that the account which runs PostgreSQL for root can enter."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.runtime.layout import ROOT, Layout


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder of this test; pytest's own are closed to other accounts."""
    folder = Path(tempfile.mkdtemp(prefix="plaza-var-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def layout(var: Path) -> Layout:
    """A layout with its folders made."""
    result = Layout(ROOT, var)
    result.make()
    return result


@pytest.fixture
def password() -> str:
    """A password for one server."""
    return secrets.token_hex(16)
