//! What each of the caller's tickets stands for.

use crate::exchange::Ticket;

/// What a ticket stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// An exchange, on this connection.
    Connection(u32),
    /// A sleeper.
    Sleeper,
}

/// Tickets by their slot.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    entries: Vec<(u32, Option<Use>)>,
}

impl Tickets {
    pub(crate) fn set(&mut self, ticket: Ticket, meaning: Use) {
        let index = ticket.slot as usize;
        if index >= self.entries.len() {
            self.entries.resize(index + 1, (0, None));
        }
        self.entries[index] = (ticket.generation, Some(meaning));
    }

    pub(crate) fn get(&self, ticket: Ticket) -> Option<Use> {
        let &(generation, meaning) = self.entries.get(ticket.slot as usize)?;
        meaning.filter(|_| generation == ticket.generation)
    }

    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Use> {
        let meaning = self.get(ticket)?;
        self.entries[ticket.slot as usize].1 = None;
        Some(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recycled_slot_is_another_ticket() {
        let mut tickets = Tickets::default();
        let (old, new) = (Ticket { slot: 2, generation: 1 }, Ticket { slot: 2, generation: 2 });
        tickets.set(old, Use::Sleeper);

        tickets.set(new, Use::Connection(4));

        assert_eq!(tickets.get(old), None);
        assert_eq!(tickets.remove(old), None);
        assert_eq!(tickets.remove(new), Some(Use::Connection(4)));
        assert_eq!(tickets.get(new), None);
    }
}
