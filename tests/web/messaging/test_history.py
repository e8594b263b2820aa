"""Reading back and forth in a conversation, and searching in it."""

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.messaging.conftest import Talk
from tests.web.statements import of_reads, sent
from web.core.app import App


@pytest.fixture
def said(mina: Person, joon: Person, direct: Talk) -> Talk:
    """Seven messages."""
    for number in range(1, 8):
        direct.say((mina, joon)[number % 2], str(number))
    return direct


def test_one_reads_back_from_a_message(api: Api, mina: Person, said: Talk) -> None:
    assert said.bodies(mina, "?before=4") == ["3", "2", "1"]
    assert said.bodies(mina, "?before=1") == []
    paged = api.every_page(f"{said.path}/messages?before=7", mina)
    assert [item["body"] for item in paged] == ["6", "5", "4", "3", "2", "1"]


def test_one_reads_on_from_a_message(api: Api, mina: Person, said: Talk) -> None:
    assert said.bodies(mina, "?after=4") == ["5", "6", "7"]
    assert said.bodies(mina, "?after=7") == []
    paged = api.every_page(f"{said.path}/messages?after=0", mina)
    assert [item["body"] for item in paged] == ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("query", ["before=1&after=1", "before=x", "after=-1", f"after={2**63}", "cursor=x"])
def test_what_is_no_place_in_history_is_refused(api: Api, mina: Person, said: Talk, query: str) -> None:
    assert api.call("GET", f"{said.path}/messages?{query}", mina).status_int in (400, 422)


def test_a_cursor_goes_in_one_direction(api: Api, mina: Person, said: Talk) -> None:
    cursor = api.get(f"{said.path}/messages?after=1&limit=2", mina)["next_cursor"]
    api.get(f"{said.path}/messages?before=7&limit=2&cursor={cursor}", mina, status=400)


def test_search_finds_all_words_whatever_their_case(
    api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    for body in (
        "The QUICK brown fox",
        "a quick answer",
        "100% sure",
        "100 things",
        "오늘 저녁에 만나요",
        "back\\slash",
    ):
        direct.say(joon, body)
    gone = direct.say(joon, "quick and gone")
    api.delete(f"{direct.path}/messages/{gone['id']}", joon)

    def found(words: str) -> list[str]:
        return [item["body"] for item in api.every_page(f"{direct.path}/search?q={words}", mina, limit=1)]

    assert found("quick") == ["a quick answer", "The QUICK brown fox"]
    assert found("fox+quick") == ["The QUICK brown fox"]
    assert found("100%25") == ["100% sure"]
    assert found("q_ick") == []
    assert found("%5C") == ["back\\slash"]
    assert found("%EC%A0%80%EB%85%81") == ["오늘 저녁에 만나요"]
    for nothing in ("", "+", "x" * 101):
        api.get(f"{direct.path}/search?q={nothing}", mina, status=422)


def test_reading_costs_the_same_whatever_is_shown(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    path = f"{group.path}/messages?limit=100"
    with sent(app) as few:
        api.get(path, mina)
    first = group.say(joon)
    for number in range(10):
        answer = group.say(sora, str(number), reply_to_id=first["id"])
        api.put(f"{group.path}/messages/{answer['id']}/reactions/%F0%9F%91%8D", joon)
        api.call("PATCH", group.path, mina, {"name": f"Runners {number}"}, status=200)
    with sent(app) as many:
        assert len(api.get(path, mina)["items"]) == 23
    assert len(of_reads(few)) == len(of_reads(many)) == 4
