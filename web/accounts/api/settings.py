"""Routes of settings. A PUT may leave fields out: they stay as they are."""

from web.accounts import settings
from web.accounts.schemas.settings import (
    Appearance,
    AppearanceChange,
    Keywords,
    MemberSettings,
    Privacy,
    PrivacyChange,
    SettingsChange,
)
from web.accounts.settings import SettingsService
from web.core.api import Routes
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("settings")


@routes.get("/settings", permission=Permission.ACCOUNT, seeds="002 4.10 GET /settings")
def all_settings(request: Request) -> MemberSettings:
    """All of one's settings."""
    return settings.settings_of(request.db, request.member_id)


@routes.put("/settings", permission=Permission.ACCOUNT, seeds="002 4.10 PUT /settings")
def set_all(request: Request, body: SettingsChange) -> MemberSettings:
    """Change any settings; what is left out, at any depth, stays as it is."""
    return request.services[SettingsService].set(request.member_id, body)


@routes.get("/settings/privacy", permission=Permission.ACCOUNT, seeds="002 4.10, 004")
def privacy(request: Request) -> Privacy:
    """What others may see and do."""
    return settings.privacy_of(request.db, request.member_id)


@routes.put("/settings/privacy", permission=Permission.ACCOUNT, seeds="002 4.10, 004")
def set_privacy(request: Request, body: PrivacyChange) -> Privacy:
    """Change what others may see and do; what is left out stays as it is."""
    return request.services[SettingsService].set_privacy(request.member_id, body)


@routes.get("/settings/appearance", permission=Permission.ACCOUNT, seeds="002 4.10")
def appearance(request: Request) -> Appearance:
    """How pages look."""
    return settings.appearance_of(request.db, request.member_id)


@routes.put("/settings/appearance", permission=Permission.ACCOUNT, seeds="002 4.10")
def set_appearance(request: Request, body: AppearanceChange) -> Appearance:
    """Change how pages look; what is left out stays as it is."""
    return request.services[SettingsService].set_appearance(request.member_id, body)


@routes.get("/settings/blocked-keywords", permission=Permission.ACCOUNT, seeds="000 blocked_keywords")
def blocked_keywords(request: Request) -> Keywords:
    """Words that one does not want to read."""
    return Keywords(keywords=settings.blocked_keywords_of(request.db, request.member_id))


@routes.put("/settings/blocked-keywords", permission=Permission.ACCOUNT, seeds="000 blocked_keywords")
def set_blocked_keywords(request: Request, body: Keywords) -> Keywords:
    """Put these words in place of all that were there."""
    return request.services[SettingsService].set_blocked_keywords(request.member_id, body)
