//! Nothing is sent: the client asks for the recorded answer.

use crate::sending::Call;

pub(super) fn message() -> Option<Call> {
    None
}
