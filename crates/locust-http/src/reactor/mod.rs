//! Sockets, timers and time stamps: turns commands into events.

pub(crate) mod thread;

use std::io;
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use crate::exchange::{Command, Event};

/// Settings of a [`Reactor`].
#[derive(Clone, Debug)]
pub struct ReactorOptions {
    /// Take arrival times from the kernel where it gives them.
    pub has_kernel_stamps: bool,
    /// Size of the one read buffer all connections share.
    pub read_buffer_bytes: usize,
}

impl Default for ReactorOptions {
    fn default() -> Self {
        Self { has_kernel_stamps: true, read_buffer_bytes: 64 * 1024 }
    }
}

/// All connections and timers of one thread.
#[derive(Debug)]
pub struct Reactor {}

impl Reactor {
    /// Opens the poll set.
    pub fn new(options: ReactorOptions) -> io::Result<Self> {
        let _ = options;
        todo!()
    }

    /// The engine's clock.
    #[allow(clippy::disallowed_methods)]
    pub fn now() -> Instant {
        Instant::now()
    }

    /// Acts at once; may add events.
    pub fn apply(&mut self, command: Command) {
        let _ = command;
        todo!()
    }

    /// Reads all ready sockets and fires what is due; waits at most `timeout` (`None`: for ever) for the first.
    pub fn poll(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let _ = timeout;
        todo!()
    }

    /// What happened; the caller drains it, after each `apply` and each `poll`.
    pub fn events(&mut self) -> &mut Vec<Event> {
        todo!()
    }

    /// When `poll` must be called next even if nothing is readable. On Linux the poll set itself becomes readable then.
    pub fn next_deadline(&self) -> Option<Instant> {
        todo!()
    }
}

/// Becomes readable when `poll` has something to do.
#[cfg(unix)]
impl AsRawFd for Reactor {
    fn as_raw_fd(&self) -> RawFd {
        todo!()
    }
}
