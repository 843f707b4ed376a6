//! Reading a socket together with the time its bytes arrived.

use std::io;
use std::time::Duration;

use mio::net::TcpStream;

/// Reads into the one buffer that all connections share.
#[derive(Debug)]
pub(crate) struct Receiver {
    buffer: Box<[u8]>,
    #[cfg(target_os = "linux")]
    control: Vec<u8>,
    is_stamping: bool,
}

impl Receiver {
    pub(crate) fn new(buffer_bytes: usize, is_stamping: bool) -> Self {
        Self {
            buffer: vec![0; buffer_bytes.max(4096)].into_boxed_slice(),
            // `cmsg_space!` makes a vector of the kernel's alignment; 64 bytes more than the three times it holds.
            #[cfg(target_os = "linux")]
            control: nix::cmsg_space!([nix::sys::time::TimeSpec; 3], [u8; 64]),
            is_stamping: is_stamping && cfg!(target_os = "linux"),
        }
    }

    /// Bytes read, whether the buffer was filled (more may wait), and when the last of them arrived, since 1970.
    pub(crate) fn receive(&mut self, stream: &TcpStream) -> io::Result<Received<'_>> {
        let (size_bytes, stamp) = self.fill(stream)?;
        Ok(Received {
            is_full: size_bytes == self.buffer.len(),
            bytes: &mut self.buffer[..size_bytes],
            stamp,
        })
    }

    #[cfg(target_os = "linux")]
    fn fill(&mut self, stream: &TcpStream) -> io::Result<(usize, Option<Duration>)> {
        use std::os::fd::AsRawFd;

        use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

        if !self.is_stamping {
            return read(stream, &mut self.buffer).map(|size| (size, None));
        }
        let mut slices = [io::IoSliceMut::new(&mut self.buffer)];
        let message =
            recvmsg::<()>(stream.as_raw_fd(), &mut slices, Some(&mut self.control), MsgFlags::empty())?;
        let stamp = message.cmsgs().ok().and_then(|mut all| {
            all.find_map(|one| match one {
                ControlMessageOwned::ScmTimestampsns(stamps) => Some(Duration::from(stamps.system)),
                _ => None,
            })
        });
        Ok((message.bytes, stamp.filter(|stamp| !stamp.is_zero())))
    }

    #[cfg(not(target_os = "linux"))]
    fn fill(&mut self, stream: &TcpStream) -> io::Result<(usize, Option<Duration>)> {
        read(stream, &mut self.buffer).map(|size| (size, None))
    }

    /// Asks the kernel to stamp what a new socket receives.
    pub(crate) fn prepare(&mut self, stream: &TcpStream) {
        #[cfg(target_os = "linux")]
        if self.is_stamping {
            use nix::sys::socket::{TimestampingFlag, setsockopt, sockopt};

            let wanted =
                TimestampingFlag::SOF_TIMESTAMPING_RX_SOFTWARE | TimestampingFlag::SOF_TIMESTAMPING_SOFTWARE;
            // A kernel without (gVisor, old containers): read times it is.
            if setsockopt(stream, sockopt::Timestamping, &wanted).is_err() {
                self.is_stamping = false;
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = stream;
    }
}

/// What one read gave; no bytes: the remote end has closed.
#[derive(Debug)]
pub(crate) struct Received<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) is_full: bool,
    pub(crate) stamp: Option<Duration>,
}

fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut stream, buffer)
}
