//! A timer in the poll set, so that whoever watches the set learns of deadlines too.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Instant;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::reactor::clock;

/// Rings once, at the earliest time it was set to.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: OwnedFd,
    due: Option<Instant>,
}

impl Alarm {
    pub(crate) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        registry.register(&mut SourceFd(&timer.as_raw_fd()), token, Interest::READABLE)?;
        Ok(Self { timer, due: None })
    }

    /// Moves the alarm forward if need be, never back: it may ring for nothing.
    pub(crate) fn set(&mut self, due: Instant) {
        if self.due.is_some_and(|set| set <= due) {
            return;
        }
        let wait = due.saturating_duration_since(clock::now());
        // Zero would switch the timer off.
        let seconds = wait.as_secs().min(u64::from(u32::MAX)) as i64;
        let it_value = Timespec { tv_sec: seconds, tv_nsec: i64::from(wait.subsec_nanos().max(1)) };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        if timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })
            .is_ok()
        {
            self.due = Some(due);
        }
    }

    /// The poll set has told: the next `set` counts.
    pub(crate) fn has_rung(&mut self) {
        self.due = None;
    }
}
