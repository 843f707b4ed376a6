"""The order of rows in each mode, and leases that end."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from locust._feed._deck import Deck
from locust._feed._source import source_of
from locust.exception import FeedError


def deck_of(rows, mode="unique", on_empty="stop"):
    return Deck(source_of(rows, query=None), mode, on_empty, random.Random(1))


def test_unique_hands_out_each_row_once_and_in_order():
    deck = deck_of([1, 2, 3])

    assert [deck.take(2), deck.take(2), deck.take(2)] == [[1, 2], [3], []]


@pytest.mark.parametrize(("mode", "on_empty"), [("circular", "stop"), ("unique", "wrap")])
@pytest.mark.parametrize("kind", [list, iter])
def test_those_that_begin_anew_never_end(mode, on_empty, kind):
    assert deck_of(kind([1, 2, 3]), mode, on_empty).take(7) == [1, 2, 3, 1, 2, 3, 1]


def test_shuffle_hands_out_each_row_once_in_another_order_each_round():
    deck = deck_of(range(50), "shuffle", "wrap")

    first, second = deck.take(50), deck.take(50)

    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second


def test_random_picks_each_row_about_as_often():
    counts = Counter(deck_of([1, 2, 3, 4], "random").take(4000))

    assert set(counts) == {1, 2, 3, 4}
    assert all(850 < count < 1150 for count in counts.values())


@pytest.mark.parametrize("mode", ["unique", "circular", "shuffle", "random"])
@pytest.mark.parametrize("kind", [list, iter])
def test_a_source_without_rows_is_an_error(mode, kind):
    with pytest.raises(FeedError, match="has no rows"):
        deck_of(kind([]), mode).take(1)


def test_a_file_of_any_size_is_read_no_further_than_asked():
    read = []

    def rows():
        for number in range(1_000_000):
            read.append(number)
            yield number

    deck_of(rows).take(3)

    assert read == [0, 1, 2]


def test_unused_rows_of_a_lease_come_back():
    deck = deck_of(range(6))
    lease = deck.lease("one", 4, now=0)

    deck.renew("one", lease.number, 1, now=5)

    assert deck.expire(before=5) == 0
    assert deck.expire(before=6) == 3
    assert deck.take(9) == [1, 2, 3, 4, 5]
    assert not deck.renew("one", lease.number, 2, now=7)


def test_a_lease_belongs_to_its_holder():
    deck = deck_of(range(6))
    lease = deck.lease("one", 2, now=0)

    assert not deck.renew("two", lease.number, 2, now=1)
    assert deck.give_back("two", lease.number) == 0
    assert deck.holders() == {"one"}


def test_a_lease_that_is_used_up_ends():
    deck = deck_of([1, 2])
    lease = deck.lease("one", 2, now=0)

    assert deck.renew("one", lease.number, 2, now=1)
    assert deck.holders() == set()
    assert deck.lease("two", 1, now=1) is None


def test_modes_without_an_end_keep_no_leases():
    deck = deck_of([1, 2], "circular")
    lease = deck.lease("one", 2, now=0)

    assert deck.holders() == set()
    assert deck.renew("one", lease.number, 1, now=99)


def test_rewind_begins_at_the_first_row_and_ends_leases():
    deck = deck_of([1, 2, 3])
    deck.lease("one", 2, now=0)

    deck.rewind()

    assert (deck.take(9), deck.holders()) == ([1, 2, 3], set())


def test_rewind_of_an_iterator_loses_nothing_that_was_not_used():
    deck = deck_of(iter([1, 2, 3]))
    lease = deck.lease("one", 2, now=0)
    deck.renew("one", lease.number, 1, now=0)

    deck.rewind()

    assert deck.take(9) == [2, 3]
