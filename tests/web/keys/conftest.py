"""Devices of two members who write each other."""

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import Device, device_of, exchange
from web.core.app import App


@pytest.fixture
def minas(app: App, api: Api, mina: Person) -> Device:
    return device_of(api, mina, app)


@pytest.fixture
def joons(app: App, api: Api, joon: Person, minas: Device) -> Device:
    """Of somebody with whom Mina has exchanged keys."""
    device = device_of(api, joon, app)
    exchange(minas, device)
    return device
