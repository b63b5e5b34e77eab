//! What is made of secrets, and made anew when they change: a process lives for hours, and a secret is replaced while it does.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::{Limits, Millis};
use io::parameters::ParameterStore;

use crate::StartError;
use crate::secrets::Secrets;

/// Longest wait for secrets at the start of an invocation: those that were read before do for another while.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What any of it can fail with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where secrets come from, and what they were at the start.
pub struct Source {
    store: Option<ParameterStore>,
    secrets: Secrets,
    read_at: Millis,
}

impl Source {
    /// Reads them for the first time, now.
    ///
    /// # Errors
    /// They cannot be read: a function that would refuse everything does not start, and Lambda starts it again.
    pub(crate) async fn open(read_at: Millis) -> Result<Source, StartError> {
        let store = ParameterStore::from_env()?;
        let mut secrets = Secrets::default();
        if let Some(store) = &store {
            secrets.read = store.read().await?;
            let missing = store.missing(&secrets.read).join(", ");
            if !missing.is_empty() {
                tracing::info!(missing, "secrets without a value: what needs them is closed");
            }
        }
        Ok(Source { store, secrets, read_at })
    }

    /// What `make` makes of them, now and whenever they change.
    ///
    /// # Errors
    /// It cannot be made of what there is now.
    pub fn keys<T>(
        self,
        limits: &Limits,
        make: impl Fn(&Secrets) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<Keys<T>, Failure> {
        let Source { store, secrets, read_at } = self;
        let made = Arc::new(make(&secrets)?);
        let renewal = store.map(|store| Renewal {
            store,
            make: Box::new(make),
            refresh_ms: limits.secrets_refresh_s * 1_000,
            retry_ms: limits.secrets_retry_s * 1_000,
        });
        Ok(Keys { held: RwLock::new(Held { made, secrets, read_at }), renewal })
    }
}

/// What was made of secrets.
pub struct Keys<T> {
    held: RwLock<Held<T>>,
    /// None: they do not change while the process lives.
    renewal: Option<Renewal<T>>,
}

struct Held<T> {
    made: Arc<T>,
    secrets: Secrets,
    read_at: Millis,
}

type Make<T> = Box<dyn Fn(&Secrets) -> Result<T, Failure> + Send + Sync>;

struct Renewal<T> {
    store: ParameterStore,
    make: Make<T>,
    refresh_ms: u64,
    retry_ms: u64,
}

impl<T> From<T> for Keys<T> {
    /// What never changes.
    fn from(made: T) -> Keys<T> {
        let held = Held { made: Arc::new(made), secrets: Secrets::default(), read_at: Millis(0) };
        Keys { held: RwLock::new(held), renewal: None }
    }
}

impl<T> Keys<T> {
    /// For an invocation that begins: read again when that was long ago.
    pub async fn current(&self, now: Millis) -> Arc<T> {
        if let Some(renewal) = &self.renewal
            && self.age_ms(now) >= renewal.refresh_ms
        {
            self.renew(renewal, now).await;
        }
        self.made()
    }

    /// For a proof that was refused: what it can be looked at with once more. `None`: nothing has changed, or it was
    /// looked just now.
    pub async fn newer(&self, now: Millis) -> Option<Arc<T>> {
        let renewal = self.renewal.as_ref().filter(|renewal| self.age_ms(now) >= renewal.retry_ms)?;
        self.renew(renewal, now).await.then(|| self.made())
    }

    /// Whether there is something new. What cannot be read, and what nothing can be made of, leaves all as it was.
    async fn renew(&self, renewal: &Renewal<T>, now: Millis) -> bool {
        let read = tokio::time::timeout(WAIT_MAX, renewal.store.read()).await;
        self.change(|held| held.read_at = now);
        let secrets = match read {
            Ok(Ok(read)) => Secrets { read },
            Ok(Err(error)) => return unchanged(&error),
            Err(late) => return unchanged(&late),
        };
        if self.change(|held| held.secrets == secrets) {
            return false;
        }
        match (renewal.make)(&secrets) {
            Ok(made) => {
                self.change(|held| (held.made, held.secrets) = (Arc::new(made), secrets));
                tracing::info!("secrets have changed and are in use");
                true
            }
            Err(error) => unchanged(error.as_ref()),
        }
    }

    fn made(&self) -> Arc<T> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).made)
    }

    fn age_ms(&self, now: Millis) -> u64 {
        now.since(self.held.read().unwrap_or_else(PoisonError::into_inner).read_at)
    }

    fn change<R>(&self, change: impl FnOnce(&mut Held<T>) -> R) -> R {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner))
    }
}

fn unchanged(why: &(dyn std::error::Error + 'static)) -> bool {
    tracing::warn!(%why, "secrets could not be read again; those that were read before are used");
    false
}
