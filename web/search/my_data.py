"""What search holds about a member: no more than the words of what stands elsewhere."""

from uuid import UUID

from web.core.jobs import JobLog
from web.core.personal_data import Eraser, PersonalData
from web.core.services import Services
from web.search.index import SearchIndex

TABLE = "search_documents"


def register(personal_data: PersonalData) -> None:
    """The eraser; and why there is nothing to copy."""
    personal_data.keep_out(TABLE, "made of names and posts, which are in the copy themselves")
    personal_data.erase(Eraser("search", (TABLE,), erase))


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Forget by which words a member was found; what is left of them afterwards is found anew.

    By a job that names nobody: the erasure ends those that name the member.
    """
    services[SearchIndex].remove_all_of(member_id)
    if keeps_content:
        services[JobLog].add("search.catch_up")
