//! The reactor in a thread of its own: commands in, events out, a file descriptor that tells.

use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, RawSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use mio::Waker;

use crate::exchange::{Command, Event};
#[cfg(unix)]
use crate::reactor::open_files::OpenFiles;
use crate::reactor::{Reactor, ReactorOptions, WAKER};

#[cfg(unix)]
type Pipe = std::os::unix::net::UnixStream;
#[cfg(not(unix))]
type Pipe = std::net::TcpStream;

/// A [`crate::Reactor`] in a thread of its own; stops when dropped, and closes its connections then.
#[derive(Debug)]
pub struct ThreadRunner {
    shared: Arc<Shared>,
    waker: Waker,
    wake: Pipe,
    thread: Option<JoinHandle<()>>,
    #[cfg(unix)]
    open_files: OpenFiles,
    /// The process that has the thread: a forked child has not.
    process: u32,
}

#[derive(Debug, Default)]
struct Shared {
    commands: Mutex<Vec<Command>>,
    events: Mutex<Vec<Event>>,
    is_stopping: AtomicBool,
}

impl ThreadRunner {
    /// Starts the thread. No signal is handled in it.
    pub fn start(options: ReactorOptions) -> io::Result<Self> {
        #[cfg(unix)]
        let open_files = OpenFiles::listed();
        #[cfg_attr(not(unix), allow(unused_mut, reason = "nothing is listed where nobody forks"))]
        let mut reactor = Reactor::new(options)?;
        #[cfg(unix)]
        reactor.list_open_files(open_files.clone());
        let waker = Waker::new(reactor.registry(), WAKER)?;
        let (wake, signal) = pipe()?;
        wake.set_nonblocking(true)?;
        signal.set_nonblocking(true)?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let spawn =
            || Builder::new().name("locust-http".into()).spawn(move || run(reactor, &theirs, &signal));
        let thread = Some(without_signals(spawn)?);
        Ok(Self {
            shared,
            waker,
            wake,
            thread,
            #[cfg(unix)]
            open_files,
            process: std::process::id(),
        })
    }

    /// Hands a command over.
    pub fn send(&self, command: Command) {
        let was_empty = {
            let mut commands = lock(&self.shared.commands);
            commands.push(command);
            commands.len() == 1
        };
        if was_empty {
            // It fails only if the thread has ended.
            let _ = self.waker.wake();
        }
    }

    /// Appends what happened to `events`.
    pub fn take_events(&self, events: &mut Vec<Event>) {
        let mut waiting = lock(&self.shared.events);
        if waiting.is_empty() {
            return;
        }
        // One byte stands for any number of events: drained under the lock, so that none is lost.
        let _ = (&self.wake).read(&mut [0; 16]);
        events.append(&mut waiting);
    }

    /// In a forked child: closes its copies of the connections, which are the parent's.
    #[cfg(unix)]
    pub fn leave_to_parent(&self) {
        if self.process != std::process::id() {
            self.open_files.close_all();
        }
    }

    /// Readable when events wait; `take_events` makes it unreadable again.
    #[cfg(unix)]
    pub fn wake_fd(&self) -> RawFd {
        self.wake.as_raw_fd()
    }

    /// Readable when events wait; `take_events` makes it unreadable again.
    #[cfg(windows)]
    pub fn wake_fd(&self) -> RawSocket {
        self.wake.as_raw_socket()
    }
}

impl Drop for ThreadRunner {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        let Some(thread) = self.thread.take() else { return };
        if self.process != std::process::id() {
            // Nobody to wait for, nor to detach; and the waker is the parent's.
            std::mem::forget(thread);
        } else if self.waker.wake().is_ok() {
            let _ = thread.join();
        }
    }
}

fn run(mut reactor: Reactor, shared: &Shared, signal: &Pipe) {
    let mut commands = Vec::new();
    while !shared.is_stopping.load(Ordering::Acquire) {
        std::mem::swap(&mut commands, &mut *lock(&shared.commands));
        let is_busy = !commands.is_empty();
        for command in commands.drain(..) {
            reactor.apply(command);
        }
        // Before waiting, what came of the commands must be out.
        if is_busy {
            publish(&mut reactor, shared, signal);
        }
        if reactor.poll(None).is_err() {
            return;
        }
        publish(&mut reactor, shared, signal);
    }
}

fn publish(reactor: &mut Reactor, shared: &Shared, mut signal: &Pipe) {
    if reactor.events().is_empty() {
        return;
    }
    let mut waiting = lock(&shared.events);
    let was_empty = waiting.is_empty();
    waiting.append(reactor.events());
    if was_empty {
        // Under the lock: a reader that took the events must find the byte.
        let _ = signal.write(&[1]);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these locks can leave a queue half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn pipe() -> io::Result<(Pipe, Pipe)> {
    Pipe::pair()
}

#[cfg(not(unix))]
fn pipe() -> io::Result<(Pipe, Pipe)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let ours = Pipe::connect(listener.local_addr()?)?;
    let expected = ours.local_addr()?;
    loop {
        let (theirs, from) = listener.accept()?;
        if from == expected {
            theirs.set_nodelay(true)?;
            return Ok((ours, theirs));
        }
    }
}

/// A thread inherits the mask of the one that starts it: no gap in which a signal could land there.
#[cfg(unix)]
fn without_signals<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    use nix::sys::signal::{SigSet, SigmaskHow};

    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let result = start();
    before.thread_set_mask()?;
    result
}

#[cfg(not(unix))]
fn without_signals<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    start()
}
