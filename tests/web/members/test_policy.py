"""What one member may see and do of another: the rule in Python and the rule in SQL are one rule."""

from itertools import product
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import empty_tables
from tests.web.members.scene import STANDINGS, Crowd, relations
from tests.web.statements import sent
from web.accounts.models import Account
from web.core.app import App
from web.core.errors import DomainError, NotFound
from web.core.ids import new_id
from web.core.relations import Between, MemberPolicy, Sight
from web.graph.errors import ListNotShown
from web.members.errors import ProfileNotShown
from web.members.policy import RULES, SETTINGS, VIEWER, Facts, Wish, allowed, allows

LEVELS: dict[str, tuple[Any, ...]] = {
    "profile_visibility": ("everyone", "friends", "private"),
    "show_followers_list": ("everyone", "followers", "nobody"),
    "show_following_list": ("everyone", "followers", "nobody"),
    "who_can_send_messages": ("everyone", "friends_of_friends", "friends_only"),
    "who_can_send_friend_requests": ("everyone", "friends_of_friends", "no_one"),
    "online_status_visible": (True, False, True),
    "appear_in_suggestions": (True, False, True),
    "share_activity_with_friends": (True, False, True),
}


def settings(profile: str, level: int) -> dict[str, Any]:
    """The settings of somebody whose lists, messages and the rest are all at one of three levels."""
    return {name: values[level] for name, values in LEVELS.items()} | {"profile_visibility": profile}


@pytest.fixture(scope="module")
def scene(shared_app: App, owner_engine: sa.Engine) -> Crowd:
    """A member for each way to stand, each relation, each profile and each level of the other settings."""
    empty_tables(owner_engine)
    crowd = Crowd(new_id(), new_id())
    profiles, levels = LEVELS["profile_visibility"], range(3)
    for standing, (between, blocks) in product(STANDINGS, relations()):
        if standing in ("active", "suspended"):
            for profile, level in product(profiles, levels):
                crowd.add(standing, between, blocks, settings(profile, level))
        else:
            crowd.add(standing, between, blocks, settings("everyone", 0))
    crowd.write(owner_engine)
    return crowd


def facts(crowd: Crowd, member_id: UUID) -> Facts:
    return Facts(member_id, crowd.present[member_id], crowd.settings[member_id])


def granted_by_sql(app: App, wish: Wish, viewer: UUID | None) -> set[UUID]:
    statement = sa.select(Account.id).where(allowed(wish, VIEWER))
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(statement, {"viewer": viewer}))


def test_every_rule_has_its_setting_and_every_setting_its_rule() -> None:
    assert RULES.keys() == set(Wish)
    assert sorted(SETTINGS) == sorted(LEVELS)


@pytest.mark.parametrize("wish", Wish)
def test_python_and_sql_agree_on_every_combination(shared_app: App, scene: Crowd, wish: Wish) -> None:
    by_sql = granted_by_sql(shared_app, wish, scene.viewer)
    for member_id, between in scene.between.items():
        by_python = allows(wish, scene.viewer, facts(scene, member_id), between)
        assert by_python == (member_id in by_sql), (wish, scene.standing[member_id], between)


@pytest.mark.parametrize("wish", Wish)
def test_python_and_sql_agree_about_visitors(shared_app: App, scene: Crowd, wish: Wish) -> None:
    by_sql = granted_by_sql(shared_app, wish, None)
    for member_id in scene.between:
        assert allows(wish, None, facts(scene, member_id), Between()) == (member_id in by_sql)


@pytest.mark.parametrize("wish", Wish)
def test_python_and_sql_agree_about_oneself(shared_app: App, scene: Crowd, wish: Wish) -> None:
    one_of_each_standing = {standing: member for member, standing in scene.standing.items()}
    for member_id in one_of_each_standing.values():
        by_sql = member_id in granted_by_sql(shared_app, wish, member_id)
        assert allows(wish, member_id, facts(scene, member_id), Between()) == by_sql


def test_the_service_answers_as_the_rule_in_one_query(shared_app: App, scene: Crowd) -> None:
    with shared_app.reading() as services:
        policy = services[MemberPolicy]
        questions = {
            Wish.FOLLOW: policy.may_follow,
            Wish.MESSAGE: policy.may_message,
            Wish.BEFRIEND: policy.may_befriend,
            Wish.SUGGESTION: policy.may_suggest,
            Wish.ONLINE: policy.shows_online,
            Wish.ACTIVITY: policy.shows_activity,
        }
        for member_id, between in list(scene.between.items())[::17]:
            for wish, ask in questions.items():
                with sent(shared_app) as statements:
                    answer = ask(scene.viewer, member_id)
                assert answer == allows(wish, scene.viewer, facts(scene, member_id), between)
                assert len(statements) == 1
        assert not policy.may_message(scene.viewer, new_id())


def test_the_visible_among_many_are_found_in_one_query(shared_app: App, scene: Crowd) -> None:
    everybody = list(scene.between)
    with shared_app.reading() as services, sent(shared_app) as statements:
        visible = services[MemberPolicy].visible_among(scene.viewer, everybody)
    assert len(statements) == 1
    assert visible == {
        member_id
        for member_id, between in scene.between.items()
        if allows(Wish.MEET, scene.viewer, facts(scene, member_id), between)
    }


def test_whom_a_message_reaches_among_many_is_found_in_one_query(shared_app: App, scene: Crowd) -> None:
    everybody = list(scene.between)
    with shared_app.reading() as services, sent(shared_app) as statements:
        reached = services[MemberPolicy].reached_among(scene.viewer, everybody)
    assert len(statements) == 1
    assert reached == {
        member_id
        for member_id, between in scene.between.items()
        if allows(Wish.MESSAGE, scene.viewer, facts(scene, member_id), between)
    }


def test_a_refusal_says_no_more_than_the_viewer_may_know(shared_app: App, scene: Crowd) -> None:
    def refusal_of(act: Any) -> type[DomainError] | None:
        try:
            act()
        except DomainError as error:
            return type(error)
        return None

    with shared_app.reading() as services:
        policy = services[MemberPolicy]
        asked = (
            (Wish.PROFILE, policy.require_profile, ProfileNotShown),
            (Wish.FOLLOWERS_LIST, policy.require_followers_list, ListNotShown),
            (Wish.FOLLOWING_LIST, policy.require_following_list, ListNotShown),
        )
        for member_id, between in list(scene.between.items())[::13]:
            who = facts(scene, member_id)
            for wish, require, refusal in asked:
                refused = refusal_of(lambda: require(scene.viewer, member_id))  # noqa: B023
                if not allows(Wish.MEET, scene.viewer, who, between):
                    assert refused is NotFound
                else:
                    assert refused is (None if allows(wish, scene.viewer, who, between) else refusal)
        for nobody in (new_id(), None):
            assert policy.sight(nobody, new_id()) is Sight.NOTHING


members = st.sampled_from([UUID(int=number) for number in range(2)])
betweens = st.builds(
    Between,
    follows=st.booleans(),
    followed_by=st.booleans(),
    friends=st.booleans(),
    friends_of_friends=st.booleans(),
    blocked=st.booleans(),
)
privacies = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in LEVELS.items()})
people = st.builds(Facts, id=members, present=st.booleans(), settings=privacies)
of_oneself = {wish for wish, rule in RULES.items() if rule.of_oneself}


@given(wish=st.sampled_from(Wish), viewer=st.none() | members, member=people, between=betweens)
def test_what_holds_whatever_the_settings(
    wish: Wish, viewer: UUID | None, member: Facts, between: Between
) -> None:
    granted = allows(wish, viewer, member, between)
    if viewer == member.id:
        assert granted == (wish in of_oneself)
    elif not member.present or between.blocked:
        assert not granted
    elif wish is Wish.MEET:
        assert granted
    elif viewer is None and wish in (Wish.FOLLOW, Wish.MESSAGE, Wish.BEFRIEND, Wish.ONLINE, Wish.ACTIVITY):
        assert not granted


@given(wish=st.sampled_from(Wish), viewer=members, member=people, between=betweens)
def test_coming_closer_never_takes_anything_away(
    wish: Wish, viewer: UUID, member: Facts, between: Between
) -> None:
    closer = Between(True, between.followed_by, True, True, between.blocked)
    assert allows(wish, viewer, member, between) <= allows(wish, viewer, member, closer)


@pytest.mark.parametrize(
    ("wish", "setting", "value", "reaches"),
    [
        (Wish.PROFILE, "profile_visibility", "everyone", {"stranger", "follower", "friend", "of friends"}),
        (Wish.PROFILE, "profile_visibility", "friends", {"friend"}),
        (Wish.PROFILE, "profile_visibility", "private", set()),
        (Wish.FOLLOWERS_LIST, "show_followers_list", "followers", {"follower", "friend"}),
        (Wish.FOLLOWING_LIST, "show_following_list", "nobody", set()),
        (Wish.MESSAGE, "who_can_send_messages", "friends_of_friends", {"friend", "of friends"}),
        (Wish.MESSAGE, "who_can_send_messages", "friends_only", {"friend"}),
        (Wish.BEFRIEND, "who_can_send_friend_requests", "friends_of_friends", {"friend", "of friends"}),
        (Wish.BEFRIEND, "who_can_send_friend_requests", "no_one", set()),
        (Wish.ONLINE, "online_status_visible", False, set()),
        (Wish.SUGGESTION, "appear_in_suggestions", False, set()),
        (Wish.ACTIVITY, "share_activity_with_friends", True, {"friend"}),
        (Wish.ACTIVITY, "share_activity_with_friends", False, set()),
        (Wish.FOLLOW, "profile_visibility", "friends", {"friend"}),
        (Wish.FOLLOWERS_LIST, "profile_visibility", "friends", {"friend"}),
    ],
)
def test_whom_a_setting_reaches(wish: Wish, setting: str, value: Any, reaches: set[str]) -> None:
    viewers = {
        "stranger": Between(followed_by=True),
        "follower": Between(follows=True),
        "friend": Between(friends=True),
        "of friends": Between(friends_of_friends=True),
    }
    member = Facts(UUID(int=1), True, settings("everyone", 0) | {setting: value})
    assert {
        name for name, between in viewers.items() if allows(wish, UUID(int=2), member, between)
    } == reaches
