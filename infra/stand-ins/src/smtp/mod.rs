//! A mail server (RFC 5321) that takes everything and delivers nothing: its mails can be looked at.
mod session;

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// From whom, as the envelope says.
    pub from: String,
    /// To whom, as the envelope says.
    pub to: Vec<String>,
    /// The whole message.
    pub text: String,
}

/// What goes wrong with the next mails, one of each after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// So many are refused (451) once they were read.
    pub refuse: u32,
    /// So many are taken, and the connection ends without an answer.
    pub silent: u32,
}

/// The server.
#[derive(Clone, Default)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Where each mail is written as a file, when it is to be kept.
    folder: Option<PathBuf>,
    mails: Mutex<Vec<Mail>>,
    faults: Mutex<Faults>,
}

impl Handle {
    /// A server that writes each mail into a folder as well.
    ///
    /// # Errors
    /// The folder cannot be made: give up.
    pub fn keeping(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { shared: Arc::new(Shared { folder: Some(folder), ..Shared::default() }) })
    }

    /// Serves until the shutdown.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                accepted = listener.accept() => {
                    let (handle, (connection, _)) = (self.clone(), accepted?);
                    tokio::spawn(async move { session::serve(connection, &handle).await });
                }
            }
        }
    }

    /// Everything taken, in order.
    pub fn mails(&self) -> Vec<Mail> {
        locked(&self.shared.mails).clone()
    }

    /// What goes wrong with the next mails.
    pub fn set_faults(&self, faults: Faults) {
        *locked(&self.shared.faults) = faults;
    }

    /// A mail was read. Answers what to say of it; `None`: nothing.
    fn take(&self, mail: &Mail) -> Option<&'static str> {
        let mut faults = locked(&self.shared.faults);
        if faults.refuse > 0 {
            faults.refuse -= 1;
            return Some("451 4.3.0 Try again later");
        }
        let mut mails = locked(&self.shared.mails);
        mails.push(mail.clone());
        if let Some(folder) = &self.shared.folder {
            let file = folder.join(format!("{}-{}.eml", std::process::id(), mails.len()));
            if let Err(error) = fs::write(file, &mail.text) {
                eprintln!("smtp: a mail could not be written: {error}");
            }
        }
        if faults.silent > 0 {
            faults.silent -= 1;
            return None;
        }
        Some("250 2.0.0 Taken")
    }
}

/// A panic under the lock leaves whole mails behind, so the state can still be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
