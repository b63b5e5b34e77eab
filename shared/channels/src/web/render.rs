//! Nothing is sent: the client asks for the recorded answer.

use domain::http::HttpRequest;

pub(super) fn message() -> Option<HttpRequest> {
    None
}
