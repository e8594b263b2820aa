"""Which media are served to anybody, without a signature."""

import sqlalchemy as sa

from web.accounts.models import Account
from web.accounts.presence import left_content, present
from web.media.models import Medium

# They are as public as the name beside which they stand.
PICTURES_OF_ONESELF = ("profile", "cover")


def served_to_all() -> sa.ColumnElement[bool]:
    """SQL over ``Medium`` joined with its owner's ``Account``: anybody may have it.

    What it was opened for is one half of that, how its owner stands to everybody the other: a profile that
    closes, or somebody who goes away, closes what they had shown, at once and without a change of its rows.
    """
    is_met = sa.and_(Account.profile_visibility == "everyone", sa.or_(present(), left_content()))
    return sa.and_(Medium.is_public, sa.or_(Medium.purpose.in_(PICTURES_OF_ONESELF), is_met))
