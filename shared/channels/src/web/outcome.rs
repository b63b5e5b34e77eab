//! Nothing is sent, so nothing can fail to arrive.

use domain::http::{HttpError, HttpResponse};

use crate::sending::Sent;

pub(super) fn of(_: &Result<HttpResponse, HttpError>) -> Sent {
    Sent::Accepted
}
