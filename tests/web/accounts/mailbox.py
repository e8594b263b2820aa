"""Reading the mails that Plaza sent."""

import re

from web.core.app import App
from web.core.mail import Mail, OutboxMailer


def mails_to(app: App, address: str) -> list[Mail]:
    """What was sent to an address, newest first."""
    assert isinstance(app.mailer, OutboxMailer)
    return [mail for mail in app.mailer.newest() if mail.to == address]


def code_in(mail: Mail) -> str:
    """The six digits of a mail, which its subject and its text agree on."""
    (code,) = set(re.findall(r"\b\d{6}\b", f"{mail.subject} {mail.text.split('http')[0]}"))
    return str(code)


def token_in(mail: Mail, page: str) -> str:
    """The token of the link to a page."""
    (token,) = re.findall(rf"^http://localhost/{page}\?token=([\w-]+)$", mail.text, re.MULTILINE)
    return str(token)
