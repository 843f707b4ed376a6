//! TLS settings: which authorities and identity a connection uses.

use std::sync::Arc;

use rustls::ClientConfig;

use crate::error::Error;

/// What a [`TlsContext`] is built from; all certificates and keys are PEM.
#[derive(Clone, Debug)]
pub struct TlsOptions<'a> {
    /// Whether the server's certificate must be valid.
    pub verify: bool,
    /// Files with trusted authorities. With these and `ca_data` empty, Mozilla's list is used.
    pub ca_files: &'a [&'a str],
    /// Trusted authorities.
    pub ca_data: Option<&'a [u8]>,
    /// Own certificate chain; may hold the key too.
    pub cert_file: Option<&'a str>,
    /// Own private key: PKCS#8, PKCS#1 or SEC1.
    pub key_file: Option<&'a str>,
}

/// TLS settings, built once and shared. Two are equal if they are the same.
#[derive(Clone, Debug)]
pub struct TlsContext {
    pub(crate) config: Arc<ClientConfig>,
}

impl PartialEq for TlsContext {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl Eq for TlsContext {}

impl TlsContext {
    /// Reads certificates and keys.
    pub fn build(options: &TlsOptions<'_>) -> Result<Self, Error> {
        let _ = options;
        todo!()
    }
}
