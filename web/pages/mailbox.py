"""The mails, text messages and pushes that were "sent" in development."""

from typing import Any

from web.core.errors import NotFound
from web.core.mail import OutboxMailer
from web.core.requests import Request
from web.core.security import Permission
from web.core.sms import OutboxSmsSender, SmsSender
from web.notifications.delivery.outbox import newest
from web.pages.views import page


@page("mailbox", Permission.PUBLIC, template="mailbox")
def mailbox(request: Request) -> dict[str, Any]:
    """The newest mails and messages; there is no such page in production, nor where mails are really sent."""
    mailer = request.app.mailer
    if request.settings.is_production or not isinstance(mailer, OutboxMailer):
        raise NotFound()
    sender = request.app.value(SmsSender)
    messages = sender.newest() if isinstance(sender, OutboxSmsSender) else []
    pushes = newest(request.settings.var / "outbox")
    return {"mails": mailer.newest(), "messages": messages, "pushes": pushes}
