"""Messages on pages, as they work without scripts: the list, conversations, what can be done in them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import make_members
from tests.web.pages import test_frame
from tests.web.pages.conftest import error_of, form_to, path_of
from tests.web.vanishing import set_columns
from web.accounts.schemas.settings import PrivacyChange
from web.accounts.settings import SettingsService
from web.core.app import App
from web.graph.service import GraphService
from web.messaging.changing import ChangingService
from web.messaging.groups import GroupService
from web.messaging.queries.messages import MOST_NAMED
from web.messaging.schemas import NewConversation, NewMessage
from web.messaging.service import MessagingService
from web.pages.messages import MOST_LISTED

SignedIn = Callable[[Person], webtest.TestApp]
Say = Callable[..., UUID]


@pytest.fixture
def talk(app: App, mina: Person, joon: Person) -> str:
    """The address of the conversation of Mina and Joon."""
    with app.work() as services:
        return f"/messages/{services[MessagingService].start_direct(mina.id, joon.id)}"


@pytest.fixture
def group(app: App, mina: Person, joon: Person, sora: Person) -> str:
    """The address of a group of Mina's with Joon and Sora."""
    new = NewConversation(type="group", name="Runners", member_ids=[joon.id, sora.id])
    with app.work() as services:
        return f"/messages/{services[GroupService].start(mina.id, new)}"


@pytest.fixture
def say(app: App) -> Say:
    """Says something in a conversation; the id of the message."""

    def send(who: Person, address: str, body: str = "hi", reply_to: UUID | None = None) -> UUID:
        new = NewMessage(client_id=uuid4(), body=body, reply_to_id=reply_to)
        with app.work() as services:
            return services[MessagingService].send(who.id, id_of(address), new).id

    return send


def id_of(address: str) -> UUID:
    return UUID(address.split("/")[2])


def bodies(page: webtest.TestResponse) -> list[str]:
    """What the messages of a page say."""
    return [item.get_text(strip=True) for item in page.html.select(".messages [data-body]")]


def names(page: webtest.TestResponse) -> list[str]:
    """With whom the conversations of a page are."""
    return [item.get_text() for item in page.html.select(".conversation b")]


def press(page: webtest.TestResponse, button: str, **more: str) -> webtest.TestResponse:
    """The answer to a button that belongs to a form elsewhere on the page."""
    (found,) = page.html.select(button)
    form = page.forms[found["form"]]
    values = {"csrf_token": form["csrf_token"].value, found["name"]: found["value"], **more}
    return page.test_app.post(found.get("formaction") or form.action, values)


def test_a_conversation_starts_from_a_name(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    browser = signed_in(mina)
    form = browser.get("/messages").forms["beginning"]
    form["username"] = " @Joon "
    page = browser.get(path_of(form.submit()))
    assert page.html.h1.get_text(strip=True) == "Joon"
    assert names(browser.get("/messages")) == ["Joon"]


def test_a_name_that_nobody_has_is_mended_in_the_form(signed_in: SignedIn, mina: Person) -> None:
    form = signed_in(mina).get("/messages").forms["beginning"]
    form["username"] = "nobody"
    page = form.submit(status=422)
    assert error_of(page, "username") == "Nobody here has this name."
    assert page.forms["beginning"]["username"].value == "nobody"


def test_a_members_page_leads_to_a_conversation(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    page = signed_in(mina).get("/members/@joon")
    answer = form_to(page, f"/members/{joon.id}/message").submit()
    assert path_of(answer).startswith("/messages/")


def test_ones_own_page_has_no_such_button(signed_in: SignedIn, mina: Person) -> None:
    assert not signed_in(mina).get("/members/@mina").html.select("form[action$='/message']")


def test_what_is_written_is_read_by_the_other(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str
) -> None:
    writing, reading = signed_in(mina), signed_in(joon)
    form = writing.get(talk).forms["writing"]
    form["body"] = "hello <b>\nthere"
    assert path_of(form.submit()) == f"{talk}#m-1"
    page = reading.get(talk)
    assert bodies(page) == ["hello <b>\nthere"]
    assert not page.html.select(".messages .message--own")
    assert bodies(writing.get(talk)) == bodies(page)


def test_the_same_form_sent_twice_is_one_message(signed_in: SignedIn, mina: Person, talk: str) -> None:
    form = signed_in(mina).get(talk).forms["writing"]
    form["body"] = "once"
    form.submit()
    assert bodies(form.submit().follow()) == ["once"]


def test_nothing_is_no_message(signed_in: SignedIn, mina: Person, talk: str) -> None:
    page = signed_in(mina).get(talk).forms["writing"].submit(status=422)
    assert page.html.select_one(".form-error, .field__error")


def test_who_takes_no_more_messages_is_told_of_in_the_form(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, say: Say
) -> None:
    with app.work() as services:
        services[SettingsService].set_privacy(joon.id, PrivacyChange(who_can_send_messages="friends_only"))
        talk = f"/messages/{services[MessagingService].start_direct(mina.id, joon.id)}"
    for _ in range(3):
        say(mina, talk)
    form = signed_in(mina).get(talk).forms["writing"]
    form["body"] = "please"
    page = form.submit(status=422)
    assert error_of(page, "body") == "This member does not take messages from you."
    assert page.forms["writing"]["body"].value == "please"


def test_the_list_tells_what_is_unread_and_the_header_counts_it(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    browser = signed_in(joon)
    assert browser.get("/feed").html.select_one("[data-unread-conversations]").has_attr("hidden")
    say(mina, talk, "one")
    say(mina, talk, "two")
    page = browser.get("/messages")
    assert page.html.select_one(".conversation .badge").get_text(strip=True).startswith("2")
    assert page.html.select_one(".conversation small").get_text(strip=True) == "two"
    assert page.html.select_one("[data-unread-conversations]")["data-unread-conversations"] == "1"
    assert not page.html.select_one("[data-unread-conversations]").has_attr("hidden")


def test_without_scripts_a_button_marks_as_read(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(mina, talk)
    browser = signed_in(joon)
    press(browser.get(talk), "noscript button[value=read]")
    assert not browser.get("/messages").html.select(".conversation.is-unread")


def test_a_stretch_of_history_leads_both_ways(signed_in: SignedIn, mina: Person, talk: str, say: Say) -> None:
    for number in range(1, 101):
        say(mina, talk, str(number))
    browser = signed_in(mina)
    newest = browser.get(talk)
    assert bodies(newest) == [str(number) for number in range(61, 101)]
    assert not newest.html.select("[data-newer]")
    older = browser.get(newest.html.select_one("[data-older]")["href"])
    assert bodies(older) == [str(number) for number in range(21, 61)]
    assert bodies(browser.get(older.html.select_one("[data-newer]")["href"])) == bodies(newest)
    first = browser.get(older.html.select_one("[data-older]")["href"])
    assert bodies(first)[0] == "1"
    assert not first.html.select("[data-older]")


def test_a_place_in_history_that_is_none_is_refused(signed_in: SignedIn, mina: Person, talk: str) -> None:
    browser = signed_in(mina)
    for query in ("before=x", "after=-1", "before=1&after=1", "reply=x&before=99999999999999999999"):
        browser.get(f"{talk}?{query}", status=400)


def test_a_message_is_answered_with_what_it_said(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(joon, talk, "Shall we run?")
    browser = signed_in(mina)
    answer = browser.get(talk).html.select_one("[data-reply]")["href"].partition("#")[0]
    form = browser.get(answer).forms["writing"]
    form["body"] = "Yes"
    page = form.submit().follow()
    assert page.html.select(".message__quote")[-1].get_text() == "Shall we run?"


def test_ones_own_message_is_edited(signed_in: SignedIn, mina: Person, talk: str, say: Say) -> None:
    message_id = say(mina, talk, "helo")
    browser = signed_in(mina)
    edit = browser.get(talk).html.select_one("[data-edit]")["href"].partition("#")[0]
    form = form_to(browser.get(edit), f"{talk}/{message_id}")
    assert form["body"].value == "helo"
    form["body"] = "hello"
    page = form.submit().follow()
    assert bodies(page) == ["hello"]
    assert not page.html.select_one(".messages [data-edited]").has_attr("hidden")


def test_only_ones_own_messages_can_be_edited_and_taken_back(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    message_id = say(joon, talk)
    browser = signed_in(mina)
    page = browser.get(talk)
    assert not page.html.select(".messages :is([data-edit], [data-delete])")
    token = page.forms["acting"]["csrf_token"].value
    for values in ({"delete": "yes"}, {"body": "other"}):
        browser.post(f"{talk}/{message_id}", {"csrf_token": token, **values}, status=403)


def test_a_message_is_taken_back(signed_in: SignedIn, mina: Person, talk: str, say: Say) -> None:
    say(mina, talk, "oh no")
    browser = signed_in(mina)
    page = press(browser.get(talk), ".messages [data-delete]").follow()
    assert bodies(page) == ["A message was taken back"]
    assert "oh no" not in browser.get("/messages")


def test_an_emoji_is_put_under_a_message_and_taken_away(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(joon, talk)
    browser = signed_in(mina)
    page = press(browser.get(talk), ".messages .message__emoji button[value='👍']").follow()
    (shown,) = page.html.select(".messages .reaction")
    assert (shown["aria-pressed"], shown.get_text(" ", strip=True)) == ("true", "👍 1")
    page = press(page, ".messages .reaction").follow()
    assert not page.html.select(".messages .reaction")


@pytest.mark.parametrize("values", [{}, {"react": "no emoji"}, {"unreact": ""}])
def test_what_no_button_sends_is_not_found(
    signed_in: SignedIn, mina: Person, talk: str, say: Say, values: dict[str, str]
) -> None:
    message_id, browser = say(mina, talk), signed_in(mina)
    token = browser.get(talk).forms["acting"]["csrf_token"].value
    browser.post(f"{talk}/{message_id}", {"csrf_token": token, **values}, status=404)
    browser.post(f"{talk}/change", {"csrf_token": token, "action": "other"}, status=404)


def test_a_message_is_passed_on(signed_in: SignedIn, mina: Person, talk: str, group: str, say: Say) -> None:
    message_id, browser = say(mina, talk, "look"), signed_in(mina)
    forms = browser.get(f"/messages/forward/{message_id}").forms.values()
    (form,) = (each for each in forms if is_to(each, group))
    for _ in range(2):  # sent twice is sent once
        page = form.submit().follow()
        assert bodies(page) == ["look"]
    assert "Passed on" in page.html.select(".message")[-1].get_text()


def is_to(form: webtest.Form, address: str) -> bool:
    """Whether a form passes something on to a conversation."""
    return "conversation_id" in form.fields and form["conversation_id"].value == str(id_of(address))


def test_a_message_is_passed_on_to_a_conversation_far_down_or_found_by_its_name(
    app: App, signed_in: SignedIn, mina: Person, talk: str, say: Say
) -> None:
    message_id, browser = say(mina, talk, "look"), signed_in(mina)
    for number in range(MOST_LISTED):
        with app.work() as services:
            services[GroupService].start(mina.id, NewConversation(type="group", name=f"Group {number}"))
    first = browser.get(f"/messages/forward/{message_id}")
    assert "Joon" not in first.html.main.get_text()
    assert "Joon" in browser.get(first.html.select_one("a[data-more]")["href"]).html.main.get_text()
    search = first.forms["searching"]
    search["q"] = "joo"
    assert [row.get_text() for row in search.submit().html.select(".row b")] == ["Joon"]
    search["q"] = "nobody"
    assert "Nothing was found." in search.submit().html.main.get_text()


def test_a_message_of_others_cannot_be_passed_on(
    signed_in: SignedIn, mina: Person, sora: Person, talk: str, say: Say
) -> None:
    signed_in(sora).get(f"/messages/forward/{say(mina, talk)}", status=404)


@pytest.mark.parametrize(
    ("wish", "back"),
    [
        ("mute", "unmute"),
        ("mute_hour", "unmute"),
        ("mute_8_hours", "unmute"),
        ("pin", "unpin"),
        ("archive", "unarchive"),
    ],
)
def test_a_conversation_is_wanted_otherwise_and_back(
    signed_in: SignedIn, mina: Person, talk: str, wish: str, back: str
) -> None:
    browser = signed_in(mina)
    page = press(browser.get(talk), f"button[form=wishing][value={wish}]").follow()
    assert not page.html.select(f"button[form=wishing][value={wish}]")
    page = press(page, f"button[form=wishing][value={back}]").follow()
    assert page.html.select(f"button[form=wishing][value={wish}]")


@pytest.mark.parametrize(("wish", "hours"), [("mute_hour", 1), ("mute_8_hours", 8), ("mute", None)])
def test_a_conversation_is_muted_for_as_long_as_one_wants(
    api: Api, signed_in: SignedIn, mina: Person, talk: str, wish: str, hours: int | None
) -> None:
    begin = datetime.now(UTC)
    press(signed_in(mina).get(talk), f"button[form=wishing][value={wish}]")
    found = api.get(f"/conversations/{talk.rpartition('/')[2]}", mina)
    assert found["is_muted"]
    if hours is None:
        assert found["muted_until"] is None
    else:
        until = datetime.fromisoformat(found["muted_until"])
        assert timedelta(0) <= until - begin - timedelta(hours=hours) < timedelta(minutes=5)
        page = signed_in(mina).get(talk).html.select_one("button[form=wishing][value=unmute]")
        assert "muted until" in page.get_text()


def test_what_a_blocked_member_said_in_a_group_hides_nothing_that_is_newer_or_newest(
    app: App, api: Api, signed_in: SignedIn, mina: Person, joon: Person, sora: Person
) -> None:
    new = {"type": "group", "name": "Runners", "member_ids": [str(joon.id), str(sora.id)]}
    group = f"/conversations/{api.post('/conversations', new, mina)['id']}/messages"
    for who, body in ((joon, "hello"), (sora, "unseen")):
        api.post(group, {"client_id": str(uuid4()), "body": body}, who)
    api.put(f"/users/{sora.id}/block", mina)
    page = signed_in(mina).get(f"/messages/{group.split('/')[2]}")
    assert bodies(page)[-1] == "hello"
    assert not page.html.select("[data-newer]")


def test_what_is_archived_is_in_its_folder(signed_in: SignedIn, mina: Person, talk: str) -> None:
    browser = signed_in(mina)
    press(browser.get(talk), "button[form=wishing][value=archive]")
    assert names(browser.get("/messages")) == []
    assert names(browser.get("/messages?show=archived")) == ["Joon"]


def test_strangers_wait_among_the_requests(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, say: Say
) -> None:
    with app.work() as services:
        services[SettingsService].set_privacy(joon.id, PrivacyChange(who_can_send_messages="friends_only"))
        talk = f"/messages/{services[MessagingService].start_direct(mina.id, joon.id)}"
    say(mina, talk, "hello")
    browser = signed_in(joon)
    assert names(browser.get("/messages")) == []
    assert names(browser.get("/messages?show=requests")) == ["Mina"]
    page = press(browser.get(talk), "button[form=wishing][value=accept]").follow()
    assert not page.html.select("button[value=accept]")
    assert names(browser.get("/messages")) == ["Mina"]


def test_who_declines_has_the_request_no_more(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, say: Say
) -> None:
    with app.work() as services:
        services[SettingsService].set_privacy(joon.id, PrivacyChange(who_can_send_messages="friends_only"))
        talk = f"/messages/{services[MessagingService].start_direct(mina.id, joon.id)}"
    say(mina, talk)
    browser = signed_in(joon)
    assert path_of(press(browser.get(talk), "button[form=wishing][value=decline]")) == "/messages"
    assert names(browser.get("/messages?show=requests")) == []


def test_leaving_takes_a_conversation_out_of_the_list(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(joon, talk)
    browser = signed_in(mina)
    press(browser.get(talk), "button[form=going][value=leave]")
    assert names(browser.get("/messages")) == []
    assert names(signed_in(joon).get("/messages")) == ["Mina"]


def test_conversations_are_found_by_who_is_in_them(
    signed_in: SignedIn, mina: Person, talk: str, group: str
) -> None:
    browser = signed_in(mina)
    assert names(browser.get("/messages?q=RUNN")) == ["Runners"]
    assert set(names(browser.get("/messages?q=joo"))) == {"Joon", "Runners"}
    assert names(browser.get("/messages?q=mina")) == []
    assert names(browser.get("/messages?q=%25")) == []


def test_words_are_found_in_a_conversation(signed_in: SignedIn, mina: Person, talk: str, say: Say) -> None:
    say(mina, talk, "river")
    say(mina, talk, "mountain")
    page = signed_in(mina).get(f"{talk}?q=RIV")
    (found,) = page.html.select(".found-messages li")
    assert "river" in found.get_text()
    assert found.a["href"].endswith("#m-1")


def test_others_do_not_find_a_conversation(signed_in: SignedIn, sora: Person, talk: str, group: str) -> None:
    browser = signed_in(sora)
    for path in (talk, f"{talk}/group", f"{talk}?q=x"):
        browser.get(path, status=404)
    browser.get(group)


@pytest.mark.parametrize("path", ["?q=%00", "?show=archived&q=%00", "{talk}?q=%00", "{talk}?q=" + "x" * 101])
def test_what_nobody_can_look_for_is_refused(signed_in: SignedIn, mina: Person, talk: str, path: str) -> None:
    address = path.format(talk=talk) if path.startswith("{") else f"/messages{path}"
    assert signed_in(mina).get(address, status="4*").html.h1


def test_a_message_is_not_changed_into_what_cannot_be_kept(
    signed_in: SignedIn, mina: Person, talk: str, say: Say
) -> None:
    message_id, browser = say(mina, talk), signed_in(mina)
    token = browser.get(talk).forms["acting"]["csrf_token"].value
    browser.post(f"{talk}/{message_id}", {"csrf_token": token, "body": "a\0b"}, status=404)


def test_visitors_come_in_first(browser: webtest.TestApp, talk: str) -> None:
    for path in ("/messages", talk, "/messages/new-group"):
        assert path_of(browser.get(path)).startswith("/login")


def test_after_a_block_history_stays_without_a_name(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(joon, talk, "hello")
    with app.work() as services:
        services[GraphService].block(mina.id, joon.id)
    page = signed_in(mina).get(talk)
    assert bodies(page) == ["hello"]
    assert "Joon" not in page.html.main.get_text()
    assert not page.html.select("form[data-writing]")


def test_to_who_is_gone_nothing_can_be_written(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say, owner_engine: sa.Engine
) -> None:
    say(joon, talk, "farewell")
    set_columns(owner_engine, joon, erased_at=datetime.now(UTC))
    page = signed_in(mina).get(talk)
    assert bodies(page) == ["farewell"]
    assert "writing" not in page.forms
    assert not page.html.select("h1 a")


def test_a_group_is_started_by_names(signed_in: SignedIn, mina: Person, joon: Person, sora: Person) -> None:
    form = form_to(signed_in(mina).get("/messages/new-group"), "/messages/new-group")
    form["name"], form["usernames"] = "Runners", "joon, @sora"
    page = form.submit().follow()
    assert page.html.h1.get_text() == "Runners"
    assert page.html.select_one("[data-about-them]").get_text() == "3 members"
    assert [line.get_text() for line in page.html.select(".message-notice")] == [
        "Mina started the group",
        "Mina added Joon, Sora",
    ]


def test_a_group_with_a_wrong_name_is_mended_in_the_form(
    signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    form = form_to(signed_in(mina).get("/messages/new-group"), "/messages/new-group")
    form["name"], form["usernames"] = "Runners", "joon, nobody"
    page = form.submit(status=422)
    assert error_of(page, "usernames")
    assert form_to(page, "/messages/new-group")["usernames"].value == "joon, nobody"


def test_admins_manage_their_group(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person, group: str
) -> None:
    make_person(app, "hana")
    browser, address = signed_in(mina), f"{group}/group"

    def page_of(action: str, values: dict[str, str]) -> webtest.TestResponse:
        token = browser.get(address).forms["log-out"]["csrf_token"].value
        return browser.post(action, {"csrf_token": token, **values}).follow()

    page = page_of(address, {"action": "name", "name": "Walkers"})
    assert page.html.h1.get_text() == "Walkers"
    page = page_of(address, {"action": "add", "usernames": "hana"})
    assert "@hana" in page.html.main.get_text()
    page = page_of(f"{address}/{joon.id}", {"action": "admin"})
    assert page.html.find(value="member")
    page = page_of(f"{address}/{sora.id}", {"action": "remove"})
    assert "@sora" not in page.html.main.get_text()
    signed_in(sora).get(group, status=404)


def test_of_a_crowd_that_was_added_a_few_are_named(
    app: App, signed_in: SignedIn, mina: Person, group: str, owner_engine: sa.Engine
) -> None:
    with app.work() as services:
        services[GroupService].add(mina.id, id_of(group), make_members(owner_engine, MOST_NAMED + 1))
    notice = signed_in(mina).get(group).html.select(".message-notice")[-1].get_text()
    assert notice.count(",") == MOST_NAMED
    assert notice.endswith(", …")


def test_others_see_who_is_in_the_group_and_can_leave(signed_in: SignedIn, joon: Person, group: str) -> None:
    browser = signed_in(joon)
    page = browser.get(f"{group}/group")
    assert {form.action for form in page.forms.values()} & {f"{group}/group"} == set()
    assert path_of(form_to(page, f"{group}/change").submit("action", value="leave")) == "/messages"
    browser.get(group, status=404)


def test_a_direct_conversation_has_no_page_of_a_group(signed_in: SignedIn, mina: Person, talk: str) -> None:
    signed_in(mina).get(f"{talk}/group", status=404)


def test_receipts_tell_how_far_a_message_has_come(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, talk: str, say: Say
) -> None:
    say(mina, talk)
    browser = signed_in(mina)

    def state() -> str:
        shown: str = browser.get(talk).html.select(".messages [data-state]")[-1].get_text(strip=True)
        return shown

    assert state() == "Sent"
    signed_in(joon).get(talk)  # a page alone marks nothing: scripts tell what was seen
    assert state() == "Sent"
    press(signed_in(joon).get(talk), "noscript button[value=read]")
    assert state() == "Seen"


def test_the_rules_of_all_pages_are_kept(
    signed_in: SignedIn, mina: Person, joon: Person, talk: str, group: str, say: Say
) -> None:
    say(joon, talk)
    browser, message_id = signed_in(mina), say(mina, talk, "see https://example.com")
    paths = (talk, f"{talk}?reply={message_id}", f"{talk}?edit={message_id}", f"{talk}?q=see", group)
    more = (f"{group}/group", f"/messages/forward/{message_id}", "/messages", "/messages/new-group")
    pages = [browser.get(path) for path in (*paths, *more)]
    for rule in (
        test_frame.test_no_page_has_code_or_style_inside,
        test_frame.test_every_field_has_a_name_that_can_be_read_out,
        test_frame.test_ids_are_unique_and_there_is_one_headline,
        test_frame.test_every_form_that_posts_carries_the_token,
    ):
        rule(pages)


def test_a_page_costs_the_same_with_many_messages(
    app: App,
    signed_in: SignedIn,
    statements: Callable[[], list[str]],
    mina: Person,
    joon: Person,
    talk: str,
    say: Say,
) -> None:
    def cost() -> int:
        """Of one look at the page, without asking who looks."""
        before = len(statements())
        browser.get(talk)
        return len([each for each in statements()[before:] if "conversation" in each])

    browser = signed_in(mina)
    first = say(joon, talk)
    few = cost()
    for _ in range(20):
        last = say(joon, talk, reply_to=first)
        with app.work() as services:
            services[ChangingService].react(mina.id, id_of(talk), last, "👍")
    assert cost() == few
