//! Counts requests under their (method, name) and all together, and failures under their text. However many names, errors and
//! seconds a run comes up with, memory stays bounded.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::entry::{Entry, Sample};
use crate::{Shared, lock};

/// Name of the row that takes what comes after the last name that is told apart.
pub const MORE_NAMES: &str = "(more names)";
/// Name and text of the row that takes what comes after the last error that is told apart.
pub const MORE_ERRORS: &str = "(more errors)";

/// Longest text of an error that is kept: some put the whole response into it.
const MAX_TEXT_BYTES: usize = 8_192;
/// Seconds that all entries together remember.
const SERIES_BUDGET_SECONDS: usize = 2_000_000;
const SERIES_MIN_SECONDS: usize = 120;
const SERIES_MAX_SECONDS: usize = 3_600;
pub(crate) const SERIES_TOTAL_SECONDS: usize = 86_400;

/// How many rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Distinct (method, name).
    pub names: usize,
    /// Distinct (method, name, text).
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { names: 10_000, errors: 10_000 }
    }
}

/// The entry of one name.
#[derive(Clone, Debug)]
pub struct Row {
    /// HTTP method, or another kind of request.
    pub method: Box<str>,
    /// What the statistics call it.
    pub name: Box<str>,
    /// Its numbers.
    pub entry: Shared<Entry>,
    hash: u64,
}

/// How often one error came, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorCounts {
    /// How often.
    pub occurrences: u64,
    /// First time, in seconds since the epoch.
    pub first_seconds: Option<f64>,
    /// Last time, in seconds since the epoch.
    pub last_seconds: Option<f64>,
}

impl ErrorCounts {
    /// Counts one more.
    pub fn occurred(&mut self, at_seconds: f64) {
        self.occurrences += 1;
        self.first_seconds = self.first_seconds.or(Some(at_seconds));
        self.last_seconds = Some(at_seconds);
    }
}

/// One error of one name.
#[derive(Clone, Debug)]
pub struct ErrorRow {
    /// Method of the request.
    pub method: Box<str>,
    /// Name of the request.
    pub name: Box<str>,
    /// What went wrong.
    pub text: Box<str>,
    /// Its numbers.
    pub counts: Shared<ErrorCounts>,
    hash: u64,
}

/// Counters of one run.
pub struct Recorder {
    limits: Limits,
    hasher: RandomState,
    total: Shared<Entry>,
    rows: Vec<Row>,
    by_name: HashTable<usize>,
    more_names: Option<usize>,
    errors: Vec<ErrorRow>,
    by_error: HashTable<usize>,
    more_errors: Option<usize>,
    generation: u64,
}

impl Recorder {
    /// Without counts, from `start_seconds` on.
    #[must_use]
    pub fn new(start_seconds: f64) -> Self {
        Self {
            limits: Limits::default(),
            hasher: RandomState::default(),
            total: shared_total(start_seconds),
            rows: Vec::new(),
            by_name: HashTable::new(),
            more_names: None,
            errors: Vec::new(),
            by_error: HashTable::new(),
            more_errors: None,
            generation: 0,
        }
    }

    /// How many rows are told apart.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets how many rows are told apart. Rows beyond that stay.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// All requests together.
    pub fn total(&self) -> Shared<Entry> {
        Arc::clone(&self.total)
    }

    /// Counts into another total from now on.
    pub fn set_total(&mut self, total: Shared<Entry>) {
        lock(&total).series_capacity = SERIES_TOTAL_SECONDS;
        self.total = total;
    }

    /// Rows in the order of their first request.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Errors in the order of their first occurrence.
    pub fn errors(&self) -> &[ErrorRow] {
        &self.errors
    }

    /// Goes up when rows were taken away or replaced; rows added come last and leave it alone.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether there were more names than are told apart.
    pub fn has_more_names(&self) -> bool {
        self.more_names.is_some()
    }

    /// Whether there were more errors than are told apart.
    pub fn has_more_errors(&self) -> bool {
        self.more_errors.is_some()
    }

    /// Counts a request.
    pub fn record(&mut self, method: &str, name: &str, sample: &Sample) {
        lock(&self.total).record(sample);
        let place = self.place_of(method, name, sample.at_seconds);
        lock(&self.rows[place].entry).record(sample);
    }

    /// Counts a failure; its request is counted by [`Recorder::record`].
    pub fn record_failure(&mut self, method: &str, name: &str, text: &str, at_seconds: f64) {
        lock(&self.total).record_failure(at_seconds);
        let place = self.place_of(method, name, at_seconds);
        lock(&self.rows[place].entry).record_failure(at_seconds);
        lock(&self.error(method, name, text)).occurred(at_seconds);
    }

    /// Entry of a name, made when there is none; that of [`MORE_NAMES`] when there are too many.
    pub fn entry(&mut self, method: &str, name: &str, now_seconds: f64) -> &Row {
        let place = self.place_of(method, name, now_seconds);
        &self.rows[place]
    }

    /// Counts a name into another entry from now on.
    pub fn set_entry(&mut self, method: &str, name: &str, entry: Shared<Entry>) {
        let hash = self.hash_of(method, name);
        if let Some(place) = self.find(hash, method, name) {
            self.rows[place].entry = entry;
            self.generation += 1;
        } else {
            self.add_row(hash, method, name, entry);
        }
    }

    /// Takes a name away.
    pub fn remove(&mut self, method: &str, name: &str) {
        let Some(place) = self.find(self.hash_of(method, name), method, name) else { return };
        self.rows.remove(place);
        self.more_names = self.rows.iter().position(|row| &*row.name == MORE_NAMES && row.method.is_empty());
        self.by_name.clear();
        for (place, row) in self.rows.iter().enumerate() {
            self.by_name.insert_unique(row.hash, place, |place| self.rows[*place].hash);
        }
        self.generation += 1;
    }

    /// Counts of an error, made when there are none; those of [`MORE_ERRORS`] when there are too many.
    pub fn error(&mut self, method: &str, name: &str, text: &str) -> Shared<ErrorCounts> {
        let text = shortened(text);
        let hash = self.hasher.hash_one((method, name, text));
        if let Some(place) = self.find_error(hash, method, name, text) {
            return Arc::clone(&self.errors[place].counts);
        }
        if self.errors.len() < self.limits.errors {
            return self.add_error(hash, method, name, text, Shared::default());
        }
        if self.more_errors.is_none() {
            self.more_errors = Some(self.errors.len());
            let hash = self.hasher.hash_one(("", MORE_ERRORS, MORE_ERRORS));
            self.add_error(hash, "", MORE_ERRORS, MORE_ERRORS, Shared::default());
        }
        let place = self.more_errors.unwrap_or_default();
        Arc::clone(&self.errors[place].counts)
    }

    /// Counts an error into others from now on.
    pub fn set_error(&mut self, method: &str, name: &str, text: &str, counts: Shared<ErrorCounts>) {
        let text = shortened(text);
        let hash = self.hasher.hash_one((method, name, text));
        if let Some(place) = self.find_error(hash, method, name, text) {
            self.errors[place].counts = counts;
            self.generation += 1;
        } else {
            self.add_error(hash, method, name, text, counts);
        }
    }

    /// Takes an error away.
    pub fn remove_error(&mut self, method: &str, name: &str, text: &str) {
        let text = shortened(text);
        let hash = self.hasher.hash_one((method, name, text));
        let Some(place) = self.find_error(hash, method, name, text) else { return };
        self.errors.remove(place);
        self.more_errors =
            self.errors.iter().position(|row| &*row.text == MORE_ERRORS && row.method.is_empty());
        self.by_error.clear();
        for (place, row) in self.errors.iter().enumerate() {
            self.by_error.insert_unique(row.hash, place, |place| self.errors[*place].hash);
        }
        self.generation += 1;
    }

    /// Takes all errors away.
    pub fn clear_errors(&mut self) {
        self.errors.clear();
        self.by_error.clear();
        self.more_errors = None;
        self.generation += 1;
    }

    /// Sets all numbers to zero; names stay, errors go.
    pub fn reset(&mut self, now_seconds: f64) {
        lock(&self.total).reset(now_seconds);
        for row in &self.rows {
            lock(&row.entry).reset(now_seconds);
        }
        self.clear_errors();
    }

    /// Takes all names and errors away and begins a new total. Whoever holds an old entry keeps its numbers.
    pub fn clear(&mut self, now_seconds: f64) {
        self.total = shared_total(now_seconds);
        self.clear_rows();
        self.clear_errors();
    }

    /// Takes all names away.
    pub fn clear_rows(&mut self) {
        self.rows.clear();
        self.by_name.clear();
        self.more_names = None;
        self.generation += 1;
    }

    fn hash_of(&self, method: &str, name: &str) -> u64 {
        self.hasher.hash_one((method, name))
    }

    fn find(&self, hash: u64, method: &str, name: &str) -> Option<usize> {
        let is_it = |place: &usize| &*self.rows[*place].name == name && &*self.rows[*place].method == method;
        self.by_name.find(hash, is_it).copied()
    }

    fn place_of(&mut self, method: &str, name: &str, now_seconds: f64) -> usize {
        let hash = self.hash_of(method, name);
        match self.find(hash, method, name) {
            Some(place) => place,
            None => self.new_place(hash, method, name, now_seconds),
        }
    }

    #[cold]
    fn new_place(&mut self, hash: u64, method: &str, name: &str, now_seconds: f64) -> usize {
        if self.rows.len() < self.limits.names {
            return self.add_row(hash, method, name, Arc::new(Mutex::new(Entry::new(now_seconds))));
        }
        if let Some(place) = self.more_names {
            return place;
        }
        let entry = Arc::new(Mutex::new(Entry::new(now_seconds)));
        let place = self.add_row(self.hash_of("", MORE_NAMES), "", MORE_NAMES, entry);
        *self.more_names.insert(place)
    }

    fn add_row(&mut self, hash: u64, method: &str, name: &str, entry: Shared<Entry>) -> usize {
        let place = self.rows.len();
        self.rows.push(Row { method: method.into(), name: name.into(), entry, hash });
        self.by_name.insert_unique(hash, place, |place| self.rows[*place].hash);
        self.share_out_seconds();
        place
    }

    /// The more names, the shorter each one's memory by second.
    fn share_out_seconds(&self) {
        let capacity =
            (SERIES_BUDGET_SECONDS / self.rows.len().max(1)).clamp(SERIES_MIN_SECONDS, SERIES_MAX_SECONDS);
        // All of them at each power of two, the new one always: no row pays for all others.
        let touched = if self.rows.len().is_power_of_two() {
            &self.rows[..]
        } else {
            &self.rows[self.rows.len() - 1..]
        };
        for row in touched {
            lock(&row.entry).series_capacity = capacity;
        }
    }

    fn find_error(&self, hash: u64, method: &str, name: &str, text: &str) -> Option<usize> {
        let is_it = |place: &usize| {
            let row = &self.errors[*place];
            &*row.text == text && &*row.name == name && &*row.method == method
        };
        self.by_error.find(hash, is_it).copied()
    }

    fn add_error(
        &mut self,
        hash: u64,
        method: &str,
        name: &str,
        text: &str,
        counts: Shared<ErrorCounts>,
    ) -> Shared<ErrorCounts> {
        let row = ErrorRow {
            method: method.into(),
            name: name.into(),
            text: text.into(),
            counts: Arc::clone(&counts),
            hash,
        };
        self.errors.push(row);
        self.by_error.insert_unique(hash, self.errors.len() - 1, |place| self.errors[*place].hash);
        counts
    }
}

/// The longest beginning of a text that is kept.
fn shortened(text: &str) -> &str {
    let end = (0..=MAX_TEXT_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn shared_total(start_seconds: f64) -> Shared<Entry> {
    let mut total = Entry::new(start_seconds);
    total.series_capacity = SERIES_TOTAL_SECONDS;
    total.remember_recent(0);
    Arc::new(Mutex::new(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(elapsed_ms: f64) -> Sample {
        Sample { elapsed_ms: Some(elapsed_ms), content_length: 10, at_seconds: 100.5 }
    }

    fn names(recorder: &Recorder) -> Vec<(&str, &str, u64)> {
        recorder.rows().iter().map(|row| (&*row.method, &*row.name, lock(&row.entry).requests)).collect()
    }

    #[test]
    fn a_request_counts_under_its_name_and_in_the_total() {
        let mut recorder = Recorder::new(100.0);

        recorder.record("GET", "/a", &sample(5.0));
        recorder.record("POST", "/a", &sample(6.0));
        recorder.record("GET", "/a", &sample(7.0));

        assert_eq!(names(&recorder), [("GET", "/a", 2), ("POST", "/a", 1)]);
        let total = recorder.total();
        let total = lock(&total);
        assert_eq!((total.requests, total.total_ms), (3, 18.0));
    }

    #[test]
    fn names_beyond_the_limit_share_a_row() {
        let mut recorder = Recorder::new(0.0);
        recorder.set_limits(Limits { names: 2, errors: 1 });

        for name in ["/1", "/2", "/3", "/4", "/1"] {
            recorder.record("GET", name, &sample(1.0));
            recorder.record_failure("GET", name, name, 2.0);
        }

        assert_eq!(names(&recorder), [("GET", "/1", 2), ("GET", "/2", 1), ("", MORE_NAMES, 2)]);
        let errors: Vec<_> =
            recorder.errors().iter().map(|row| (&*row.text, lock(&row.counts).occurrences)).collect();
        assert_eq!(errors, [("/1", 2), (MORE_ERRORS, 3)]);
        assert!(recorder.has_more_names() && recorder.has_more_errors());
    }

    #[test]
    fn distinct_names_without_end_take_bounded_memory() {
        let mut recorder = Recorder::new(0.0);
        recorder.set_limits(Limits { names: 100, errors: 100 });

        for number in 0..100_000 {
            recorder.record("GET", &number.to_string(), &sample(1.0));
        }

        assert_eq!(recorder.rows().len(), 101);
    }

    #[test]
    fn an_error_is_counted_by_its_text() {
        let mut recorder = Recorder::new(0.0);

        for at_seconds in [1.0, 2.0, 3.0] {
            recorder.record_failure("GET", "/a", "no", at_seconds);
        }

        let expected = ErrorCounts { occurrences: 3, first_seconds: Some(1.0), last_seconds: Some(3.0) };
        assert_eq!(*lock(&recorder.errors()[0].counts), expected);
        assert_eq!(lock(&recorder.rows()[0].entry).failures, 3);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut recorder = Recorder::new(0.0);

        recorder.record_failure("GET", "/a", &"ü€".repeat(10_000), 1.0);

        assert!(recorder.errors()[0].text.len() <= MAX_TEXT_BYTES);
    }

    #[test]
    fn clearing_leaves_old_entries_to_their_holders() {
        let mut recorder = Recorder::new(0.0);
        recorder.record("GET", "/a", &sample(1.0));
        let held = Arc::clone(&recorder.rows()[0].entry);

        recorder.clear(9.0);
        recorder.record("GET", "/a", &sample(1.0));
        recorder.record("GET", "/a", &sample(1.0));

        assert_eq!((lock(&held).requests, names(&recorder)), (1, vec![("GET", "/a", 2)]));
    }

    #[test]
    fn a_removed_name_leaves_the_others_findable() {
        let mut recorder = Recorder::new(0.0);
        for name in ["/1", "/2", "/3"] {
            recorder.record("GET", name, &sample(1.0));
        }

        recorder.remove("GET", "/1");
        recorder.record("GET", "/3", &sample(1.0));

        assert_eq!(names(&recorder), [("GET", "/2", 1), ("GET", "/3", 2)]);
    }

    #[test]
    fn many_names_remember_fewer_seconds_each() {
        let mut recorder = Recorder::new(0.0);

        for number in 0..4_096 {
            recorder.record("GET", &number.to_string(), &sample(1.0));
        }

        assert_eq!(lock(&recorder.rows()[0].entry).series_capacity, 488);
        assert_eq!(lock(&recorder.total()).series_capacity, SERIES_TOTAL_SECONDS);
    }
}
