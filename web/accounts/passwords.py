"""Passwords as a way in."""

from uuid import UUID

import sqlalchemy as sa

from web.accounts.errors import InvalidCredentials
from web.accounts.models import Account, Email
from web.accounts.policy import address_key
from web.accounts.schemas import Credentials
from web.core.db import Engines
from web.core.devices import Device
from web.core.passwords import verify_password
from web.core.throttle import Throttle

_PASSWORD_OF = (
    sa.select(Account.id, Account.password_hash)
    .join(Email, Email.account_id == Account.id)
    .where(Email.address_key == sa.bindparam("address_key"), Account.kind == "person")
)


class PasswordService:
    """Checks passwords. Raises DomainError subclasses; never commits."""

    def __init__(self, engines: Engines, throttle: Throttle) -> None:
        self._engines = engines
        self._throttle = throttle

    def authenticate(self, credentials: Credentials, device: Device) -> UUID:
        """The member whose address and password these are.

        The stored hash is read on a connection that is given back before the slow check; an unknown address
        costs the same query, the same check and the same attempts.

        Raises:
            InvalidCredentials
            RateLimited: too many attempts at this address, or too many failures from this device's.
        """
        key = address_key(credentials.email)
        attempt = self._throttle.count("login", f"address:{key}", watched=f"ip:{device.ip}")
        with self._engines.reads.connect() as connection:
            row = connection.execute(_PASSWORD_OF, {"address_key": key}).one_or_none()
        if not verify_password(row.password_hash if row else None, credentials.password) or row is None:
            self._throttle.failed(attempt)
            raise InvalidCredentials()
        self._throttle.succeeded(attempt)
        member_id: UUID = row.id
        return member_id
