//! The statistics as Python sees them. `locust.stats` gives them upstream's names and shapes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use locust_stats::{
    Entry as Counts, ErrorCounts, Histogram, Limits, Recorder as Counter, Sample, Shared,
    Snapshot as Numbers, lock,
};
use pyo3::exceptions::{PyBaseException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString, PyTuple};

/// Numbers of one (method, name). Two of these may share them: see `attach`.
#[pyclass(frozen, subclass, weakref, module = "locust._native")]
pub(crate) struct Entry {
    counts: Mutex<Shared<Counts>>,
}

impl Entry {
    fn sharing(counts: Shared<Counts>) -> Self {
        Self { counts: Mutex::new(counts) }
    }

    fn shared(&self) -> Shared<Counts> {
        Arc::clone(&lock(&self.counts))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Counts) -> T) -> T {
        look(&mut lock(&self.shared()))
    }
}

#[pymethods]
impl Entry {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::sharing(Arc::new(Mutex::new(Counts::new(0.0))))
    }

    /// From now on this one's numbers are those of `other`, for both.
    fn attach(&self, other: &Bound<'_, Self>) {
        let theirs = other.get().shared();
        *lock(&self.counts) = theirs;
    }

    /// Whether both have the same numbers, and will.
    fn is_attached_to(&self, other: &Bound<'_, Self>) -> bool {
        Arc::ptr_eq(&self.shared(), &other.get().shared())
    }

    /// An entry of its own with these numbers.
    fn copy(&self) -> Self {
        Self::sharing(Arc::new(Mutex::new(self.with(|counts| counts.clone()))))
    }

    #[getter]
    fn num_requests(&self) -> u64 {
        self.with(|counts| counts.requests)
    }

    #[setter]
    fn set_num_requests(&self, number: u64) {
        self.with(|counts| counts.requests = number);
    }

    #[getter]
    fn num_none_requests(&self) -> u64 {
        self.with(|counts| counts.none_requests)
    }

    #[setter]
    fn set_num_none_requests(&self, number: u64) {
        self.with(|counts| counts.none_requests = number);
    }

    #[getter]
    fn num_failures(&self) -> u64 {
        self.with(|counts| counts.failures)
    }

    #[setter]
    fn set_num_failures(&self, number: u64) {
        self.with(|counts| counts.failures = number);
    }

    #[getter]
    fn total_response_time<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        plain(py, self.with(|counts| counts.total_ms))
    }

    #[setter]
    fn set_total_response_time(&self, total_ms: f64) {
        self.with(|counts| counts.total_ms = total_ms);
    }

    #[getter]
    fn min_response_time<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.with(|counts| counts.min_ms).map(|ms| plain(py, ms))
    }

    #[setter]
    fn set_min_response_time(&self, min_ms: Option<f64>) {
        self.with(|counts| counts.min_ms = min_ms);
    }

    #[getter]
    fn max_response_time<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        plain(py, self.with(|counts| counts.max_ms))
    }

    #[setter]
    fn set_max_response_time(&self, max_ms: f64) {
        self.with(|counts| counts.max_ms = max_ms);
    }

    #[getter]
    fn total_content_length(&self) -> u64 {
        self.with(|counts| counts.content_length)
    }

    #[setter]
    fn set_total_content_length(&self, length: &Bound<'_, PyAny>) -> PyResult<()> {
        let length = whole(length)?;
        self.with(|counts| counts.content_length = length);
        Ok(())
    }

    #[getter]
    fn start_time(&self) -> f64 {
        self.with(|counts| counts.start_seconds)
    }

    #[setter]
    fn set_start_time(&self, seconds: Option<f64>) {
        self.with(|counts| counts.start_seconds = seconds.unwrap_or_default());
    }

    #[getter]
    fn last_request_timestamp(&self) -> Option<f64> {
        self.with(|counts| counts.last_seconds)
    }

    #[setter]
    fn set_last_request_timestamp(&self, seconds: Option<f64>) {
        self.with(|counts| counts.last_seconds = seconds);
    }

    /// Counts a request that ended at `now`, epoch seconds.
    fn count(&self, elapsed_ms: Option<f64>, content_length: &Bound<'_, PyAny>, now: f64) -> PyResult<()> {
        let sample = Sample { elapsed_ms, content_length: whole(content_length)?, at_seconds: now };
        self.with(|counts| counts.record(&sample));
        Ok(())
    }

    /// Counts a failure at `now`, epoch seconds.
    fn count_failure(&self, now: f64) {
        self.with(|counts| counts.record_failure(now));
    }

    /// Adds the numbers of another entry.
    fn merge(&self, other: &Bound<'_, Self>) {
        Counts::extend_shared(&self.shared(), &other.get().shared());
    }

    /// Forgets all numbers; they begin again at `now`, epoch seconds.
    fn clear(&self, now: f64) {
        self.with(|counts| counts.reset(now));
    }

    /// The response time in ms at place `int(n * q)` of all `n` in order, within 0.4 %; `None` without any.
    fn quantile<'py>(&self, py: Python<'py>, q: f64) -> Option<Bound<'py, PyAny>> {
        self.with(|counts| counts.quantile_ms(q)).map(|ms| plain(py, ms))
    }

    /// `quantile` of the `window` seconds up to and including second `now`.
    fn recent_quantile<'py>(
        &self,
        py: Python<'py>,
        q: f64,
        now: i64,
        window: i64,
    ) -> Option<Bound<'py, PyAny>> {
        self.with(|counts| counts.recent_quantile_ms(q, now, window)).map(|ms| plain(py, ms))
    }

    /// Remembers response times by second from now on: of `window` seconds at least (10 anyway), of 600 at most.
    #[pyo3(signature = (window = 0))]
    fn remember_recent(&self, window: usize) {
        self.with(|counts| counts.remember_recent(window));
    }

    /// Response times by second as remembered, those later than second `after`, oldest first: (second, [(ms, count)]).
    #[pyo3(signature = (after = 0))]
    fn recent_seconds(&self, after: i64) -> Vec<(i64, Vec<(f64, u64)>)> {
        self.with(|counts| {
            let seconds = counts.recent().into_iter().flat_map(locust_stats::Recent::iter);
            let seconds = seconds.filter(|(second, _)| *second > after);
            seconds.map(|(second, histogram)| (second, buckets(histogram))).collect()
        })
    }

    /// Response times, shortest first: (ms, count).
    fn response_counts(&self) -> Vec<(f64, u64)> {
        self.with(|counts| counts.response_counts())
    }

    /// Puts other response times (ms: count) in place of these.
    fn set_response_counts(&self, counts: HashMap<FloatKey, u64>) {
        let counts = counts.into_iter().map(|(FloatKey(ms), count)| (f64::from_bits(ms), count));
        self.with(|entry| entry.set_response_counts(counts));
    }

    /// Requests by epoch second, the latest only.
    fn requests_by_second(&self) -> Vec<(i64, u32)> {
        self.with(|counts| {
            counts.series.iter().map(|second| (second.at, second.requests)).filter(|(_, n)| *n > 0).collect()
        })
    }

    fn set_requests_by_second(&self, requests: HashMap<i64, u32>) {
        self.with(|counts| counts.series.replace_requests(requests, counts.series_capacity));
    }

    /// Failures by epoch second, the latest only.
    fn failures_by_second(&self) -> Vec<(i64, u32)> {
        self.with(|counts| {
            counts.series.iter().map(|second| (second.at, second.failures)).filter(|(_, n)| *n > 0).collect()
        })
    }

    fn set_failures_by_second(&self, failures: HashMap<i64, u32>) {
        self.with(|counts| counts.series.replace_failures(failures, counts.series_capacity));
    }

    /// Requests and failures from one epoch second up to, but without, another.
    fn sum_between(&self, start: i64, end: i64) -> (u64, u64) {
        self.with(|counts| counts.series.sum(start, end))
    }

    /// All response times as bytes, without loss.
    fn encode_histogram<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.with(|counts| counts.histogram.encode()))
    }

    /// Puts the response times of `encode_histogram` in place of these. Raises `ValueError` when they are something else.
    fn decode_histogram(&self, encoded: &[u8]) -> PyResult<()> {
        let histogram = Histogram::decode(encoded)
            .map_err(|error| PyValueError::new_err(format!("histogram {error}")))?;
        self.with(|counts| counts.set_histogram(histogram));
        Ok(())
    }
}

/// How often one error came. Two of these may share their numbers: see `attach`.
#[pyclass(frozen, subclass, module = "locust._native")]
pub(crate) struct ErrorEntry {
    counts: Mutex<Shared<ErrorCounts>>,
}

impl ErrorEntry {
    fn sharing(counts: Shared<ErrorCounts>) -> Self {
        Self { counts: Mutex::new(counts) }
    }

    fn shared(&self) -> Shared<ErrorCounts> {
        Arc::clone(&lock(&self.counts))
    }
}

#[pymethods]
impl ErrorEntry {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::sharing(Arc::default())
    }

    /// From now on this one's numbers are those of `other`, for both.
    fn attach(&self, other: &Bound<'_, Self>) {
        let theirs = other.get().shared();
        *lock(&self.counts) = theirs;
    }

    /// Whether both have the same numbers, and will.
    fn is_attached_to(&self, other: &Bound<'_, Self>) -> bool {
        Arc::ptr_eq(&self.shared(), &other.get().shared())
    }

    #[getter]
    fn occurrences(&self) -> u64 {
        lock(&self.shared()).occurrences
    }

    #[setter]
    fn set_occurrences(&self, number: u64) {
        lock(&self.shared()).occurrences = number;
    }

    #[getter]
    fn first_seen(&self) -> Option<f64> {
        lock(&self.shared()).first_seconds
    }

    #[setter]
    fn set_first_seen(&self, seconds: Option<f64>) {
        lock(&self.shared()).first_seconds = seconds;
    }

    #[getter]
    fn last_seen(&self) -> Option<f64> {
        lock(&self.shared()).last_seconds
    }

    #[setter]
    fn set_last_seen(&self, seconds: Option<f64>) {
        lock(&self.shared()).last_seconds = seconds;
    }

    /// Counts one more at `now`, epoch seconds.
    fn count(&self, now: f64) {
        lock(&self.shared()).occurred(now);
    }
}

/// Counters of one run. Callable: a listener of `events.request` that the engine knows, and asks Python nothing about.
#[pyclass(frozen, weakref, module = "locust._native")]
pub(crate) struct Recorder {
    counter: Mutex<Counter>,
    /// What the last report had told.
    told: Mutex<Numbers>,
}

impl Recorder {
    /// Counts a success that ended at an epoch second.
    pub(crate) fn record(
        &self,
        method: &str,
        name: &str,
        elapsed_us: Option<u64>,
        content_length_bytes: u64,
        at_epoch_seconds: f64,
    ) {
        let elapsed_ms = elapsed_us.map(|us| us as f64 / 1_000.0);
        let sample =
            Sample { elapsed_ms, content_length: content_length_bytes, at_seconds: at_epoch_seconds };
        self.lock().record(method, name, &sample);
    }

    fn lock(&self) -> MutexGuard<'_, Counter> {
        lock(&self.counter)
    }
}

type NamedEntry = (String, String, Entry);
type NamedError = (String, String, String, ErrorEntry);

#[pymethods]
impl Recorder {
    /// Args:
    ///     now: when counting begins, epoch seconds.
    #[new]
    fn new(now: f64) -> Self {
        Self { counter: Mutex::new(Counter::new(now)), told: Mutex::default() }
    }

    /// Counts a request as `events.request` tells of it.
    ///
    /// Args:
    ///     response_time: ms; `None` counts it without a time.
    ///     exception: what went wrong, if something did.
    #[pyo3(signature = (*, request_type, name, response_time, response_length, exception = None, **_context))]
    fn __call__(
        &self,
        request_type: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        response_time: Option<f64>,
        response_length: &Bound<'_, PyAny>,
        exception: Option<&Bound<'_, PyAny>>,
        _context: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let (method, name) = (text_of(request_type)?, text_of(name)?);
        let (method, name) = (method.to_string_lossy(), name.to_string_lossy());
        let text = match exception {
            // As upstream, an empty text is no failure; an exception is one, whatever it says of its truth.
            Some(exception) if exception.is_instance_of::<PyBaseException>() || exception.is_truthy()? => {
                Some(error_text(exception)?)
            }
            _ => None,
        };
        let at_seconds = epoch_seconds();
        let sample =
            Sample { elapsed_ms: response_time, content_length: whole(response_length)?, at_seconds };
        let mut counter = self.lock();
        counter.record(&method, &name, &sample);
        if let Some(text) = text {
            counter.record_failure(&method, &name, &text, at_seconds);
        }
        Ok(())
    }

    /// Counts a request that ended at `now`, epoch seconds.
    fn count(
        &self,
        method: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        elapsed_ms: Option<f64>,
        content_length: &Bound<'_, PyAny>,
        now: f64,
    ) -> PyResult<()> {
        let (method, name) = (text_of(method)?, text_of(name)?);
        let sample = Sample { elapsed_ms, content_length: whole(content_length)?, at_seconds: now };
        self.lock().record(&method.to_string_lossy(), &name.to_string_lossy(), &sample);
        Ok(())
    }

    /// Counts a failure at `now`, epoch seconds. Its request is counted apart.
    fn count_failure(
        &self,
        method: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        now: f64,
    ) -> PyResult<()> {
        let (method, name, text) = (text_of(method)?, text_of(name)?, error_text(error)?);
        self.lock().record_failure(&method.to_string_lossy(), &name.to_string_lossy(), &text, now);
        Ok(())
    }

    /// All numbers as they are now.
    fn snapshot(&self) -> Snapshot {
        Snapshot(self.lock().snapshot())
    }

    /// Adds the numbers of another process.
    fn merge(&self, snapshot: &Bound<'_, Snapshot>) {
        self.lock().merge_snapshot(&snapshot.get().0);
    }

    /// What was counted since the last report, as bytes of a `Snapshot`.
    fn take_report<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut told = lock(&self.told);
        let now = self.lock().snapshot_after(&told);
        let report = now.since(&told).encode();
        *told = now;
        PyBytes::new(py, &report)
    }

    /// Adds what `take_report` gave in another process. Raises `ValueError` when it is something else.
    #[pyo3(signature = (encoded, *, limit_bytes = DECODED_LIMIT_BYTES))]
    fn merge_report(&self, encoded: &[u8], limit_bytes: usize) -> PyResult<()> {
        let Snapshot(report) = Snapshot::decode(encoded, limit_bytes)?;
        self.lock().merge_snapshot(&report);
        Ok(())
    }

    /// All requests together.
    #[getter]
    fn total(&self) -> Entry {
        Entry::sharing(self.lock().total())
    }

    /// Counts into another total from now on.
    fn set_total(&self, total: &Bound<'_, Entry>) {
        self.lock().set_total(total.get().shared());
    }

    /// Goes up when names or errors were taken away or replaced: then what was read before is no longer true.
    #[getter]
    fn generation(&self) -> u64 {
        self.lock().generation()
    }

    #[getter]
    fn entry_count(&self) -> usize {
        self.lock().rows().len()
    }

    #[getter]
    fn error_count(&self) -> usize {
        self.lock().errors().len()
    }

    /// (method, name, entry) in the order of first requests, without the first `start`.
    #[pyo3(signature = (start = 0))]
    fn entries(&self, start: usize) -> Vec<NamedEntry> {
        self.lock().rows().iter().skip(start).map(named).collect()
    }

    /// (method, name, entry) of a name, made when there is none; of "(more names)" when there are too many.
    fn entry(&self, method: &str, name: &str, now: f64) -> NamedEntry {
        named(self.lock().entry(method, name, now))
    }

    /// Counts a name into another entry from now on.
    fn set_entry(&self, method: &str, name: &str, entry: &Bound<'_, Entry>) {
        self.lock().set_entry(method, name, entry.get().shared());
    }

    /// Takes a name away.
    fn remove_entry(&self, method: &str, name: &str) {
        self.lock().remove(method, name);
    }

    /// Takes all names away.
    fn clear_entries(&self) {
        self.lock().clear_rows();
    }

    /// (method, name, text, error) in the order of first occurrences, without the first `start`.
    #[pyo3(signature = (start = 0))]
    fn errors(&self, start: usize) -> Vec<NamedError> {
        let counter = self.lock();
        let errors = counter.errors().iter().skip(start);
        errors
            .map(|row| {
                let entry = ErrorEntry::sharing(Arc::clone(&row.counts));
                (row.method.to_string(), row.name.to_string(), row.text.to_string(), entry)
            })
            .collect()
    }

    /// The entry of an error, made when there is none; of "(more errors)" when there are too many.
    fn error(&self, method: &str, name: &str, text: &str) -> ErrorEntry {
        ErrorEntry::sharing(self.lock().error(method, name, text))
    }

    /// Counts an error into another entry from now on.
    fn set_error(&self, method: &str, name: &str, text: &str, error: &Bound<'_, ErrorEntry>) {
        self.lock().set_error(method, name, text, error.get().shared());
    }

    /// Takes an error away.
    fn remove_error(&self, method: &str, name: &str, text: &str) {
        self.lock().remove_error(method, name, text);
    }

    /// Takes all errors away.
    fn clear_errors(&self) {
        self.lock().clear_errors();
    }

    /// Sets all numbers to zero; names stay, errors go.
    fn reset(&self, now: f64) {
        self.lock().reset(now);
    }

    /// Takes all names and errors away and begins a new total.
    fn clear(&self, now: f64) {
        self.lock().clear(now);
    }

    /// Distinct (method, name) that are told apart; what comes later is counted as "(more names)".
    #[getter]
    fn max_entries(&self) -> usize {
        self.lock().limits().names
    }

    #[setter]
    fn set_max_entries(&self, names: usize) {
        let mut counter = self.lock();
        let limits = counter.limits();
        counter.set_limits(Limits { names, ..limits });
    }

    /// Distinct errors that are told apart; what comes later is counted as "(more errors)".
    #[getter]
    fn max_errors(&self) -> usize {
        self.lock().limits().errors
    }

    #[setter]
    fn set_max_errors(&self, errors: usize) {
        let mut counter = self.lock();
        let limits = counter.limits();
        counter.set_limits(Limits { errors, ..limits });
    }

    #[getter]
    fn has_more_entries(&self) -> bool {
        self.lock().has_more_names()
    }

    #[getter]
    fn has_more_errors(&self) -> bool {
        self.lock().has_more_errors()
    }
}

/// Memory that a snapshot of another process may take: that of 10,000 names with the widest spread.
const DECODED_LIMIT_BYTES: usize = 512 * 1024 * 1024;

/// All numbers of a run at one moment, which change no more.
#[pyclass(frozen, eq, module = "locust._native")]
#[derive(PartialEq)]
pub(crate) struct Snapshot(Numbers);

#[pymethods]
impl Snapshot {
    /// What `encode` wrote. Raises `ValueError` when it is something else, or would take more memory than `limit_bytes`.
    #[staticmethod]
    #[pyo3(signature = (encoded, *, limit_bytes = DECODED_LIMIT_BYTES))]
    fn decode(encoded: &[u8], limit_bytes: usize) -> PyResult<Self> {
        let numbers = Numbers::decode(encoded, limit_bytes);
        numbers.map(Self).map_err(|error| PyValueError::new_err(format!("snapshot {error}")))
    }

    /// Its bytes: one form for each snapshot.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.encode())
    }

    /// Both together.
    fn merged(&self, other: &Bound<'_, Self>) -> Self {
        let mut both = self.0.clone();
        both.merge(&other.get().0);
        Self(both)
    }

    /// What was counted since `earlier`, a snapshot of the same recorder.
    fn since(&self, earlier: &Bound<'_, Self>) -> Self {
        Self(self.0.since(&earlier.get().0))
    }

    /// All requests together: a copy.
    #[getter]
    fn total(&self) -> Entry {
        own(self.0.total())
    }

    /// (method, name, entry) in the order of names: copies.
    fn entries(&self) -> Vec<NamedEntry> {
        let rows = self.0.rows().iter();
        rows.map(|(key, numbers)| (key.method.to_string(), key.name.to_string(), own(numbers))).collect()
    }

    /// (method, name, text, error) in the order of names: copies.
    fn errors(&self) -> Vec<NamedError> {
        let errors = self.0.errors().iter().map(|(key, counts)| {
            let entry = ErrorEntry::sharing(Arc::new(Mutex::new(*counts)));
            (key.row.method.to_string(), key.row.name.to_string(), key.text.to_string(), entry)
        });
        errors.collect()
    }
}

fn own(numbers: &locust_stats::Numbers) -> Entry {
    Entry::sharing(Arc::new(Mutex::new(numbers.to_entry(0.0))))
}

/// What the statistics call an error: its text, or its `repr`, without the address of an object in memory.
#[pyfunction]
fn describe_error(error: &Bound<'_, PyAny>) -> PyResult<String> {
    error_text(error)
}

fn named(row: &locust_stats::Row) -> NamedEntry {
    (row.method.to_string(), row.name.to_string(), Entry::sharing(Arc::clone(&row.entry)))
}

fn buckets(histogram: &Histogram) -> Vec<(f64, u64)> {
    histogram.iter().map(|(bucket, count)| (bucket.representative_us() as f64 / 1_000.0, count)).collect()
}

/// A dictionary's number of whichever kind, by its bits.
#[derive(PartialEq, Eq, Hash)]
struct FloatKey(u64);

impl<'py> FromPyObject<'_, 'py> for FloatKey {
    type Error = PyErr;

    fn extract(key: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(key.extract::<f64>()?.to_bits()))
    }
}

/// An `int` when the number is whole, as upstream's mostly are.
fn plain(py: Python<'_>, number: f64) -> Bound<'_, PyAny> {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return PyInt::new(py, number as i64).into_any();
    }
    PyFloat::new(py, number).into_any()
}

/// Bytes as an event gives them: an `int`, sometimes a `float` or nothing.
fn whole(length: &Bound<'_, PyAny>) -> PyResult<u64> {
    if length.is_none() {
        return Ok(0);
    }
    match length.extract::<i64>() {
        Ok(length) => Ok(u64::try_from(length).unwrap_or(0)),
        Err(_) => Ok(length.extract::<f64>()? as u64),
    }
}

fn text_of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.clone()),
        Err(_) => value.str(),
    }
}

fn error_text(error: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = match error.cast::<PyString>() {
        Ok(text) => text.clone(),
        Err(_) => error.repr()?,
    };
    // A lone surrogate has no UTF-8.
    let text = text.to_string_lossy();
    Ok(without_address(&text).into_owned())
}

/// Upstream masks the first address only, and whatever stands between it and the next bracket.
fn without_address(text: &str) -> Cow<'_, str> {
    const ADDRESS: &str = "object at 0x";
    let Some((before, after)) = text.split_once(ADDRESS) else { return Cow::Borrowed(text) };
    let Some((_, after)) = after.split_once('>') else { return Cow::Borrowed(text) };
    Cow::Owned(format!("{before}{ADDRESS}....>{after}"))
}

#[allow(clippy::disallowed_methods, reason = "Python told when the others ended; this one ended now")]
fn epoch_seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Entry>()?;
    module.add_class::<ErrorEntry>()?;
    module.add_class::<Recorder>()?;
    module.add_class::<Snapshot>()?;
    module.add_function(wrap_pyfunction!(describe_error, module)?)
}
