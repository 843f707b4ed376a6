"""Makes the standard library cooperative. Called first of all: what is imported before it stays blocking."""

from __future__ import annotations

import os


def patch_standard_library() -> None:
    """Applies gevent's monkey patch, unless `LOCUST_SKIP_MONKEY_PATCH` is set."""
    if os.getenv("LOCUST_SKIP_MONKEY_PATCH"):
        return
    from gevent import monkey

    monkey.patch_all()


def patch_urllib3() -> None:
    """Gives urllib3's connection pools gevent's queue, unless `LOCUST_SKIP_URLLIB3_PATCH` is set."""
    if os.getenv("LOCUST_SKIP_MONKEY_PATCH") or os.getenv("LOCUST_SKIP_URLLIB3_PATCH"):
        return
    import urllib3
    from gevent.queue import LifoQueue

    urllib3.connectionpool.ConnectionPool.QueueCls = LifoQueue  # type: ignore[assignment] # has what is asked of it
