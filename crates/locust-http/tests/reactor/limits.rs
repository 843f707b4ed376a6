//! What the operating system allows, each in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use locust_http::Error;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::engine::{Engine, get};
use crate::server::Server;

/// Runs the rest of the calling test in a child; false in the parent, once the child is done.
fn is_child(test: &str) -> bool {
    if std::env::var_os("LOCUST_TEST_CHILD").is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("LOCUST_TEST_CHILD", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    false
}

#[test]
fn too_many_open_files_fail_the_exchange_and_the_run_goes_on() {
    if !is_child("limits::too_many_open_files_fail_the_exchange_and_the_run_goes_on") {
        return;
    }
    let server = Server::start(|mut stream, _| {
        while crate::server::read_request(&mut stream).is_some() {
            std::thread::sleep(Duration::from_millis(20));
            let _ = std::io::Write::write_all(&mut stream, crate::server::OK);
        }
    });
    let mut engine = Engine::inline();
    let hard = getrlimit(Resource::RLIMIT_NOFILE).unwrap().1;
    setrlimit(Resource::RLIMIT_NOFILE, 64, hard).unwrap();

    for _ in 0..100 {
        engine.start(get(server.address));
    }
    let error = engine.failed().error;

    assert!(matches!(&error, Error::TooManyFiles(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "[Errno 24] Too many open files; raise the limit of open files (ulimit -n)"
    );
    while let Some(event) = engine.next_within(Duration::from_millis(200)) {
        drop(event);
    }
    setrlimit(Resource::RLIMIT_NOFILE, 1000, hard).unwrap();
    assert_eq!(engine.fetch(get(server.address)).status(), 200);
}

#[test]
fn idle_connections_weigh_next_to_nothing() {
    const COUNT: usize = 2000;
    if !is_child("limits::idle_connections_weigh_next_to_nothing") {
        return;
    }
    let server = Server::start(|mut stream, _| {
        // Answered in place: the threads of 2000 connections would be what is weighed.
        let _ = std::io::Write::write_all(&mut stream, crate::server::OK);
        std::mem::forget(stream);
    });
    let soft = u64::try_from(3 * COUNT).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft, getrlimit(Resource::RLIMIT_NOFILE).unwrap().1).unwrap();
    let mut engine = Engine::inline();
    let shared = get(server.address);
    let mut fill = |pools: std::ops::Range<u32>| {
        for pool in pools {
            let mut request = get(server.address);
            request.origin = Arc::clone(&shared.origin);
            request.pool = locust_http::PoolId(pool);
            engine.fetch(request);
        }
    };
    fill(0..200);
    std::thread::sleep(Duration::from_millis(50));
    let before = resident_bytes();

    fill(200..200 + COUNT as u32);
    std::thread::sleep(Duration::from_millis(50));
    let each = resident_bytes().saturating_sub(before) / COUNT;

    assert!(each <= 1024, "{each} bytes a connection");
}

fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
