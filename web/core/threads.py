"""Work that would hold up the event loop of a process that serves on gevent: it runs in native threads."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gevent
from gevent.monkey import is_module_patched

P = ParamSpec("P")
T = TypeVar("T")


def off_the_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``function``, which computes or reads files for long, beside the event loop if there is one.

    It must touch neither sockets nor locks of the loop's own thread.
    """
    if is_module_patched("threading"):
        result: T = gevent.get_hub().threadpool.apply(function, args, kwargs)
        return result
    return function(*args, **kwargs)
