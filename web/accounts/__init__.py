"""Identity: who a member is, how they get in, the sessions that they hold, and how they want Plaza to be."""

from typing import TYPE_CHECKING

from web.accounts import jobs, queries
from web.accounts.directory import AccountSessions, SessionCache
from web.accounts.door import Door
from web.accounts.passwords import PasswordService
from web.accounts.security_log import SecurityLog
from web.accounts.service import AccountService
from web.accounts.sessions import SessionService
from web.accounts.sign_up import SignUpService
from web.core.app import App
from web.core.events import ActorZone
from web.core.security import NameDirectory, SessionDirectory

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """Services, jobs, and what the plumbing asks of accounts."""
    app.add_value(SessionCache, SessionCache())
    app.add_value(ActorZone, queries.AccountZone())
    for service in (AccountService, SignUpService, PasswordService, SessionService, SecurityLog, Door):
        app.add_service(service)
    app.add_service(AccountSessions, provides=SessionDirectory)
    app.add_service(queries.AccountNames, provides=NameDirectory)
    app.jobs.add("accounts.mail_sign_up_code", jobs.mail_sign_up_code)
    app.jobs.add("accounts.mail_security_event", jobs.mail_security_event)
    app.jobs.add("accounts.clean_up", jobs.clean_up)


def includeme(config: "Configurator") -> None:
    """Routes under ``/auth``."""
    from web.accounts.api import joining, sessions

    for topic in (joining, sessions):
        config.add_api(topic.routes)
