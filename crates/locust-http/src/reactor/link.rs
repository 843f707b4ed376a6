//! The byte road to a server: a socket, with TLS on it or without.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use mio::net::TcpStream;
use rustls::ClientConnection;

use crate::error::{Error, Os, Phase};
use crate::reactor::receive::Receiver;
use crate::tls;

/// A socket and its TLS state.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) stream: TcpStream,
    pub(crate) tls: Option<Box<ClientConnection>>,
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
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, tls: None, has_remote_closed: false }
    }

    /// Hands bytes to the kernel, or to TLS while it takes them; 0: not now.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return not_now(self.stream.write(bytes), 0) };
        if !flush_tls(tls, &mut self.stream)? {
            return Ok(0);
        }
        let size = tls.writer().write(bytes)?;
        flush_tls(tls, &mut self.stream)?;
        Ok(size)
    }

    /// Whether all that `send` took is with the kernel, after trying once more.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match &mut self.tls {
            Some(tls) => flush_tls(tls, &mut self.stream),
            None => Ok(true),
        }
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
        let mut sealed: &[u8] = read.bytes;
        let mut has_said_goodbye = false;
        while !sealed.is_empty() {
            if tls.read_tls(&mut sealed).map_err(|error| broken(&error, phase))? == 0 {
                break;
            }
            match tls.process_new_packets() {
                Ok(state) => has_said_goodbye = state.peer_has_closed(),
                Err(error) => {
                    // The alert that tells the server why; whether it gets there does not matter.
                    let _ = flush_tls(tls, &mut self.stream);
                    return Err(tls::error(&error, phase));
                }
            }
            loop {
                let mut reader = tls.reader();
                let Ok(opened) = reader.fill_buf() else { break };
                if opened.is_empty() {
                    break;
                }
                sink(opened, read.stamp)?;
                let size = opened.len();
                reader.consume(size);
            }
        }
        if tls.wants_write() && !tls.is_handshaking() {
            flush_tls(tls, &mut self.stream).map_err(|error| broken(&error, phase))?;
        }
        if has_said_goodbye {
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

/// Writes what TLS has ready; whether that was all.
fn flush_tls(tls: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<bool> {
    while tls.wants_write() {
        match tls.write_tls(stream) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return not_now(Err(error), false),
        }
    }
    Ok(true)
}

fn not_now<T>(result: io::Result<T>, otherwise: T) -> io::Result<T> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
            Ok(otherwise)
        }
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
