"""Leased rows over a fleet whose messages are late and whose workers pause: no row twice, none lost."""

from __future__ import annotations

from collections import Counter, deque
from types import SimpleNamespace
from typing import Any

import gevent
import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st

from locust._feed._deck import Deck
from locust._feed._lessor import LEASE_SECONDS, Lessor
from locust._feed._source import source_of
from locust._feed._tenant import Tenant

WORKERS = ("a", "b", "c")


class Side:
    """A runner's messages, and a queue of what is under way to it."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        self.name = self.master_host = name
        self.clients = dict.fromkeys(WORKERS)
        self.listeners: dict[str, Any] = {}
        self.inbox: deque[tuple[str, str, bytes]] = deque()
        self._fleet = fleet

    def register_message(self, msg_type: str, listener: Any) -> None:
        self.listeners[msg_type] = listener

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        packed = msgpack.packb(data)
        self._fleet.sides[client_id or "master"].inbox.append((self.name, msg_type, packed))

    def deliver(self) -> bool:
        if not self.inbox:
            return False
        sender, msg_type, packed = self.inbox.popleft()
        message = SimpleNamespace(node_id=sender, data=msgpack.unpackb(packed))
        self.listeners[msg_type](environment=None, msg=message)
        return True


class Fleet:
    """A master and three workers, joined by queues, under one clock that stands still by itself."""

    def __init__(self, row_count: int) -> None:
        self.seconds = 0.0
        self.handed_out: list[int] = []
        self.paused: set[str] = set()
        self.sides = {name: Side(self, name) for name in ("master", *WORKERS)}
        self.deck = Deck(source_of(range(row_count), query=None), "unique", "stop")
        self.lessor = Lessor(self.sides["master"], {"rows": self.deck}, self.now)
        self.unknown: set[int] = set()
        self.tenants = {name: Tenant(self.sides[name], ["rows"], self.now) for name in WORKERS}
        self.users: list[gevent.Greenlet] = []

    def now(self) -> float:
        return self.seconds

    def take(self, worker: str) -> None:
        if worker not in self.paused:
            self.users.append(gevent.spawn(lambda: self.handed_out.extend(self.tenants[worker].feeds["rows"].take())))
            gevent.sleep(0)

    def take_some(self, worker: str) -> None:
        """Enough to get more leased than is asked for."""
        for _ in range(3):
            self.take(worker)
            self.deliver_all()

    def deliver(self, name: str) -> bool:
        delivered = name not in self.paused and self.sides[name].deliver()
        gevent.sleep(0)
        return delivered

    def deliver_all(self) -> None:
        while sum(self.deliver(name) for name in self.sides):
            pass

    def advance(self, seconds: int) -> None:
        """Time goes on; whoever isn't paused talks each second, as the timers of both sides make them do."""
        for _ in range(seconds):
            for worker in WORKERS:
                self.renew(worker)
            self.deliver_all()
            self.seconds += 1
            self.lessor._serve_waiting()

    def pause(self, worker: str) -> None:
        self.paused.add(worker)
        held = [lease for lease in self.deck._leases.values() if lease.holder == worker]
        self.unknown |= {row for lease in held for row in lease.rows[lease.used :]} & set(self.handed_out)

    def resume(self, worker: str) -> None:
        self.paused.discard(worker)

    def renew(self, worker: str) -> None:
        if worker not in self.paused:
            self.tenants[worker]._renew()

    def drain(self) -> None:
        """All workers come back and take what's left."""
        self.paused.clear()
        for _ in range(200):
            self.deliver_all()
            if not self.sides["master"].inbox and all(user.ready() for user in self.users):
                before = len(self.handed_out)
                for worker in WORKERS:
                    self.take(worker)
                self.deliver_all()
                if all(user.ready() for user in self.users) and len(self.handed_out) == before:
                    return
            self.advance(1)
        raise AssertionError("users wait for ever")

    def close(self) -> None:
        gevent.killall(self.users)
        for tenant in self.tenants.values():
            tenant._renewing.kill()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(WORKERS)),
        st.tuples(st.just("take some"), st.sampled_from(WORKERS)),
        st.tuples(st.just("deliver"), st.sampled_from(("master", *WORKERS))),
        st.tuples(st.just("renew"), st.sampled_from(WORKERS)),
        st.tuples(st.just("pause"), st.sampled_from(WORKERS)),
        st.tuples(st.just("resume"), st.sampled_from(WORKERS)),
        st.tuples(st.just("advance"), st.integers(1, int(LEASE_SECONDS * 2))),
        st.tuples(st.just("deliver all")),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(1, 30))
def test_no_row_is_lost_and_none_handed_out_twice_but_what_a_lost_worker_did_not_tell(
    steps: list[tuple[Any, ...]], row_count: int
) -> None:
    fleet = Fleet(row_count)
    try:
        for step, *argument in steps:
            getattr(fleet, step.replace(" ", "_"))(*argument)
        fleet.drain()
    finally:
        fleet.close()

    counts = Counter(fleet.handed_out)
    assert set(counts) == set(range(row_count))
    assert {row for row, count in counts.items() if count > 1} <= fleet.unknown
