//! `Tls`: what a session trusts and how it identifies itself.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use locust_http::{TlsContext, TlsOptions};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

/// What a context was built from, and when each file was last changed: a renewed certificate is read again.
#[derive(PartialEq, Eq, Hash)]
struct Source {
    verify: bool,
    ca_files: Vec<String>,
    ca_data: Option<Vec<u8>>,
    cert_file: Option<String>,
    key_file: Option<String>,
    changed: Vec<Option<SystemTime>>,
}

/// Contexts already built. Parsing the usual CA bundle takes milliseconds, and ten thousand users name the same one.
static BUILT: Mutex<Option<HashMap<Source, Arc<TlsContext>>>> = Mutex::new(None);

#[pyclass(frozen, module = "locust._native")]
pub(crate) struct Tls {
    pub(crate) context: Arc<TlsContext>,
}

#[pymethods]
impl Tls {
    #[new]
    #[pyo3(signature = (*, verify = true, ca_files = Vec::new(), ca_data = None, cert_file = None, key_file = None))]
    fn new(
        verify: bool,
        ca_files: Vec<String>,
        ca_data: Option<Vec<u8>>,
        cert_file: Option<String>,
        key_file: Option<String>,
    ) -> PyResult<Self> {
        let mut changed = Vec::new();
        for file in ca_files.iter().chain(&cert_file).chain(&key_file) {
            let metadata = Path::new(file).metadata().map_err(|error| {
                PyOSError::new_err((error.raw_os_error(), error.to_string(), file.clone()))
            })?;
            changed.push(metadata.modified().ok());
        }
        let source = Source { verify, ca_files, ca_data, cert_file, key_file, changed };
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        let built = built.get_or_insert_default();
        if let Some(context) = built.get(&source) {
            return Ok(Self { context: context.clone() });
        }
        let ca_files: Vec<&str> = source.ca_files.iter().map(String::as_str).collect();
        let options = TlsOptions {
            verify,
            ca_files: &ca_files,
            ca_data: source.ca_data.as_deref(),
            cert_file: source.cert_file.as_deref(),
            key_file: source.key_file.as_deref(),
        };
        let context =
            TlsContext::build(&options).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let context = Arc::new(context);
        built.insert(source, context.clone());
        Ok(Self { context })
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Tls>()
}
