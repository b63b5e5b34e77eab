//! The process of a sandbox.

use std::process::Stdio;

use io::clock::AHEAD;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::Function;

/// Starts a child process that runs the function against this Runtime API, by a clock that is so far ahead.
pub(super) fn spawn(function: &Function, runtime_api: &str, ahead_ms: u64) -> std::io::Result<Child> {
    Command::new(executable()?)
        .arg("sandbox")
        .arg(function.name)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| is_passed_on(name)))
        .envs(&function.environment)
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", function.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", function.name)
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
        .envs((ahead_ms > 0).then(|| (AHEAD, ahead_ms.to_string())))
        .env("TURNWISE_PARENT_PID", std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log(function))
        .kill_on_drop(true)
        .spawn()
}

/// Logs go where people look for them.
fn log(function: &Function) -> Stdio {
    if function.quiet { Stdio::null() } else { std::io::stderr().into() }
}

/// This executable: on Linux by the kernel's own link, which still works when a build has replaced the file.
fn executable() -> std::io::Result<std::path::PathBuf> {
    let link = std::path::Path::new("/proc/self/exe");
    if link.exists() { Ok(link.to_owned()) } else { std::env::current_exe() }
}

/// What a sandbox gets of this process's own environment: enough to find libraries and certificates.
fn is_passed_on(name: &str) -> bool {
    matches!(name, "PATH" | "HOME" | "LANG" | "TZ" | "SSL_CERT_FILE" | "SSL_CERT_DIR" | "RUST_BACKTRACE")
}

pub(super) fn freeze(pid: u32) {
    signal(pid, Signal::STOP);
}

pub(super) fn thaw(pid: u32) {
    signal(pid, Signal::CONT);
}

pub(super) fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

/// Its address space ends so many bytes above what it has.
#[cfg(target_os = "linux")]
pub(super) fn squeeze(pid: u32, spare_bytes: u64) {
    use rustix::process::{Resource, Rlimit, prlimit};
    let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok();
    let pages: Option<u64> = pages.and_then(|pages| pages.split(' ').next()?.parse().ok());
    let page_bytes = rustix::param::page_size() as u64;
    let limit = pages.map(|pages| pages * page_bytes + spare_bytes);
    if let (Some(_), Some(pid)) = (limit, i32::try_from(pid).ok().and_then(Pid::from_raw)) {
        let _ = prlimit(Some(pid), Resource::As, Rlimit { current: limit, maximum: limit });
    }
}

/// Elsewhere no process can be given another limit from outside.
#[cfg(not(target_os = "linux"))]
pub(super) fn squeeze(_pid: u32, _spare_bytes: u64) {}

/// A process that has ended meanwhile is no error.
fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}
