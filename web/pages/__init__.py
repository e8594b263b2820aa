"""The pages that people open in a browser.

They work without JavaScript: each form posts to the server, which redirects or shows the form again with its
errors. The modules in ``static/js`` make the same forms work without a reload.
"""

from typing import TYPE_CHECKING

from web.core.app import App

if TYPE_CHECKING:
    from pyramid.config import Configurator

# In the order in which Pyramid tries them; the views say which methods a page takes.
ROUTES = (
    ("home", "/"),
    ("signup", "/signup"),
    ("code", "/code"),
    ("login", "/login"),
    ("logout", "/logout"),
    ("language", "/language"),
    ("feed", "/feed"),
    ("post", "/posts/{post_id}"),
    ("like", "/posts/{post_id}/like"),
    ("delete_post", "/posts/{post_id}/delete"),
    ("member", "/members/{member}"),
    ("follow", "/members/{member}/follow"),
    ("notifications", "/notifications"),
    ("mailbox", "/dev/mailbox"),
)


def register(app: App) -> None:
    """Nothing but pages, so nothing to register."""


def includeme(config: "Configurator") -> None:
    """Routes of the pages."""
    from web.pages import times, viewer

    for name, pattern in ROUTES:
        config.add_route(f"page:{name}", pattern)
    config.add_request_method(viewer.viewer_of, "viewer", reify=True)
    config.add_request_method(times.times_of, "times", reify=True)
    config.scan("web.pages")
