//! TLS settings: which authorities and identity a connection uses, and what its errors mean.

mod certificate;
mod session;
mod verifier;

pub(crate) use session::Session;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{fs, io};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::error::{Error, Phase};

/// What a [`TlsContext`] is built from; all certificates and keys are PEM.
#[derive(Clone, Copy, Debug)]
pub struct TlsOptions<'a> {
    /// Whether the server's certificate must be valid.
    pub verify: bool,
    /// Files, or directories of files, with trusted authorities. With these and `ca_data` empty, Mozilla's list is used.
    pub ca_files: &'a [&'a str],
    /// Trusted authorities.
    pub ca_data: Option<&'a [u8]>,
    /// Own certificate chain; may hold the key too.
    pub cert_file: Option<&'a str>,
    /// Own private key: PKCS#8, PKCS#1 or SEC1.
    pub key_file: Option<&'a str>,
}

impl Default for TlsOptions<'_> {
    fn default() -> Self {
        Self { verify: true, ca_files: &[], ca_data: None, cert_file: None, key_file: None }
    }
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
    /// Reads certificates and keys. TLS 1.2 and 1.3; each connection makes a full handshake, as strangers do.
    pub fn build(options: &TlsOptions<'_>) -> Result<Self, Error> {
        let provider = provider();
        let verifier = if options.verify {
            verifier::strict(authorities(options)?, Arc::clone(&provider))?
        } else {
            verifier::indulgent(&provider)
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| settings(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match options.cert_file {
            Some(cert_file) => {
                let (chain, key) = identity(cert_file, options.key_file.unwrap_or(cert_file))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| settings(&error))?
            }
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config) })
    }
}

/// What the server's certificate must be made out for.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, Error> {
    // A final dot makes a name absolute in DNS; certificates are made out without it.
    let name = host.strip_suffix('.').unwrap_or(host).to_owned();
    ServerName::try_from(name).map_err(|_| Error::Tls {
        reason: format!("{host:?} is neither a host name nor an IP address").into(),
        phase: Phase::Tls,
    })
}

/// What an error of the TLS library means.
pub(crate) fn error(error: &rustls::Error, phase: Phase) -> Error {
    match error {
        rustls::Error::InvalidCertificate(reason) => Error::TlsVerify(certificate_reason(reason).into()),
        rustls::Error::NoCertificatesPresented => Error::TlsVerify("the server shows no certificate".into()),
        rustls::Error::InvalidMessage(_) => {
            Error::Tls { reason: "the answer is none; does the server speak TLS on this port?".into(), phase }
        }
        rustls::Error::AlertReceived(alert) => Error::Tls {
            reason: format!("the server refused: {}", words(&format!("{alert:?}"))).into(),
            phase,
        },
        _ => Error::Tls { reason: error.to_string().into(), phase },
    }
}

/// In OpenSSL's words where it has some.
fn certificate_reason(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "certificate has expired".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate is not yet valid".into()
        }
        CertificateError::UnknownIssuer => "unable to get local issuer certificate".into(),
        CertificateError::NotValidForName => "Hostname mismatch".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let kind = if matches!(expected, ServerName::IpAddress(_)) { "IP address" } else { "Hostname" };
            let presented: Vec<_> = presented.iter().map(|name| bare_name(name)).collect();
            let (expected, presented) = (expected.to_str(), presented.join(", "));
            format!("{kind} mismatch, certificate is not valid for '{expected}' but for {presented}")
        }
        CertificateError::Revoked => "certificate revoked".into(),
        CertificateError::BadSignature => "certificate signature failure".into(),
        CertificateError::BadEncoding => "certificate cannot be read".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "certificate is not one for servers".into()
        }
        CertificateError::Other(other) => other.to_string(),
        other => words(&format!("{other:?}")),
    }
}

/// The name in `DnsName("shop.example")`, as the TLS library writes what a certificate is made out for.
fn bare_name(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')')).unwrap_or(presented);
    inner.trim_matches('"')
}

/// A name of Rust's as words: `HandshakeFailure` is "handshake failure".
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && words.ends_with(|last: char| last.is_ascii_lowercase()) {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();

    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())))
}

/// The trusted roots, and those of them that were given as certificates.
fn authorities(options: &TlsOptions<'_>) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), Error> {
    let mut certificates = Vec::new();
    for path in options.ca_files {
        let mut found = Vec::new();
        for file in files_of(path)? {
            found.extend(certificates_in(&file, path)?);
        }
        if found.is_empty() {
            return Err(Error::TlsSettings(format!("{path}: no certificate in PEM form found").into()));
        }
        certificates.append(&mut found);
    }
    if let Some(text) = options.ca_data {
        let found = certificates_in(text, "CA data")?;
        if found.is_empty() {
            return Err(Error::TlsSettings("CA data: no certificate in PEM form found".into()));
        }
        certificates.extend(found);
    }
    let mut roots = RootCertStore::empty();
    if certificates.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        // System bundles hold a few that cannot be parsed; OpenSSL passes over them too.
        roots.add_parsable_certificates(certificates.iter().cloned());
    }
    Ok((roots, certificates))
}

fn files_of(path: &str) -> Result<Vec<Vec<u8>>, Error> {
    let failure = |source| Error::TlsFile { path: path.into(), source };
    if !Path::new(path).is_dir() {
        return Ok(vec![fs::read(path).map_err(failure)?]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failure)? {
        let file = entry.map_err(failure)?.path();
        if file.is_file() {
            files.push(fs::read(file).map_err(failure)?);
        }
    }
    Ok(files)
}

fn certificates_in(text: &[u8], source: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().map_err(|error| unreadable(source, &error))
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(cert_file: &str, key_file: &str) -> Result<Identity, Error> {
    let read = |path: &str| -> Result<Vec<u8>, Error> {
        fs::read(path).map_err(|source: io::Error| Error::TlsFile { path: path.into(), source })
    };
    let chain = certificates_in(&read(cert_file)?, cert_file)?;
    if chain.is_empty() {
        return Err(Error::TlsSettings(format!("{cert_file}: no certificate in PEM form found").into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&read(key_file)?).map_err(|error| match error {
        pem::Error::NoItemsFound => Error::TlsSettings(
            format!("{key_file}: no private key (PKCS#8, PKCS#1 or SEC1 in PEM form, not encrypted) found")
                .into(),
        ),
        error => unreadable(key_file, &error),
    })?;
    Ok((chain, key))
}

fn unreadable(source: &str, error: &pem::Error) -> Error {
    Error::TlsSettings(format!("{source}: not PEM: {error}").into())
}

fn settings(error: &rustls::Error) -> Error {
    Error::TlsSettings(error.to_string().into())
}
