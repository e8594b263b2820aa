"""Expo's push service, as its documentation describes it."""

import socket
from typing import Any
from uuid import uuid4

import pytest

from tests.web.notifications.receivers import Answer, LocalService, Received, make_push
from web.notifications.delivery.expo import Expo
from web.notifications.delivery.push_services import Fate
from web.notifications.delivery.strategies import TryLater

TOKENS = ["ExponentPushToken[aaaa]", "ExponentPushToken[bbbb]", "ExponentPushToken[cccc]"]


def failed(error: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": f'"{TOKENS[1]}" is not a registered push notification recipient',
        "details": {"error": error, "expoPushToken": TOKENS[1]},
    }


def tickets(request: Received) -> Answer:
    return 200, {"data": [{"status": "ok", "id": f"ticket of {push['to']}"} for push in request.json]}


def test_many_pushes_are_one_request(service: LocalService) -> None:
    service.answer = tickets
    pushes = [make_push(token) for token in TOKENS]
    outcomes = Expo(service.url, "a secret").send(pushes)
    assert [outcome.receipt for outcome in outcomes] == [f"ticket of {token}" for token in TOKENS]
    [request] = service.requests
    assert request.path == "/--/api/v2/push/send"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer a secret"
    assert request.json[0] == {
        "to": TOKENS[0],
        "title": "Joon 님이 좋아해요",
        "body": "¡hola!",
        "data": {
            "notification_id": str(pushes[0].note.notification_id),
            "type": "content_liked",
            "action_url": "/posts/1",
            "icon_type": "heart",
            "icon_color": "#e0455e",
            "image_url": "",
        },
        "badge": 3,
        "sound": "default",
        "ttl": 86400,
        "priority": "high",
    }


def test_without_an_access_token_none_is_sent(service: LocalService) -> None:
    service.answer = tickets
    Expo(service.url).send([make_push(TOKENS[0])])
    assert "authorization" not in service.requests[0].headers


def test_each_ticket_says_what_became_of_its_push(service: LocalService) -> None:
    errors = ("DeviceNotRegistered", "MessageRateExceeded", "MessageTooBig", "InvalidCredentials")
    data = [{"status": "ok", "id": "t"}, *map(failed, errors), {"status": "error", "message": "?"}]
    service.answer = lambda _: (200, {"data": data})
    outcomes = Expo(service.url).send([make_push(TOKENS[0])] * len(data))
    assert [outcome.fate for outcome in outcomes] == [
        Fate.SENT,
        Fate.GONE,
        Fate.LATER,
        Fate.REFUSED,
        Fate.REFUSED,
        Fate.REFUSED,
    ]
    assert outcomes[1].problem == "DeviceNotRegistered"
    assert all("ExponentPushToken" not in outcome.problem for outcome in outcomes)


def test_one_bad_push_does_not_take_the_others_along(service: LocalService) -> None:
    """Tokens of two projects in one request are refused as a whole."""

    def answer(request: Received) -> Answer:
        if len(request.json) > 1 or request.json[0]["to"] == TOKENS[1]:
            return 400, {"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS", "message": TOKENS[1]}]}
        return tickets(request)

    service.answer = answer
    outcomes = Expo(service.url).send([make_push(token) for token in TOKENS])
    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, Fate.REFUSED, Fate.SENT]
    assert outcomes[1].problem == "Expo answered 400 PUSH_TOO_MANY_EXPERIENCE_IDS"


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(429, {"Retry-After": "90"}, 90), (429, {}, 30), (500, {}, 0), (503, {"Retry-After": "5"}, 5)],
)
def test_a_busy_service_is_asked_again_later(
    service: LocalService, status: int, headers: dict[str, str], seconds: float
) -> None:
    service.answer = lambda _: (status, {"errors": [{"code": "TOO_MANY_REQUESTS"}]}, headers)
    for ask in (
        lambda: Expo(service.url).send([make_push(TOKENS[0])]),
        lambda: Expo(service.url).receipts(["t"]),
    ):
        with pytest.raises(TryLater, match=f"answered {status} TOO_MANY_REQUESTS") as raised:
            ask()
        assert raised.value.seconds == seconds


@pytest.mark.parametrize("answer", [b"<html>", [], {"data": None}, {"data": []}, {"errors": []}])
def test_an_answer_that_is_not_expos_is_an_outage(service: LocalService, answer: Any) -> None:
    service.answer = lambda _: (200, answer)
    with pytest.raises(OSError, match="Expo answered"):
        Expo(service.url).send([make_push(TOKENS[0])])


def test_one_push_that_fails_alone_does_not_have_the_others_sent_again(service: LocalService) -> None:
    def answer(request: Received) -> Answer:
        if len(request.json) > 1:
            return 400, {"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS"}]}
        return (503, b"") if request.json[0]["to"] == TOKENS[1] else tickets(request)

    service.answer = answer
    outcomes = Expo(service.url).send([make_push(token) for token in TOKENS])
    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, Fate.LATER, Fate.SENT]


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_access_token_is_an_outage(service: LocalService, status: int) -> None:
    service.answer = lambda _: (status, {"errors": [{"code": "UNAUTHORIZED", "message": "…"}]})
    with pytest.raises(OSError, match=f"Expo answered {status} UNAUTHORIZED"):
        Expo(service.url, "wrong").send([make_push(token) for token in TOKENS])


def test_receipts_say_what_arrived(service: LocalService) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    data = {ids[0]: {"status": "ok"}, ids[1]: failed("DeviceNotRegistered")}
    service.answer = lambda _: (200, {"data": data})
    receipts = Expo(service.url).receipts(ids)
    assert {ticket: outcome.fate for ticket, outcome in receipts.items()} == {
        ids[0]: Fate.SENT,
        ids[1]: Fate.GONE,
    }
    [request] = service.requests
    assert (request.path, request.json) == ("/--/api/v2/push/getReceipts", {"ids": ids})


def test_a_service_that_does_not_answer_or_is_away_is_an_outage(service: LocalService) -> None:
    service.go.clear()
    with pytest.raises(OSError, match="ReadTimeout"):
        Expo(service.url, timeout=0.05).send([make_push(TOKENS[0])])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="ConnectError"):
            Expo(f"http://127.0.0.1:{free.getsockname()[1]}").send([make_push(TOKENS[0])])
