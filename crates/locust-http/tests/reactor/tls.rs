//! TLS: which servers are trusted, what is said of those that are not, and the way through a proxy.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bytes::Bytes;
use locust_http::{
    Command, Download, Error, Event, Origin, Phase, Proxy, Request, Timeouts, TlsContext, TlsOptions, Upload,
};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use crate::engine::{Engine, get, on_both_engines, request};
use crate::server::{OK, Server, is_closed_by_client, read_request};

on_both_engines! {
    a_trusted_server_is_talked_to_and_its_connection_serves_again
    tls_1_2_works_too
    a_big_body_comes_sealed
    a_big_body_goes_sealed
    bodies_stream_both_ways_sealed
    certificate_faults_are_told_apart
    a_self_signed_certificate_can_be_trusted_itself
    nothing_is_checked_when_told_so
    a_client_shows_its_certificate
    a_client_without_certificate_learns_that_one_is_wanted
    a_server_that_does_not_speak_tls_is_named
    a_server_that_does_not_shake_hands_times_out
    a_server_that_hangs_up_in_the_handshake_fails
    a_body_that_ends_without_good_bye_is_complete
    a_sealed_connection_closed_while_idle_is_replaced
    a_proxy_is_asked_for_a_tunnel
    a_proxy_that_refuses_is_quoted
    contexts_are_not_mixed
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority() -> Authority {
    authority_named("authority of the tests")
}

fn authority_named(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { issuer: Issuer::new(params, key), pem }
}

fn for_localhost() -> CertificateParams {
    CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap()
}

type Identity = (Certificate, KeyPair);

impl Authority {
    fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn trust(&self) -> Arc<TlsContext> {
        trust(&self.pem)
    }
}

fn trust(pem: &str) -> Arc<TlsContext> {
    Arc::new(
        TlsContext::build(&TlsOptions { ca_data: Some(pem.as_bytes()), ..TlsOptions::default() }).unwrap(),
    )
}

fn distrust() -> Arc<TlsContext> {
    Arc::new(TlsContext::build(&TlsOptions { verify: false, ..TlsOptions::default() }).unwrap())
}

const BOTH: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;

fn config(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&str>,
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = match clients {
        Some(pem) => {
            use rustls::pki_types::pem::PemObject;
            let mut roots = RootCertStore::empty();
            roots.add(rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::try_from(identity.1.serialize_der()).unwrap();
    Arc::new(builder.with_single_cert(vec![identity.0.der().clone()], key).unwrap())
}

type Sealed = StreamOwned<ServerConnection, TcpStream>;

fn sealed(config: Arc<ServerConfig>, serve: impl Fn(&mut Sealed) + Send + Sync + 'static) -> Server {
    Server::start(move |stream, _| {
        serve(&mut StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream));
    })
}

fn polite(stream: &mut Sealed) {
    while read_request(stream).is_some() {
        if stream.write_all(OK).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

fn through(mut request: Request, host: &str, context: &Arc<TlsContext>) -> Request {
    let port = request.addresses[0].port();
    request.origin =
        Arc::new(Origin { host: host.into(), port, tls: Some(Arc::clone(context)), proxy: None });
    request
}

fn a_trusted_server_is_talked_to_and_its_connection_serves_again(mut engine: Engine) {
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), polite);
    let context = authority.trust();

    for host in ["localhost", "127.0.0.1"] {
        for is_reused in [false, true, true] {
            let response = engine.fetch(through(get(server.address), host, &context));

            assert_eq!((response.body(), response.timings.is_reused), (&b"ok"[..], is_reused));
            assert_eq!(response.timings.tls.is_zero(), is_reused);
            engine.settle();
        }
    }
}

fn tls_1_2_works_too(mut engine: Engine) {
    let authority = authority();
    let versions = &[&rustls::version::TLS12];
    let server = sealed(config(&authority.issue(&for_localhost()), versions, None), polite);

    for is_reused in [false, true] {
        let response = engine.fetch(through(get(server.address), "localhost", &authority.trust()));
        assert_eq!(response.status(), 200);
        assert!(!is_reused || !response.timings.is_reused, "another context is another origin");
    }
}

fn a_big_body_comes_sealed(mut engine: Engine) {
    const SIZE: usize = 5_000_000;
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        while read_request(stream).is_some() {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").unwrap();
            stream.write_all(&vec![b'x'; SIZE]).unwrap();
            stream.flush().unwrap();
        }
    });
    let context = authority.trust();

    for is_reused in [false, true] {
        let response = engine.fetch(through(get(server.address), "localhost", &context));
        assert_eq!((response.body().len(), response.timings.is_reused), (SIZE, is_reused));
    }
}

fn a_big_body_goes_sealed(mut engine: Engine) {
    const SIZE: usize = 3_000_000;
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        let mut seen = 0;
        let mut buffer = vec![0; 100_000];
        while seen < SIZE {
            seen += stream.read(&mut buffer).unwrap();
        }
        stream.write_all(OK).unwrap();
        stream.flush().unwrap();
    });
    let mut post = through(
        request(server.address, b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n"),
        "localhost",
        &authority.trust(),
    );
    post.bytes.resize(post.bytes.len() + SIZE, b'x');

    assert_eq!(engine.fetch(post).status(), 200);
}

fn bodies_stream_both_ways_sealed(mut engine: Engine) {
    const SIZE: usize = 300_000;
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        let request = read_request(stream).unwrap();
        let body = request.split("\r\n\r\n").nth(1).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream.flush().unwrap();
    });
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {SIZE}\r\n\r\n");
    let mut post = through(request(server.address, head.as_bytes()), "localhost", &authority.trust());
    post.upload = Upload::Streamed;
    post.download = Download::Streamed;
    let ticket = engine.start(post);
    for _ in 0..3 {
        engine.apply(Command::Body(ticket, Bytes::from(vec![b'x'; SIZE / 3])));
        engine.sent();
    }
    engine.apply(Command::BodyEnd(ticket));
    engine.head();

    let mut received = 0;
    while received < SIZE {
        engine.apply(Command::Read(ticket));
        received += engine.chunk().len();
    }
    assert_eq!(received, SIZE);
    engine.end();
}

fn certificate_faults_are_told_apart(mut engine: Engine) {
    let trusted = authority();
    let stranger = authority_named("stranger");
    let expired = {
        let mut params = for_localhost();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        trusted.issue(&params)
    };
    let too_new = {
        let mut params = for_localhost();
        params.not_before = date_time_ymd(2090, 1, 1);
        trusted.issue(&params)
    };
    let misused = {
        let mut params = for_localhost();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        trusted.issue(&params)
    };
    let self_signed = {
        let key = KeyPair::generate().unwrap();
        (for_localhost().self_signed(&key).unwrap(), key)
    };
    let good = || trusted.issue(&for_localhost());
    for (identity, host, expected) in [
        (expired, "localhost", "certificate has expired"),
        (too_new, "localhost", "certificate is not yet valid"),
        (misused, "localhost", "certificate is not one for servers"),
        (self_signed, "localhost", "self-signed certificate"),
        (stranger.issue(&for_localhost()), "localhost", "unable to get local issuer certificate"),
        (
            good(),
            "other.example",
            "Hostname mismatch, certificate is not valid for 'other.example' but for localhost",
        ),
        (good(), "127.0.0.2", "IP address mismatch, certificate is not valid for '127.0.0.2' but for "),
    ] {
        let server = sealed(config(&identity, BOTH, None), polite);

        engine.start(through(get(server.address), host, &trusted.trust()));
        let failed = engine.failed();

        assert_eq!((failed.error.slug(), failed.error.phase()), ("tls-verify", Phase::Tls));
        let text = failed.error.to_string();
        assert!(text.starts_with(&format!("certificate verify failed: {expected}")), "{text}");
        assert!(failed.timings.tls > Duration::ZERO, "{:?}", failed.timings);
    }
}

fn a_self_signed_certificate_can_be_trusted_itself(mut engine: Engine) {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let key = KeyPair::generate().unwrap();
        let mut params = for_localhost();
        params.is_ca = is_ca;
        params.not_after = date_time_ymd(2060, 1, 1);
        let identity = (params.self_signed(&key).unwrap(), key);
        let context = trust(&identity.0.pem());
        let server = sealed(config(&identity, BOTH, None), polite);

        assert_eq!(engine.fetch(through(get(server.address), "localhost", &context)).status(), 200);
        let error = engine.fail(through(get(server.address), "other.example", &context));
        assert!(error.to_string().contains("Hostname mismatch"), "{error}");
    }
    let key = KeyPair::generate().unwrap();
    let mut params = for_localhost();
    params.not_after = date_time_ymd(2021, 1, 1);
    let old = (params.self_signed(&key).unwrap(), key);
    let context = trust(&old.0.pem());
    let server = sealed(config(&old, BOTH, None), polite);
    let error = engine.fail(through(get(server.address), "localhost", &context));
    assert_eq!(error.to_string(), "certificate verify failed: certificate has expired");
}

fn nothing_is_checked_when_told_so(mut engine: Engine) {
    let mut params = CertificateParams::new(vec!["nobody.example".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2021, 1, 1);
    let key = KeyPair::generate().unwrap();
    let identity = (params.self_signed(&key).unwrap(), key);
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let server = sealed(config(&identity, versions, None), polite);

        assert_eq!(engine.fetch(through(get(server.address), "localhost", &distrust())).status(), 200);
    }
}

fn a_client_shows_its_certificate(mut engine: Engine) {
    let authority = authority();
    let (certificate, key) = authority.issue(&CertificateParams::new(vec!["client".to_owned()]).unwrap());
    let folder = scratch("client");
    let both = folder.join("both.pem");
    let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    std::fs::write(&both, key.serialize_pem() + &certificate.pem()).unwrap();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, Some(&authority.pem)), polite);
    for (cert_file, key_file) in [(&cert_file, Some(&key_file)), (&both, None)] {
        let options = TlsOptions {
            ca_data: Some(authority.pem.as_bytes()),
            cert_file: cert_file.to_str(),
            key_file: key_file.map(|it| it.to_str().unwrap()),
            ..TlsOptions::default()
        };
        let context = Arc::new(TlsContext::build(&options).unwrap());

        assert_eq!(engine.fetch(through(get(server.address), "localhost", &context)).status(), 200);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

fn a_client_without_certificate_learns_that_one_is_wanted(mut engine: Engine) {
    let authority = authority();
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let server =
            sealed(config(&authority.issue(&for_localhost()), versions, Some(&authority.pem)), polite);

        let error = engine.fail(through(get(server.address), "localhost", &authority.trust()));

        assert_eq!(error.slug(), "tls", "{error:?}");
        let text = error.to_string();
        assert!(text.contains("certificate required") || text.contains("handshake failure"), "{text}");
    }
}

fn a_server_that_does_not_speak_tls_is_named(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        let _ = stream.read(&mut [0; 1000]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });

    let error = engine.fail(through(get(server.address), "localhost", &distrust()));

    assert_eq!((error.slug(), error.phase()), ("tls", Phase::Tls));
    assert!(error.to_string().ends_with("does the server speak TLS on this port?"), "{error}");
}

fn a_server_that_does_not_shake_hands_times_out(mut engine: Engine) {
    let server = Server::start(|mut stream, _| assert!(is_closed_by_client(&mut stream)));
    let mut request = through(get(server.address), "localhost", &distrust());
    request.timeouts = Timeouts { connect: Some(Duration::from_millis(200)), ..Timeouts::default() };
    let began = Instant::now();

    let error = engine.fail(request);

    assert!(matches!(error, Error::TlsTimeout(_)), "{error:?}");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(2), "{took:?}");
}

fn a_server_that_hangs_up_in_the_handshake_fails(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        let _ = stream.read(&mut [0; 1000]);
    });

    let error = engine.fail(through(get(server.address), "localhost", &distrust()));

    assert_eq!(error.phase(), Phase::Tls, "{error:?}");
}

fn a_body_that_ends_without_good_bye_is_complete(mut engine: Engine) {
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        read_request(stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nabc").unwrap();
        stream.flush().unwrap();
    });
    assert_eq!(engine.fetch(through(get(server.address), "localhost", &authority.trust())).body(), b"abc");

    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        read_request(stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nabc").unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        is_closed_by_client(&mut stream.sock);
    });
    assert_eq!(engine.fetch(through(get(server.address), "localhost", &authority.trust())).body(), b"abc");
}

fn a_sealed_connection_closed_while_idle_is_replaced(mut engine: Engine) {
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), |stream| {
        read_request(stream);
        stream.write_all(OK).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        is_closed_by_client(&mut stream.sock);
    });
    let context = authority.trust();
    for _ in 0..3 {
        let response = engine.fetch(through(get(server.address), "localhost", &context));
        assert!(!response.timings.is_reused);
        sleep(Duration::from_millis(5));
    }
}

fn proxied(proxy: &Server, target: &Server, context: &Arc<TlsContext>) -> Request {
    let mut request = get(proxy.address);
    request.origin = Arc::new(Origin {
        host: "localhost".into(),
        port: target.address.port(),
        tls: Some(Arc::clone(context)),
        proxy: Some(Arc::new(Proxy {
            host: "127.0.0.1".into(),
            port: proxy.address.port(),
            authorization: Some("Basic dTpw".into()),
        })),
    });
    request
}

fn a_proxy_is_asked_for_a_tunnel(mut engine: Engine) {
    let authority = authority();
    let target = sealed(config(&authority.issue(&for_localhost()), BOTH, None), polite);
    let (asked, question) = mpsc::channel();
    let address = target.address;
    let proxy = Server::start(move |mut stream, _| {
        asked.send(read_request(&mut stream).unwrap()).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        let mut onward = TcpStream::connect(address).unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), onward.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut onward, &mut stream);
    });
    let context = authority.trust();

    for is_reused in [false, true] {
        let response = engine.fetch(proxied(&proxy, &target, &context));
        assert_eq!((response.body(), response.timings.is_reused), (&b"ok"[..], is_reused));
    }
    let port = target.address.port();
    assert_eq!(
        question.recv().unwrap(),
        format!(
            "CONNECT localhost:{port} HTTP/1.1\r\nHost: localhost:{port}\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
        ),
    );
}

fn a_proxy_that_refuses_is_quoted(mut engine: Engine) {
    let target = Server::polite();
    let proxy = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nsorry")
            .unwrap();
        is_closed_by_client(&mut stream);
    });

    let error = engine.fail(proxied(&proxy, &target, &distrust()));

    assert!(matches!(error, Error::Proxy { status: 407, .. }), "{error:?}");
    assert_eq!(error.to_string(), "proxy answered 407 Proxy Authentication Required");
}

fn contexts_are_not_mixed(mut engine: Engine) {
    let authority = authority();
    let server = sealed(config(&authority.issue(&for_localhost()), BOTH, None), polite);
    engine.fetch(through(get(server.address), "localhost", &distrust()));

    let response = engine.fetch(through(get(server.address), "localhost", &authority.trust()));

    assert!(!response.timings.is_reused);
}

#[test]
fn unusable_files_are_named() {
    let folder = scratch("unusable");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (missing, empty) = (path("missing.pem"), path("empty.pem"));
    std::fs::write(&empty, "").unwrap();

    let of_ca = |file: &str| {
        TlsContext::build(&TlsOptions { ca_files: &[file], ..TlsOptions::default() }).unwrap_err().to_string()
    };
    assert_eq!(of_ca(&missing), format!("{missing}: No such file or directory (os error 2)"));
    assert_eq!(of_ca(&empty), format!("{empty}: no certificate in PEM form found"));

    let certificate = path("certificate.pem");
    std::fs::write(&certificate, authority().pem).unwrap();
    let options = TlsOptions { cert_file: Some(&certificate), ..TlsOptions::default() };
    let error = TlsContext::build(&options).unwrap_err();
    assert_eq!(error.slug(), "tls-settings");
    assert!(error.to_string().starts_with(&format!("{certificate}: no private key")), "{error}");
    assert!(
        TlsContext::build(&TlsOptions { ca_files: &[folder.to_str().unwrap()], ..TlsOptions::default() })
            .is_ok()
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_event_is_small() {
    assert!(size_of::<Event>() <= 192, "{}", size_of::<Event>());
}

fn scratch(name: &str) -> PathBuf {
    let unique = format!("locust-http-{name}-{}-{:?}", std::process::id(), std::thread::current().id());
    let folder = std::env::temp_dir().join(unique);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
