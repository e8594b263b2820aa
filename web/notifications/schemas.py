"""What callers send and get about notifications."""

from datetime import datetime, time
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery
from web.notifications.types import Category

Digest = Literal["off", "daily", "weekly"]


class NotificationPath(BaseModel):
    """A notification in an address."""

    notification_id: UUID


class NotificationQuery(PageQuery):
    """Which notifications to list."""

    filter: Literal["all", "goals", "social", "system"] = Field(default="all", description="a category")
    unread_only: bool = False
    archived: bool = Field(default=False, description="those that were put away, instead of the others")

    @property
    def category(self) -> Category | None:
        """What the list is narrowed to."""
        return None if self.filter == "all" else Category(self.filter)


class Target(BaseModel):
    """What a notification is about."""

    kind: str
    id: UUID


class NotificationItem(BaseModel):
    """Something that happened to the caller, in the caller's language."""

    id: UUID
    type: str
    category: Category
    title: str = Field(description="what happened, in a line")
    message: str = Field(
        description="what is said beside it, such as how a comment begins; may be empty. How a message to "
        "the caller begins is shown here alone, and in no push or mail"
    )
    actor: MemberCard | None = Field(description="who did it last")
    other_count: int = Field(description="how many more did the same and are named in the title only so")
    target: Target
    action_url: str | None = Field(description="the path that a click leads to")
    icon_type: str
    icon_color: str = Field(description="#rrggbb")
    image_url: str | None = Field(description="of who did it last, or else of what it is about")
    created_at: datetime = Field(description="when it happened last")
    read_at: datetime | None
    archived_at: datetime | None


class UnreadCount(BaseModel):
    """How many notifications are unread."""

    unread: int


class Channels(BaseModel):
    """By what a member is reached at all, besides the list in the app."""

    push: bool = True
    email: bool = True
    sms: bool = False


class QuietHours(BaseModel):
    """When pushes, mails and text messages wait, in the member's time zone; may go past midnight."""

    start: time = Field(description="by the member's clock, such as 22:00")
    end: time

    @model_validator(mode="after")
    def _some_of_the_day(self) -> "QuietHours":
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("times of the day have no zone: they are in the member's own")
        if self.start == self.end:
            raise ValueError("quiet hours end at another time than they begin")
        return self


class TypeChoice(BaseModel):
    """By which channels a member wants a type of notifications."""

    type: str
    label: str = Field(description="the type's name, in the caller's language")
    category: Category
    in_app: bool
    push: bool
    email: bool
    sms: bool
    fixed: list[str] = Field(description="channels that it goes by whatever is chosen: mails about safety")


class Preferences(BaseModel):
    """How a member wants to be told."""

    channels: Channels
    quiet_hours: QuietHours | None
    digest: Digest = Field(description="a mail that sums up what is unread")
    types: list[TypeChoice]
    updated_at: datetime | None


class ChannelsChange(BaseModel):
    """Channels to switch; others stay as they are."""

    push: bool | None = None
    email: bool | None = None
    sms: bool | None = None


class TypeChange(BaseModel):
    """Channels of a type to switch; others stay as they are."""

    in_app: bool | None = None
    push: bool | None = None
    email: bool | None = None
    sms: bool | None = None


class PreferencesChange(BaseModel):
    """What to change; what is left out stays as it is."""

    channels: ChannelsChange = ChannelsChange()
    quiet_hours: QuietHours | None = Field(default=None, description="null for none")
    digest: Digest = "off"
    types: dict[str, TypeChange] = Field(default={}, description="by the types' names")


class UnsubscribeQuery(BaseModel):
    """The link in a mail."""

    token: str = Field(max_length=500)
