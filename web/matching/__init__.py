"""Anonymous matching: two strangers talk, nothing is kept, both may show who they are.

Adults wait in a line (``line``) until somebody fits, and then talk over their sockets (``talks``). Both are
in Valkey alone, and go with it: the database does not learn who met whom, nor what was said. It has what
somebody reports (``reports``), how many matches there were and how long they lasted (``events``), and the
conversation that two begin who both want to be known.
"""

from typing import TYPE_CHECKING

from web.core.app import App
from web.matching import my_data, reports, subscribers, topics
from web.matching.line import WaitingLine
from web.matching.matches import Matches
from web.matching.reports import MatchReportService
from web.matching.service import MatchingService
from web.matching.talks import TalkService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the topics, the jobs, and what follows from blocks."""
    for service in (WaitingLine, Matches, TalkService, MatchingService, MatchReportService):
        app.add_service(service)
    subscribers.register(app.subscribers)
    topics.register(app.topics)
    app.jobs.add("matching.look", subscribers.look)
    app.jobs.add("matching.keep_apart", subscribers.keep_apart_later)
    app.jobs.add("matching.clean_up", reports.clean_up)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/matching``."""
    from web.matching.api import routes

    config.add_api(routes)
