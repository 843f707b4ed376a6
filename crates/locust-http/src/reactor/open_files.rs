//! What a reactor in a thread of its own has open. A forked child gets copies of the descriptors but not the thread that owns
//! them: it closes them by this list, or servers would wait for an end that never comes.

use std::collections::HashSet;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

/// A list that both threads hold; none where the reactor is the caller's own, and dropping it closes all.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenFiles(Option<Arc<Mutex<HashSet<RawFd>>>>);

impl OpenFiles {
    pub(crate) fn listed() -> Self {
        Self(Some(Arc::default()))
    }

    /// Lists a descriptor for as long as the result lives: no longer than the descriptor itself, whose number is reused.
    pub(crate) fn add(&self, file: &impl AsRawFd) -> Listed {
        let descriptor = file.as_raw_fd();
        if let Some(list) = &self.0 {
            list.lock().unwrap_or_else(PoisonError::into_inner).insert(descriptor);
        }
        Listed { list: self.clone(), descriptor }
    }

    /// In a forked child: closes its copies.
    pub(crate) fn close_all(&self) {
        // Held, in all likelihood, by nobody; if the thread had it when the process was forked, it is held for ever.
        let Some(Ok(mut list)) = self.0.as_ref().map(|list| list.try_lock()) else { return };
        for descriptor in list.drain() {
            let _ = nix::unistd::close(descriptor);
        }
    }
}

/// Keeps a descriptor listed. To be dropped before it is closed.
#[derive(Debug)]
pub(crate) struct Listed {
    list: OpenFiles,
    descriptor: RawFd,
}

impl Drop for Listed {
    fn drop(&mut self) {
        if let Some(list) = &self.list.0 {
            list.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.descriptor);
        }
    }
}
