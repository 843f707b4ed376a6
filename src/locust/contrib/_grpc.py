"""gRPC in a process of greenlets."""

from __future__ import annotations

import functools


@functools.cache
def let_grpc_wait_for_gevent() -> None:
    """Makes calls of gRPC let other greenlets run while they wait. Not at import: it starts threads."""
    import grpc.experimental.gevent

    grpc.experimental.gevent.init_gevent()
