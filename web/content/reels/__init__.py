"""Reels: short upright videos that are watched one after the other, and how they are watched."""

from web.content.reels import my_data
from web.content.reels.service import ReelService, note_reel
from web.core.app import App

__all__ = ["note_reel", "register"]


def register(app: App) -> None:
    """The service, and what watching leaves behind."""
    app.add_service(ReelService)
    my_data.register(app.personal_data)
