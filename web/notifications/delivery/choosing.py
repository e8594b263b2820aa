"""Which push services this Plaza has."""

from email.utils import parseaddr

from web.core.settings import Settings
from web.notifications.delivery.expo import Expo
from web.notifications.delivery.fcm import Fcm, ServiceAccount
from web.notifications.delivery.outbox import OutboxPush
from web.notifications.delivery.public_hosts import PublicHosts
from web.notifications.delivery.push_services import PushService, PushServices
from web.notifications.delivery.vapid import VapidKey, create_vapid_key
from web.notifications.delivery.web_push import WebPush


def push_services_for(settings: Settings) -> PushServices:
    """The adapters that the settings ask for.

    Web Push is offered where there is a key for it, which development makes for itself; Firebase, where there
    is an account for it; Expo, always.

    Raises:
        SettingsError: a key or account cannot be used.
    """
    key = _vapid_key(settings)
    public_key = key.public_key if key else None
    if settings.push == "outbox":
        folder = settings.var / "outbox"
        return PushServices((OutboxPush(name, folder) for name in ("web_push", "expo", "fcm")), public_key)
    services: list[PushService] = [Expo(settings.expo_url, settings.expo_access_token)]
    if key is not None:
        contact = f"mailto:{parseaddr(settings.mail_from)[1]}"
        services.append(WebPush(key, contact, PublicHosts(with_loopback=not settings.is_production)))
    if settings.fcm_credentials is not None:
        services.append(Fcm(ServiceAccount.read(settings.fcm_credentials), settings.fcm_url))
    return PushServices(services, public_key)


def _vapid_key(settings: Settings) -> VapidKey | None:
    path = settings.vapid_key
    if path is None:
        return None
    if not settings.is_production:
        create_vapid_key(path)
    return VapidKey.read(path) if path.exists() else None
