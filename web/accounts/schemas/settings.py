"""How members want Plaza to be: what others may see and do, looks, words that they do not want to read."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.keywords import keyword_key
from web.accounts.schemas.changes import Change, may_be_left_out
from web.accounts.schemas.identity import Locale, Zone

LONGEST_KEYWORD, MOST_KEYWORDS = 50, 100

ProfileVisibility = Literal["everyone", "friends", "private"]
FriendRequests = Literal["everyone", "friends_of_friends", "no_one"]
Messages = Literal["everyone", "friends_of_friends", "friends_only"]
ListVisibility = Literal["everyone", "followers", "nobody"]
ThemeMode = Literal["light", "dark", "system"]


def _accent(color: str) -> str:
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _hundredths(size: float) -> float:
    return round(size, 2)


def _readable(word: str) -> str:
    if not keyword_key(word):
        raise ValueError("nothing to look for")
    return word


def _each_word_once(words: list[str]) -> list[str]:
    by_key: dict[str, str] = {}
    for word in words:
        by_key.setdefault(keyword_key(word), word)
    return list(by_key.values())


AccentColor = Annotated[
    str, StringConstraints(pattern=r"^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"), AfterValidator(_accent)
]
FontSize = Annotated[float, Field(ge=0.8, le=1.5), AfterValidator(_hundredths)]
Keyword = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_KEYWORD),
    AfterValidator(_readable),
]
KeywordList = Annotated[list[Keyword], Field(max_length=MOST_KEYWORDS), AfterValidator(_each_word_once)]


class PrivacyChange(Change):
    """What others may see and do from now on."""

    profile_visibility: ProfileVisibility = may_be_left_out()
    who_can_send_friend_requests: FriendRequests = may_be_left_out()
    who_can_send_messages: Messages = may_be_left_out()
    show_followers_list: ListVisibility = may_be_left_out()
    show_following_list: ListVisibility = may_be_left_out()
    online_status_visible: bool = may_be_left_out()
    appear_in_suggestions: bool = may_be_left_out()
    share_activity_with_friends: bool = may_be_left_out()


class Privacy(BaseModel):
    """What others may see and do."""

    profile_visibility: ProfileVisibility
    who_can_send_friend_requests: FriendRequests
    who_can_send_messages: Messages = Field(
        description="whose messages arrive; those of others wait as requests"
    )
    show_followers_list: ListVisibility
    show_following_list: ListVisibility
    online_status_visible: bool
    appear_in_suggestions: bool
    share_activity_with_friends: bool
    updated_at: datetime | None = Field(description="null while everything is as it was at the beginning")


class AppearanceChange(Change):
    """How pages look from now on; a null accent colour is Plaza's own."""

    theme_mode: ThemeMode = may_be_left_out()
    accent_color: AccentColor | None = may_be_left_out()
    font_size_multiplier: FontSize = may_be_left_out()


class Appearance(BaseModel):
    """How pages look."""

    theme_mode: ThemeMode = "system"
    accent_color: str | None = Field(default=None, description="#rrggbb; null is Plaza's own")
    font_size_multiplier: float = 1.0
    updated_at: datetime | None = Field(
        default=None, description="null while everything is as it was at the beginning"
    )


class Keywords(BaseModel):
    """Words and phrases that one does not want to read; of those that mean the same the first one stays."""

    model_config = ConfigDict(extra="forbid")

    keywords: KeywordList


class SettingsChange(Change):
    """A change of any settings; what is left out stays as it is."""

    privacy: PrivacyChange = may_be_left_out()
    appearance: AppearanceChange = may_be_left_out()
    locale: Locale = may_be_left_out()
    zone: Zone = may_be_left_out()
    blocked_keywords: KeywordList = may_be_left_out()


class MemberSettings(BaseModel):
    """Everything that a member has set."""

    user_id: UUID
    privacy: Privacy
    appearance: Appearance
    locale: Locale
    zone: str
    blocked_keywords: list[str]
