//! The reactor in a thread of its own.

use std::io;
#[cfg(unix)]
use std::os::fd::RawFd;

use crate::exchange::{Command, Event};
use crate::reactor::ReactorOptions;

/// A [`crate::Reactor`] in a thread of its own; stops when dropped.
#[derive(Debug)]
pub struct ThreadRunner {}

impl ThreadRunner {
    /// Starts the thread.
    pub fn start(options: ReactorOptions) -> io::Result<Self> {
        let _ = options;
        todo!()
    }

    /// Hands a command over.
    pub fn send(&self, command: Command) {
        let _ = command;
        todo!()
    }

    /// Appends what happened to `events`.
    pub fn take_events(&self, events: &mut Vec<Event>) {
        let _ = events;
        todo!()
    }

    /// Readable when events wait; `take_events` makes it unreadable again.
    #[cfg(unix)]
    pub fn wake_fd(&self) -> RawFd {
        todo!()
    }
}
