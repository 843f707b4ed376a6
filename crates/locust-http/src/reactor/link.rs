//! The byte road to a server: a socket, with TLS on it or without.

use std::io::{self, Write};
use std::time::Duration;

use mio::net::TcpStream;

use crate::error::{Error, Os, Phase};
#[cfg(unix)]
use crate::reactor::open_files::{Listed, OpenFiles};
use crate::reactor::receive::Receiver;
use crate::tls::Session;

/// A socket and its TLS state.
#[derive(Debug)]
pub(crate) struct Link {
    /// First, so that it is dropped first.
    #[cfg(unix)]
    _listed: Listed,
    pub(crate) stream: TcpStream,
    pub(crate) tls: Option<Box<Session>>,
    /// The remote end will send no more. Said by an event: bytes may still wait, and no further event will come for them.
    pub(crate) has_remote_closed: bool,
}

/// Whether another read would give more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// Not now: an event will tell.
    Dry,
    /// Perhaps.
    More,
    /// Never: the remote end has closed.
    Closed,
}

impl Link {
    pub(crate) fn new(stream: TcpStream, #[cfg(unix)] files: &OpenFiles) -> Self {
        Self {
            #[cfg(unix)]
            _listed: files.add(&stream),
            stream,
            tls: None,
            has_remote_closed: false,
        }
    }

    /// Hands bytes to the kernel, through TLS if there is one; 0: not now.
    pub(crate) fn send(&mut self, bytes: &[u8], phase: Phase) -> Result<usize, Error> {
        if self.tls.is_none() {
            return not_now(self.stream.write(bytes)).map_err(|error| broken(&error, phase));
        }
        if !self.flush(phase)? {
            return Ok(0);
        }
        let size = self.tls.as_mut().map_or(Ok(0), |tls| tls.seal(bytes, phase))?;
        self.flush(phase)?;
        Ok(size)
    }

    /// Whether all that TLS sealed is with the kernel, after trying once more.
    pub(crate) fn flush(&mut self, phase: Phase) -> Result<bool, Error> {
        let Some(tls) = &mut self.tls else { return Ok(true) };
        while !tls.outgoing().is_empty() {
            match not_now(self.stream.write(tls.outgoing())).map_err(|error| broken(&error, phase))? {
                0 => return Ok(false),
                size => tls.sent(size),
            }
        }
        Ok(true)
    }

    /// Reads once and gives the plain bytes, in one or more pieces, with the time stamp of the arrival.
    pub(crate) fn read(
        &mut self,
        receiver: &mut Receiver,
        phase: Phase,
        mut sink: impl FnMut(&[u8], Option<Duration>) -> Result<(), Error>,
    ) -> Result<Flow, Error> {
        let read = match receiver.receive(&self.stream) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flow::Dry),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Flow::More),
            Err(error) => return Err(broken(&error, phase)),
        };
        if read.bytes.is_empty() {
            self.has_remote_closed = true;
            return Ok(Flow::Closed);
        }
        // A short read empties the socket; but if the end of the stream came with it, no further event will say so.
        let flow = if read.is_full || self.has_remote_closed { Flow::More } else { Flow::Dry };
        let Some(tls) = &mut self.tls else {
            sink(read.bytes, read.stamp)?;
            return Ok(flow);
        };
        let opened = tls.open(read.bytes, phase, |bytes| sink(bytes, read.stamp));
        let has_peer_closed = tls.has_peer_closed();
        let sent = self.flush(phase);
        // What went wrong first is what went wrong; whether the alert about it went out does not matter.
        opened?;
        sent?;
        if has_peer_closed {
            self.has_remote_closed = true;
            return Ok(Flow::Closed);
        }
        Ok(flow)
    }

    /// Whether an idle connection can still serve: open, and nothing came that nobody asked for.
    pub(crate) fn is_usable(&mut self, receiver: &mut Receiver) -> bool {
        loop {
            let mut is_silent = true;
            let flow = self.read(receiver, Phase::Wait, |_, _| {
                is_silent = false;
                Ok(())
            });
            match flow {
                Ok(Flow::Dry) if is_silent => return true,
                // TLS has messages of its own, such as tickets.
                Ok(Flow::More) if is_silent => {}
                _ => return false,
            }
        }
    }
}

fn not_now(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
        result => result,
    }
}

/// What became of an open connection.
pub(crate) fn broken(error: &io::Error, phase: Phase) -> Error {
    let os = Os::from(error);
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            Error::Reset { os, phase }
        }
        _ => Error::Io { os, phase },
    }
}

/// Why a connection did not open.
pub(crate) fn unopened(error: &io::Error) -> Error {
    let os = Os::from(error);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectRefused(os),
        // Accepted and reset before we looked: the same to a user as a reset a moment later.
        io::ErrorKind::ConnectionReset => Error::Reset { os, phase: Phase::Connect },
        io::ErrorKind::AddrNotAvailable => Error::NoFreePort(os),
        _ if is_out_of_files(error) => Error::TooManyFiles(os),
        _ => Error::Connect(os),
    }
}

#[cfg(unix)]
fn is_out_of_files(error: &io::Error) -> bool {
    use nix::errno::Errno;

    error
        .raw_os_error()
        .is_some_and(|number| number == Errno::EMFILE as i32 || number == Errno::ENFILE as i32)
}

#[cfg(not(unix))]
fn is_out_of_files(_: &io::Error) -> bool {
    false
}
