"""Identity: who a member is, how they get in, and the sessions that they hold."""

from typing import TYPE_CHECKING

from web.accounts import jobs, queries
from web.accounts.directory import AccountSessions, SessionCache
from web.accounts.service import AccountService
from web.accounts.sessions import SessionService
from web.core.app import App
from web.core.events import ActorZone
from web.core.security import NameDirectory, SessionDirectory

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """Services, jobs, and what the plumbing asks of accounts."""
    app.add_value(SessionCache, SessionCache())
    app.add_value(ActorZone, queries.AccountZone())
    app.add_service(AccountService)
    app.add_service(SessionService)
    app.add_service(AccountSessions, provides=SessionDirectory)
    app.add_service(queries.AccountNames, provides=NameDirectory)
    app.jobs.add("accounts.mail_sign_up_code", jobs.mail_sign_up_code)
    app.jobs.add("accounts.mail_already_registered", jobs.mail_already_registered)
    app.jobs.add("accounts.clean_up", jobs.clean_up)


def includeme(config: "Configurator") -> None:
    """Routes under ``/auth``."""
    from web.accounts import api

    config.add_api(api.routes)
