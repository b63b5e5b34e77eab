//! The listener, what was asked, and what goes wrong.
use super::rules::{Parameters, Refusal};
use super::wire;
use crate::connection::Connections;
use crate::listening::serve_until;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What goes wrong with the next requests, one of each after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many are throttled (400).
    pub throttled: u32,
    /// So many end in an internal error (500).
    pub unavailable: u32,
    /// So many lack the right (400).
    pub denied: u32,
}

/// The service, for serving it and for controlling it without the wire.
#[derive(Clone, Default)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    parameters: Mutex<Parameters>,
    faults: Mutex<Faults>,
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Handle {
    /// With these secrets, by their whole names.
    ///
    /// # Errors
    /// One of them can be none.
    pub fn with(secrets: impl IntoIterator<Item = (String, String)>) -> Result<Self, Refusal> {
        let handle = Self::default();
        for (name, value) in secrets {
            let put = json!({ "Name": name, "Value": value, "Type": "SecureString" });
            locked(&handle.shared.parameters).call("PutParameter", &put)?;
        }
        Ok(handle)
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (stopping, _) = watch::channel(false);
        serve_until(listener, wire::router(self.clone()), stopping, Connections::default(), shutdown).await
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        *locked(&self.shared.faults) = faults;
    }

    /// How many requests of each operation came, refused ones among them.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        locked(&self.shared.counts).clone()
    }

    /// One request: its status, and the answer.
    pub(super) fn call(&self, operation: &str, asked: &Value) -> (u16, Result<Value, Refusal>) {
        *locked(&self.shared.counts).entry(operation.to_owned()).or_default() += 1;
        match self.fault() {
            Some((status, kind)) => (status, Err(Refusal { kind, message: "as asked".to_owned() })),
            None => (400, locked(&self.shared.parameters).call(operation, asked)),
        }
    }

    fn fault(&self) -> Option<(u16, &'static str)> {
        let mut faults = locked(&self.shared.faults);
        let Faults { throttled, unavailable, denied } = &mut *faults;
        let next = [
            (throttled, (400, "ThrottlingException")),
            (unavailable, (500, "InternalServerError")),
            (denied, (400, "AccessDeniedException")),
        ];
        let (left, fault) = next.into_iter().find(|(left, _)| **left > 0)?;
        *left -= 1;
        Some(fault)
    }
}

/// A panic under the lock leaves whole actions behind, so the state can still be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
