//! Serving until told to stop.
use crate::connection::{Connections, CuttableListener, Cutter};
use axum::Router;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests may take to end after the shutdown; what still runs then is abandoned.
const GRACE: Duration = Duration::from_secs(2);

/// Serves the router. `stopping` turns true at the shutdown, for requests that would wait for long, and false
/// when the same state is served again.
pub(crate) async fn serve_until(
    listener: TcpListener,
    router: Router,
    stopping: watch::Sender<bool>,
    connections: Connections,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    stopping.send_replace(false);
    let mut stopped = stopping.subscribe();
    let ending = async move {
        shutdown.await;
        stopping.send_replace(true);
    };
    let service = router.into_make_service_with_connect_info::<Cutter>();
    let serving =
        axum::serve(CuttableListener(listener, connections), service).with_graceful_shutdown(ending);
    tokio::select! {
        ended = serving => ended,
        () = async {
            wait_for_stop(&mut stopped).await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

/// Returns when the server stops; never before.
pub(crate) async fn wait_for_stop(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending::<()>().await;
    }
}
