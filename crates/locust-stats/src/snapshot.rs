//! All numbers of a run at one moment: what readers, workers' reports and stored runs take. Nothing in it changes any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lock;
use crate::numbers::Numbers;
use crate::recorder::{ErrorCounts, Recorder};
use crate::wire::{Reader, WireError, put, put_text};

const VERSION: u8 = 1;

/// Whose numbers: in this order they are sorted by name first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// What the statistics call it.
    pub name: Box<str>,
    /// HTTP method, or another kind of request.
    pub method: Box<str>,
}

/// Which error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ErrorKey {
    /// Of which requests.
    pub row: RowKey,
    /// What went wrong.
    pub text: Box<str>,
}

/// All numbers of a run at one moment.
///
/// ```
/// use locust_stats::{Recorder, Sample, Snapshot};
///
/// let mut recorder = Recorder::new(0.0);
/// let sample = Sample { elapsed_ms: Some(12.6), content_length: 100, at_seconds: 1.0 };
/// recorder.record("GET", "/a", &sample);
/// let earlier = recorder.snapshot();
/// recorder.record("GET", "/a", &sample);
/// let later = recorder.snapshot();
///
/// let since = later.since(&earlier);
/// assert_eq!(since.total().requests, 1);
/// assert_eq!(Snapshot::decode(&since.encode(), 1 << 20), Ok(since));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    total: Numbers,
    /// Shared by the snapshots between which a row had no news.
    rows: BTreeMap<RowKey, Arc<Numbers>>,
    errors: BTreeMap<ErrorKey, ErrorCounts>,
}

impl Snapshot {
    /// All requests together.
    pub fn total(&self) -> &Numbers {
        &self.total
    }

    /// Numbers by name.
    pub fn rows(&self) -> &BTreeMap<RowKey, Arc<Numbers>> {
        &self.rows
    }

    /// Errors by name and text.
    pub fn errors(&self) -> &BTreeMap<ErrorKey, ErrorCounts> {
        &self.errors
    }

    /// Adds the numbers of another process, or of the time after this: in any order, without loss.
    pub fn merge(&mut self, other: &Self) {
        self.total.merge(&other.total);
        for (key, numbers) in &other.rows {
            if let Some(ours) = self.rows.get_mut(key) {
                Arc::make_mut(ours).merge(numbers);
            } else {
                self.rows.insert(key.clone(), numbers.clone());
            }
        }
        for (key, counts) in &other.errors {
            self.errors.entry(key.clone()).or_default().merge(counts);
        }
    }

    /// What came since `earlier`, a snapshot of the same recorder: added to that it gives this one. Rows without news are left
    /// out, those that began anew in between are whole.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let rows = self.rows.iter().filter_map(|(key, numbers)| match earlier.rows.get(key) {
            Some(before) if Arc::ptr_eq(before, numbers) => None,
            Some(before) => Some(numbers.since(before))
                .filter(|since| !since.is_empty())
                .map(|since| (key.clone(), Arc::new(since))),
            None => Some((key.clone(), numbers.clone())),
        });
        let errors = self.errors.iter().filter_map(|(key, counts)| {
            let since = earlier.errors.get(key).map_or(*counts, |before| counts.since(before));
            (since.occurrences > 0).then(|| (key.clone(), since))
        });
        Self { total: self.total.since(&earlier.total), rows: rows.collect(), errors: errors.collect() }
    }

    /// Its bytes. A row takes about 40 of them, 2 to 3 for each bucket and 3 for each second.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        self.total.put(&mut bytes);
        put(&mut bytes, self.rows.len() as u64);
        for (key, numbers) in &self.rows {
            key.put(&mut bytes);
            numbers.put(&mut bytes);
        }
        put(&mut bytes, self.errors.len() as u64);
        for (key, counts) in &self.errors {
            key.row.put(&mut bytes);
            put_text(&mut bytes, &key.text);
            counts.put(&mut bytes);
        }
        bytes
    }

    /// The snapshot that [`Snapshot::encode`] wrote. Takes bytes of any origin, and no more memory than `limit_bytes`.
    pub fn decode(bytes: &[u8], limit_bytes: usize) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes, limit_bytes);
        reader.version(VERSION)?;
        let total = Numbers::read(&mut reader)?;
        let mut rows = BTreeMap::new();
        for _ in 0..reader.number()? {
            let key = RowKey::read(&mut reader)?;
            if rows.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(WireError::NotCanonical);
            }
            rows.insert(key, Arc::new(Numbers::read(&mut reader)?));
        }
        let mut errors = BTreeMap::new();
        for _ in 0..reader.number()? {
            let key = ErrorKey { row: RowKey::read(&mut reader)?, text: reader.text()?.into() };
            if errors.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(WireError::NotCanonical);
            }
            errors.insert(key, ErrorCounts::read(&mut reader)?);
        }
        reader.finish()?;
        Ok(Self { total, rows, errors })
    }
}

impl RowKey {
    fn put(&self, bytes: &mut Vec<u8>) {
        put_text(bytes, &self.name);
        put_text(bytes, &self.method);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.spend(size_of::<Self>())?;
        Ok(Self { name: reader.text()?.into(), method: reader.text()?.into() })
    }
}

impl Recorder {
    /// All numbers as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_after(&Snapshot::default())
    }

    /// The same, which shares with an earlier one what has not changed since: of ten thousand names few have news within a
    /// second.
    #[must_use]
    pub fn snapshot_after(&self, earlier: &Snapshot) -> Snapshot {
        let key = |method: &str, name: &str| RowKey { name: name.into(), method: method.into() };
        let rows = self.rows().iter().map(|row| {
            let key = key(&row.method, &row.name);
            let entry = lock(&row.entry);
            let numbers = match earlier.rows.get(&key) {
                Some(before) if before.is_still_of(&entry) => Arc::clone(before),
                _ => Arc::new(Numbers::from(&*entry)),
            };
            (key, numbers)
        });
        let errors = self.errors().iter().map(|row| {
            let key = ErrorKey { row: key(&row.method, &row.name), text: row.text.clone() };
            (key, *lock(&row.counts))
        });
        let total = self.total();
        let total = Numbers::from(&*lock(&total));
        Snapshot { total, rows: rows.collect(), errors: errors.collect() }
    }

    /// Adds the numbers of another process. Its names and errors count towards the limits as this one's own do.
    pub fn merge_snapshot(&mut self, snapshot: &Snapshot) {
        lock(&self.total()).extend(&snapshot.total.to_entry(f64::INFINITY));
        for (key, numbers) in &snapshot.rows {
            let added = numbers.to_entry(f64::INFINITY);
            let row = self.entry(&key.method, &key.name, added.start_seconds);
            lock(&row.entry).extend(&added);
        }
        for (key, counts) in &snapshot.errors {
            lock(&self.error(&key.row.method, &key.row.name, &key.text)).merge(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Sample};

    fn recorder() -> Recorder {
        let mut recorder = Recorder::new(99.0);
        for (number, name) in ["/b", "/a", "/b"].into_iter().enumerate() {
            let sample =
                Sample { elapsed_ms: Some(5.5), content_length: 10, at_seconds: 100.0 + number as f64 };
            recorder.record("GET", name, &sample);
        }
        recorder.record_failure("GET", "/a", "no", 101.0);
        recorder
    }

    #[test]
    fn it_stays_what_it_was() {
        let mut recorder = recorder();
        let snapshot = recorder.snapshot();

        recorder.record_failure("GET", "/a", "no", 105.0);

        assert_eq!(snapshot.total().failures, 1);
        assert_eq!(snapshot.rows().keys().map(|key| &*key.name).collect::<Vec<_>>(), ["/a", "/b"]);
    }

    #[test]
    fn a_recorder_that_takes_one_in_counts_as_the_other_did() {
        let snapshot = recorder().snapshot();
        let mut master = Recorder::new(1_000.0);

        master.merge_snapshot(&snapshot);

        assert_eq!(master.snapshot(), snapshot);
    }

    #[test]
    fn the_limit_of_names_holds_for_those_taken_in() {
        let mut master = Recorder::new(0.0);
        master.set_limits(Limits { names: 1, errors: 0 });

        master.merge_snapshot(&recorder().snapshot());

        let names: Vec<_> = master.rows().iter().map(|row| (&*row.name, lock(&row.entry).requests)).collect();
        assert_eq!(names, [("/a", 1), (crate::MORE_NAMES, 2)]);
        assert!(master.has_more_errors());
    }

    #[test]
    fn rows_without_news_are_left_out() {
        let mut recorder = recorder();
        let earlier = recorder.snapshot();
        recorder.record("GET", "/b", &Sample { elapsed_ms: None, content_length: 0, at_seconds: 200.0 });

        let since = recorder.snapshot().since(&earlier);

        assert_eq!(
            since.rows().iter().map(|(key, it)| (&*key.name, it.requests)).collect::<Vec<_>>(),
            [("/b", 1)]
        );
        assert!(since.errors().is_empty());
    }

    #[test]
    fn rubbish_is_named() {
        let bytes = recorder().snapshot().encode();
        let mut unsorted = Snapshot::default().encode();
        unsorted.truncate(unsorted.len() - 2);
        let row = [&[1, b'a', 0][..], &unsorted[1..]].concat();
        unsorted.push(2);
        unsorted.extend_from_slice(&row);
        unsorted.extend_from_slice(&row);

        assert_eq!(Snapshot::decode(&bytes[..bytes.len() - 1], 1 << 20), Err(WireError::Truncated));
        assert_eq!(Snapshot::decode(&[7], 1 << 20), Err(WireError::Version { found: 7, known: 1 }));
        assert_eq!(Snapshot::decode(&[&bytes[..], &[0]].concat(), 1 << 20), Err(WireError::TrailingBytes(1)));
        assert_eq!(Snapshot::decode(&bytes, 1_000), Err(WireError::TooLarge { limit_bytes: 1_000 }));
        assert_eq!(Snapshot::decode(&unsorted, 1 << 20), Err(WireError::NotCanonical));
    }

    #[test]
    fn a_report_of_a_second_is_small() {
        let mut recorder = Recorder::new(0.0);
        for number in 0..20_000 {
            let sample = Sample {
                elapsed_ms: Some(f64::from(number % 50)),
                content_length: 100,
                at_seconds: 1_700_000_000.0,
            };
            recorder.record("GET", ["/a", "/b", "/c", "/d"][number as usize % 4], &sample);
        }

        let size_bytes = recorder.snapshot().encode().len();

        assert!(size_bytes < 1_000, "{size_bytes} bytes");
    }
}
