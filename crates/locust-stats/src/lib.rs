//! The numbers of a load test: how many, how long, how often it failed. Counters, histograms, merging and quantiles, with bounded
//! memory whatever the run does.
//!
//! No I/O, no clock, no Python: time comes in as an argument. `docs/dev/statistics.md` says what each number means.
//!
//! ```
//! use locust_stats::{Recorder, Sample};
//!
//! let mut recorder = Recorder::new(0.0);
//! recorder.record("GET", "/a", &Sample { elapsed_ms: Some(12.6), content_length: 100, at_seconds: 1.0 });
//! recorder.record_failure("GET", "/a", "404 Not Found", 1.0);
//!
//! let total = recorder.total();
//! assert_eq!(locust_stats::lock(&total).quantile_ms(0.5), Some(12.6));
//! ```

mod entry;
mod few;
mod histogram;
mod numbers;
mod recent;
mod recorder;
mod series;
mod snapshot;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use entry::{Entry, Sample};
pub use histogram::{Bucket, EXACT_BELOW_US, Histogram, MAX_US};
pub use numbers::Numbers;
pub use recent::Recent;
pub use recorder::{ErrorCounts, ErrorRow, Limits, MORE_ERRORS, MORE_NAMES, Recorder, Row};
pub use series::{Second, Series};
pub use snapshot::{ErrorKey, RowKey, Snapshot};
pub use wire::WireError;

/// Numbers with more than one holder: the recorder that counts and whoever reads.
pub type Shared<T> = Arc<Mutex<T>>;

/// Holds what is shared. A holder that panicked leaves numbers behind, not an inconsistency worth dying for.
pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
