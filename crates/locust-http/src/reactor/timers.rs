//! What is due when: one lazy entry a connection, and sleepers in slots of a millisecond.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use crate::exchange::Ticket;

/// Deadlines of connections.
///
/// An entry is set aside when it is made and looked at again when it is due: a connection whose deadline moves later, as it
/// does with each request, costs one entry per timeout and not one per request.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, u32)>>,
    /// The entry of each connection that counts; others of it are stale.
    entries: Vec<Option<Instant>>,
}

impl Deadlines {
    /// Sees to it that the connection is looked at no later than `due`.
    pub(crate) fn schedule(&mut self, connection: u32, due: Instant) {
        let index = connection as usize;
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
        }
        if self.entries[index].is_some_and(|entry| entry <= due) {
            return;
        }
        self.entries[index] = Some(due);
        if self.heap.len() >= 64 + 2 * self.entries.len() {
            let entries = &self.entries;
            self.heap.retain(|Reverse((at, connection))| entries[*connection as usize] == Some(*at));
        }
        self.heap.push(Reverse((due, connection)));
    }

    /// A connection to look at, if one is due: its deadline may have moved since.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        while let Some(&Reverse((due, connection))) = self.heap.peek() {
            if due > now {
                return None;
            }
            self.heap.pop();
            let entry = &mut self.entries[connection as usize];
            if *entry == Some(due) {
                *entry = None;
                return Some(connection);
            }
        }
        None
    }

    /// When to look next.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((due, _))| *due)
    }
}

/// Sleepers, woken together in slots of a millisecond, never early.
#[derive(Debug)]
pub(crate) struct Sleepers {
    epoch: Instant,
    heap: BinaryHeap<Reverse<(u64, u32, u32)>>,
    cancelled_count: usize,
}

impl Sleepers {
    pub(crate) fn new(epoch: Instant) -> Self {
        Self { epoch, heap: BinaryHeap::new(), cancelled_count: 0 }
    }

    pub(crate) fn add(&mut self, ticket: Ticket, until: Instant) {
        let slot_ms = until.saturating_duration_since(self.epoch).as_nanos().div_ceil(1_000_000);
        let slot_ms = u64::try_from(slot_ms).unwrap_or(u64::MAX);
        self.heap.push(Reverse((slot_ms, ticket.slot, ticket.generation)));
    }

    /// Notes that an entry has become stale; `is_asleep` tells which are not.
    pub(crate) fn cancel(&mut self, is_asleep: impl Fn(Ticket) -> bool) {
        self.cancelled_count += 1;
        if self.cancelled_count > 64 + self.heap.len() / 2 {
            self.heap.retain(|&Reverse((_, slot, generation))| is_asleep(Ticket { slot, generation }));
            self.cancelled_count = 0;
        }
    }

    /// A sleeper whose time has come; may be one that was cancelled.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Ticket> {
        let &Reverse((slot_ms, slot, generation)) = self.heap.peek()?;
        if u128::from(slot_ms) > now.saturating_duration_since(self.epoch).as_millis() {
            return None;
        }
        self.heap.pop();
        Some(Ticket { slot, generation })
    }

    pub(crate) fn earliest(&self) -> Option<Instant> {
        let &Reverse((slot_ms, ..)) = self.heap.peek()?;
        self.epoch.checked_add(Duration::from_millis(slot_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::clock;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_deadline_that_keeps_moving_later_makes_no_new_entry() {
        let start = clock::now();
        let mut deadlines = Deadlines::default();

        for step in 0..10_000 {
            deadlines.schedule(0, start + 60_000 * MS + step * MS);
        }

        assert_eq!(deadlines.heap.len(), 1);
        assert_eq!(deadlines.earliest(), Some(start + 60_000 * MS));
    }

    #[test]
    fn deadlines_that_keep_moving_earlier_do_not_pile_up() {
        let start = clock::now() + 100_000 * MS;
        let mut deadlines = Deadlines::default();

        for step in 0..10_000 {
            deadlines.schedule(1, start.checked_sub(step * MS).unwrap());
        }

        assert!(deadlines.heap.len() <= 70);
        assert_eq!(deadlines.pop_due(start), Some(1));
        assert_eq!(deadlines.pop_due(start), None);
    }

    #[test]
    fn sleepers_wake_in_order_and_never_early() {
        let epoch = clock::now();
        let mut sleepers = Sleepers::new(epoch);
        let (a, b) = (Ticket { slot: 1, generation: 0 }, Ticket { slot: 2, generation: 5 });
        sleepers.add(a, epoch + Duration::from_micros(2_100));
        sleepers.add(b, epoch + Duration::from_micros(900));

        assert_eq!(sleepers.pop_due(epoch + Duration::from_micros(999)), None);
        assert_eq!(sleepers.pop_due(epoch + 2 * MS), Some(b));
        assert_eq!(sleepers.pop_due(epoch + 2 * MS), None);
        assert_eq!(sleepers.earliest(), Some(epoch + 3 * MS));
        assert_eq!(sleepers.pop_due(epoch + 3 * MS), Some(a));
    }

    #[test]
    fn cancelled_sleepers_do_not_pile_up() {
        let epoch = clock::now();
        let mut sleepers = Sleepers::new(epoch);

        for generation in 0..10_000 {
            sleepers.add(Ticket { slot: 0, generation }, epoch + 3_600_000 * MS);
            sleepers.cancel(|_| false);
        }

        assert!(sleepers.heap.len() <= 200);
    }
}
