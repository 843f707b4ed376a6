//! One TLS connection as bytes in and bytes out: no socket, and no buffer while nothing is under way.

use std::fmt;

use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};

use crate::error::{Error, Phase};
use crate::tls::{self, TlsContext};

/// Plain bytes sealed at once: as many as make a few records, so that a large body needs no large buffer.
const SEALED_AT_ONCE: usize = 64 * 1024;
/// More than any cipher adds to a record of 16 KiB.
const RECORD_OVERHEAD: usize = 64;
const RECORD_BYTES: usize = 16 * 1024;

/// The client's end of a TLS connection.
pub(crate) struct Session {
    client: UnbufferedClientConnection,
    /// The beginning of a record whose end has not come.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Of `outgoing`.
    sent_bytes: usize,
    has_peer_closed: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("is_handshaking", &self.is_handshaking())
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The first message of the handshake is then outgoing.
    pub(crate) fn new(context: &TlsContext, host: &str) -> Result<Self, Error> {
        let client = UnbufferedClientConnection::new(context.config.clone(), tls::server_name(host)?)
            .map_err(|error| tls::error(&error, Phase::Tls))?;
        let mut session = Self {
            client,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            sent_bytes: 0,
            has_peer_closed: false,
        };
        session.open(&mut [], Phase::Tls, |_| Ok(()))?;
        Ok(session)
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        self.client.is_handshaking()
    }

    /// The remote end has said good-bye: nothing more will come.
    pub(crate) fn has_peer_closed(&self) -> bool {
        self.has_peer_closed
    }

    /// Sealed bytes to be sent.
    pub(crate) fn outgoing(&self) -> &[u8] {
        &self.outgoing[self.sent_bytes..]
    }

    /// So many of them are.
    pub(crate) fn sent(&mut self, size: usize) {
        self.sent_bytes += size;
        if self.sent_bytes >= self.outgoing.len() {
            self.outgoing = Vec::new();
            self.sent_bytes = 0;
        }
    }

    /// Seals bytes, making them outgoing; returns how many it took.
    pub(crate) fn seal(&mut self, plain: &[u8], phase: Phase) -> Result<usize, Error> {
        let plain = &plain[..plain.len().min(SEALED_AT_ONCE)];
        let mut incoming = std::mem::take(&mut self.incoming);
        let result = self.advance(&mut incoming, phase, Some(plain), |_| Ok(()));
        self.incoming = incoming;
        result.map(|_| plain.len())
    }

    /// Takes what the socket gave and hands over the plain bytes in it.
    pub(crate) fn open(
        &mut self,
        received: &mut [u8],
        phase: Phase,
        sink: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.incoming.is_empty() {
            let used_bytes = self.advance(received, phase, None, sink)?;
            self.incoming.extend_from_slice(&received[used_bytes..]);
            return Ok(());
        }
        let mut incoming = std::mem::take(&mut self.incoming);
        incoming.extend_from_slice(received);
        let used_bytes = self.advance(&mut incoming, phase, None, sink)?;
        if used_bytes < incoming.len() {
            incoming.drain(..used_bytes);
            self.incoming = incoming;
        }
        Ok(())
    }

    /// Goes on until more must come, sealing `plain` when it is time to; returns how much of `incoming` is done with.
    fn advance(
        &mut self,
        incoming: &mut [u8],
        phase: Phase,
        plain: Option<&[u8]>,
        mut sink: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let mut used_bytes = 0;
        loop {
            let UnbufferedStatus { discard, state } =
                self.client.process_tls_records(&mut incoming[used_bytes..]);
            used_bytes += discard;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(|error| tls::error(&error, phase))?;
                        used_bytes += record.discard;
                        sink(record.payload)?;
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    encode(&mut self.outgoing, |room| message.encode(room));
                }
                // Whoever drives the socket sends it.
                Ok(ConnectionState::TransmitTlsData(message)) => message.done(),
                Ok(ConnectionState::PeerClosed) => self.has_peer_closed = true,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    if let Some(plain) = plain {
                        encrypt(&mut traffic, plain, &mut self.outgoing)
                            .map_err(|error| Error::Tls { reason: error.to_string().into(), phase })?;
                    }
                    return Ok(used_bytes);
                }
                Ok(_) if plain.is_some() => {
                    return Err(Error::Tls { reason: "the connection is closed for sending".into(), phase });
                }
                Ok(_) => return Ok(used_bytes),
                Err(error) => {
                    // The alert that tells the server why.
                    if let Ok(ConnectionState::EncodeTlsData(mut alert)) =
                        self.client.process_tls_records(&mut []).state
                    {
                        encode(&mut self.outgoing, |room| alert.encode(room));
                    }
                    return Err(tls::error(&error, phase));
                }
            }
        }
    }
}

/// Appends a message whose size it learns by asking.
fn encode(outgoing: &mut Vec<u8>, mut write: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>) {
    let start = outgoing.len();
    if let Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) = write(&mut []) {
        outgoing.resize(start + required_size, 0);
        let size = write(&mut outgoing[start..]).unwrap_or(0);
        outgoing.truncate(start + size);
    }
}

fn encrypt<Data>(
    traffic: &mut WriteTraffic<'_, Data>,
    plain: &[u8],
    outgoing: &mut Vec<u8>,
) -> Result<(), EncryptError> {
    let start = outgoing.len();
    let mut room_bytes = plain.len() + RECORD_OVERHEAD * (1 + plain.len() / RECORD_BYTES);
    loop {
        outgoing.resize(start + room_bytes, 0);
        match traffic.encrypt(plain, &mut outgoing[start..]) {
            Ok(size) => {
                outgoing.truncate(start + size);
                return Ok(());
            }
            // A key update goes ahead of it.
            Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size }))
                if required_size > room_bytes =>
            {
                room_bytes = required_size;
            }
            Err(error) => {
                outgoing.truncate(start);
                return Err(error);
            }
        }
    }
}
