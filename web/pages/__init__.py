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
    ("resend_code", "/code/resend"),
    ("login", "/login"),
    ("login_passkey", "/login/passkey"),
    ("phone", "/phone"),
    ("phone_code", "/phone/code"),
    ("second_factor", "/second-factor"),
    ("second_factor_passkey", "/second-factor/passkey"),
    ("forgot", "/forgot"),
    ("reset", "/reset"),
    ("confirm_email", "/confirm-email"),
    ("birth_date", "/birth-date"),
    ("prove_it", "/prove-it"),
    ("prove_it_passkey", "/prove-it/passkey"),
    ("logout", "/logout"),
    ("language", "/language"),
    ("feed", "/feed"),
    ("explore", "/explore"),
    ("search", "/search"),
    ("hashtag", "/hashtags/{tag}"),
    ("reels", "/reels"),
    ("new_story", "/stories/new"),
    ("like_story", "/stories/{story_id}/like"),
    ("answer_story", "/stories/{story_id}/answer"),
    ("delete_story", "/stories/{story_id}/delete"),
    ("story_viewers", "/stories/{story_id}/viewers"),
    ("stories", "/stories/{member}"),
    ("saved", "/saved"),
    ("archived", "/archived"),
    ("friends", "/friends"),
    ("friend_request", "/friends/requests/{request_id}"),
    ("follow_request", "/friends/follow-requests/{member}"),
    ("post", "/posts/{post_id}"),
    ("likes", "/posts/{post_id}/likes"),
    ("save", "/posts/{post_id}/save"),
    ("share", "/posts/{post_id}/share"),
    ("edit_post", "/posts/{post_id}/edit"),
    ("archive_post", "/posts/{post_id}/archive"),
    ("post_history", "/posts/{post_id}/history"),
    ("like", "/posts/{post_id}/like"),
    ("delete_post", "/posts/{post_id}/delete"),
    ("like_comment", "/comments/{comment_id}/like"),
    ("edit_comment", "/comments/{comment_id}/edit"),
    ("correct_comment", "/comments/{comment_id}/correct"),
    ("comment_history", "/comments/{comment_id}/history"),
    ("delete_comment", "/comments/{comment_id}/delete"),
    ("member", "/members/{member}"),
    ("follow", "/members/{member}/follow"),
    ("followers", "/members/{member}/followers"),
    ("following", "/members/{member}/following"),
    ("friends_of", "/members/{member}/friends"),
    ("befriend", "/members/{member}/befriend"),
    ("write_to", "/members/{member}/message"),
    ("mute", "/members/{member}/mute"),
    ("block", "/members/{member}/block"),
    ("dismiss", "/members/{member}/dismiss"),
    ("partners", "/accountability"),
    ("partner", "/accountability/{partnership_id}"),
    ("change_partnership", "/accountability/{partnership_id}/change"),
    ("rooms", "/rooms"),
    ("new_room", "/rooms/new"),
    ("room", "/rooms/{room_id}"),
    ("join_room", "/rooms/{room_id}/join"),
    ("leave_room", "/rooms/{room_id}/leave"),
    ("close_room", "/rooms/{room_id}/close"),
    ("room_settings", "/rooms/{room_id}/settings"),
    ("room_people", "/rooms/{room_id}/people"),
    ("room_member", "/rooms/{room_id}/people/{member_id}"),
    ("remove_room_message", "/rooms/{room_id}/messages/{message_id}/remove"),
    ("anonymous", "/anonymous"),
    ("messages", "/messages"),
    ("new_group", "/messages/new-group"),
    ("forward", "/messages/forward/{message_id}"),
    ("conversation", "/messages/{conversation_id}"),
    ("change_conversation", "/messages/{conversation_id}/change"),
    ("group", "/messages/{conversation_id}/group"),
    ("group_member", "/messages/{conversation_id}/group/{member}"),
    ("message", "/messages/{conversation_id}/{message_id}"),
    ("notifications", "/notifications"),
    ("notification", "/notifications/{notification_id}"),
    ("unsubscribe", "/unsubscribe"),
    ("service_worker", "/sw.js"),
    ("mailbox", "/dev/mailbox"),
    ("settings", "/settings"),
    ("profile", "/settings/profile"),
    ("picture", "/settings/profile/pictures/{purpose}"),
    ("remove_picture", "/settings/profile/pictures/{purpose}/remove"),
    ("account", "/settings/account"),
    ("email", "/settings/account/email"),
    ("email_code", "/settings/account/email/code"),
    ("resend_email_code", "/settings/account/email/resend"),
    ("remove_email", "/settings/account/email/remove"),
    ("add_phone", "/settings/account/phone"),
    ("add_phone_code", "/settings/account/phone/code"),
    ("remove_phone", "/settings/account/phone/remove"),
    ("remove_google", "/settings/account/google/remove"),
    ("password", "/settings/account/password"),
    ("deactivate", "/settings/account/deactivate"),
    ("delete_account", "/settings/account/delete"),
    ("stay", "/settings/account/stay"),
    ("sessions", "/settings/sessions"),
    ("end_other_sessions", "/settings/sessions/end-others"),
    ("end_session", "/settings/sessions/{session_id}/end"),
    ("security", "/settings/security"),
    ("two_step", "/settings/security/two-step"),
    ("enable_two_step", "/settings/security/two-step/enable"),
    ("disable_two_step", "/settings/security/two-step/disable"),
    ("recovery_codes", "/settings/security/recovery-codes"),
    ("passkeys", "/settings/security/passkeys"),
    ("rename_passkey", "/settings/security/passkeys/{passkey_id}/rename"),
    ("remove_passkey", "/settings/security/passkeys/{passkey_id}/remove"),
    ("privacy", "/settings/privacy"),
    ("keywords", "/settings/privacy/keywords"),
    ("blocked", "/settings/privacy/blocked"),
    ("muted", "/settings/privacy/muted"),
    ("notification_settings", "/settings/notifications"),
    ("remove_device", "/settings/notifications/devices/{device_id}/remove"),
    ("appearance", "/settings/appearance"),
    ("my_data", "/settings/data"),
)


def register(app: App) -> None:
    """Nothing but pages, so nothing to register."""


def includeme(config: "Configurator") -> None:
    """Routes of the pages."""
    from web.pages import looks, notices, times, viewer

    for name, pattern in ROUTES:
        config.add_route(f"page:{name}", pattern)
    config.add_request_method(viewer.viewer_of, "viewer", reify=True)
    config.add_request_method(times.times_of, "times", reify=True)
    config.add_request_method(looks.looks_of, "looks", reify=True)
    config.add_request_method(notices.notice_of, "notice", reify=True)
    config.include("web.pages.refusals")
    config.include("web.pages.texts")
    config.scan("web.pages")
