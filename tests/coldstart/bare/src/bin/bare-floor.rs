//! A handler that answers 200 and does nothing: less than this no function of these crates can cost.

use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(handle)).await
}

async fn handle(request: Request) -> Result<Response<Body>, Error> {
    tracing::info!(path = request.uri().path(), bytes = request.body().len(), "received");
    Ok(Response::new(Body::Empty))
}
