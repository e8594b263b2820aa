"""Identity: who a member is, how they get in, the sessions that they hold, and how they want Plaza to be."""

from typing import TYPE_CHECKING, Any

from web.accounts import jobs, leaving, queries, standing_mails
from web.accounts.audit import AuditLog
from web.accounts.my_data import data_copy, erasure
from web.accounts.my_data import sections as own_data
from web.accounts.my_data.erasure import ErasureService
from web.accounts.my_data.service import MyDataService
from web.accounts.pictures import PictureService
from web.accounts.second_factor.challenges import Challenges
from web.accounts.second_factor.codes import SecondFactorCodes
from web.accounts.second_factor.service import SecondFactorService
from web.accounts.service import AccountService
from web.accounts.sessions import mails as jobs_security
from web.accounts.sessions import news as session_news
from web.accounts.sessions.directory import AccountSessions, SessionCache
from web.accounts.sessions.door import Door
from web.accounts.sessions.security_log import SecurityLog, SecurityWatchers
from web.accounts.sessions.service import SessionService
from web.accounts.sessions.uses import SessionUses
from web.accounts.settings import SettingsService
from web.accounts.ways_in import mails as jobs_addresses
from web.accounts.ways_in import messages as jobs_phones
from web.accounts.ways_in.ceremonies import Ceremonies
from web.accounts.ways_in.emails import EmailService
from web.accounts.ways_in.google import GoogleService
from web.accounts.ways_in.google_tokens import GoogleTokens
from web.accounts.ways_in.passkeys import PasskeyService
from web.accounts.ways_in.passwords import PasswordService
from web.accounts.ways_in.phones import PhoneService
from web.accounts.ways_in.sign_up import SignUpService
from web.core.app import App
from web.core.events import ActorZone
from web.core.security import NameDirectory, SessionDirectory

if TYPE_CHECKING:
    from pyramid.config import Configurator

SERVICES: tuple[type, ...] = (
    AccountService,
    PictureService,
    SettingsService,
    SignUpService,
    EmailService,
    PasswordService,
    PhoneService,
    GoogleService,
    Ceremonies,
    PasskeyService,
    Challenges,
    SecondFactorCodes,
    SecondFactorService,
    Door,
    session_news.SessionNews,
    SessionService,
    SecurityLog,
    AuditLog,
    MyDataService,
    ErasureService,
)


def register(app: App) -> None:
    """Services, jobs, and what the plumbing asks of accounts."""
    app.add_value(SecurityWatchers, SecurityWatchers())
    cache = SessionCache()
    app.add_value(SessionCache, cache)
    session_news.register(app, cache)
    app.add_value(SessionUses, SessionUses(app.engines, app.settings.notes_seconds))
    app.add_value(ActorZone, queries.AccountZone())
    app.add_value(GoogleTokens, GoogleTokens(app.settings, app.valkey))
    for service in SERVICES:
        app.add_service(service)
    app.add_service(AccountSessions, provides=SessionDirectory)
    app.add_service(queries.AccountNames, provides=NameDirectory)
    app.jobs.add("accounts.mail_sign_up_code", jobs_addresses.mail_sign_up_code)
    app.jobs.add("accounts.mail_email_code", jobs_addresses.mail_email_code)
    app.jobs.add("accounts.mail_password_reset", jobs_addresses.mail_password_reset)
    app.jobs.add("accounts.mail_former_address", jobs_addresses.mail_former_address)
    app.jobs.add("accounts.mail_security_event", jobs_security.mail_security_event)
    app.jobs.add("accounts.send_phone_code", jobs_phones.send_phone_code, attempts=jobs_phones.ATTEMPTS)
    app.jobs.add("accounts.mail_standing", standing_mails.mail_standing)
    app.jobs.add("accounts.sweep", leaving.sweep)
    app.jobs.add("accounts.clean_up", jobs.clean_up)
    app.jobs.add("accounts.make_data_copy", data_copy.make_data_copy, attempts=data_copy.ATTEMPTS)
    app.jobs.add("accounts.mail_data_copy", data_copy.mail_data_copy)
    app.jobs.add("accounts.erase_account", erasure.erase_account)
    own_data.register(app.personal_data)
    erasure.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/auth``."""
    from web.accounts.api import (
        emails,
        google,
        joining,
        leaving,
        me,
        my_data,
        passkeys,
        passwords,
        phones,
        second_factor,
        sessions,
        settings,
    )

    for topic in (
        joining,
        sessions,
        phones,
        google,
        passwords,
        emails,
        me,
        settings,
        leaving,
        my_data,
        second_factor,
        passkeys,
    ):
        config.add_api(topic.routes)
    config.add_subscriber(_write_session_uses, "pyramid.events.NewResponse")


def _write_session_uses(event: Any) -> None:
    """Write when sessions were used after everything else, when the request has given its connection back."""
    uses = event.request.registry.app.value(SessionUses)
    event.request.add_finished_callback(lambda _: uses.flush_if_due())
