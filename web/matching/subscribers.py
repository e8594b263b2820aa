"""What follows for matching when members block somebody, or are not there any more."""

from uuid import UUID

import redis
import structlog

from web.accounts.events import (
    DeletionRequested,
    MemberBanned,
    MemberDeactivated,
    MemberErased,
    MemberSuspended,
)
from web.core.events import Happened, Subscribers
from web.core.jobs import JobLog
from web.core.services import Services
from web.graph.events import MemberBlocked
from web.matching.service import MatchingService

log = structlog.get_logger(__name__)

Away = MemberSuspended | MemberBanned | MemberDeactivated | DeletionRequested | MemberErased


def register(subscribers: Subscribers) -> None:
    """Follow blocks and goings."""
    subscribers.on(MemberBlocked, keep_apart)
    subscribers.on(MemberSuspended, forget)
    subscribers.on(MemberBanned, forget)
    subscribers.on(MemberDeactivated, forget)
    subscribers.on(DeletionRequested, forget)
    subscribers.on(MemberErased, forget)


def keep_apart(services: Services, happened: Happened[MemberBlocked]) -> None:
    """Part the two before the block is there; a job does it when the line cannot be reached now."""
    one, other = happened.event.blocker_id, happened.event.blocked_id
    try:
        services[MatchingService].keep_apart(one, other)
    except redis.RedisError as error:
        log.warning("line_not_told", error=str(error))
        services[JobLog].add("matching.keep_apart", one_id=one, other_id=other)


def forget(services: Services, happened: Happened[Away]) -> None:
    """Let whoever is away be nowhere. If Valkey is away, too, their place runs out by itself."""
    try:
        services[MatchingService].forget(happened.event.member_id)
    except redis.RedisError as error:
        log.warning("line_not_told", error=str(error))


def keep_apart_later(services: Services, one_id: str, other_id: str) -> None:
    """Body of the job ``matching.keep_apart``."""
    services[MatchingService].keep_apart(UUID(one_id), UUID(other_id))


def look(services: Services) -> None:
    """Body of the job ``matching.look``; there is nothing to look at while Valkey is away."""
    try:
        services[MatchingService].look()
    except redis.RedisError as error:
        log.warning("line_not_looked_at", error=str(error))
