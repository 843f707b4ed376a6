//! The only reader of the clock, and the way from the kernel's time stamps to it.

use std::time::{Duration, Instant, SystemTime};

/// The time now.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// One moment on both clocks.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The steady one.
    pub(crate) now: Instant,
    /// Since 1970: the kernel stamps with this one.
    since_1970: Duration,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the kernel stamps with this one")]
    pub(crate) fn read() -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { now: now(), since_1970 }
    }

    /// When the stamp was made, no later than now; without one, now.
    pub(crate) fn arrival(&self, stamp: Option<Duration>) -> Instant {
        let Some(stamp) = stamp else { return now() };
        if let Some(age) = self.since_1970.checked_sub(stamp) {
            return self.now.checked_sub(age).unwrap_or(self.now);
        }
        // Arrived while the batch was being read.
        self.now.checked_add(stamp.saturating_sub(self.since_1970)).map_or(self.now, |at| at.min(now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_as_old_on_the_steady_clock_as_on_the_other() {
        let clock = Clock::read();
        let age = Duration::from_millis(50);

        assert_eq!(
            Some(clock.arrival(Some(clock.since_1970.saturating_sub(age)))),
            clock.now.checked_sub(age)
        );
    }

    #[test]
    fn a_stamp_of_the_future_counts_as_now() {
        let clock = Clock::read();

        let arrival = clock.arrival(Some(clock.since_1970 + Duration::from_secs(3_600)));

        assert!(arrival <= now());
    }
}
