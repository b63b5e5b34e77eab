//! Errands as stored in the answer. The version stands in the type name.

use domain::errand::{Errand, Sending, Task};
use domain::{MessageKey, Millis, Token};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(in crate::table) struct ErrandV1 {
    /// The key of the message that asks for it.
    by: String,
    /// The part that tells of it.
    pa: usize,
    #[serde(flatten)]
    task: TaskV1,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum TaskV1 {
    Alarm {
        /// Name.
        na: String,
        /// Due at, milliseconds.
        at: i64,
    },
    Mail {
        /// Address.
        to: String,
        /// Material.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ma: Option<String>,
    },
}

impl ErrandV1 {
    pub(in crate::table) fn of(errand: &Errand) -> ErrandV1 {
        let task = match &errand.task {
            Task::Alarm { name, at } => TaskV1::Alarm { na: name.clone(), at: at.0 },
            Task::Mail { to, material, .. } => TaskV1::Mail { to: to.clone(), ma: material.clone() },
        };
        ErrandV1 { by: errand.asked_by.to_string(), pa: errand.part, task }
    }

    /// `tried_by`, `is_over`: how far the mail has come, which stands beside it in the answer.
    pub(in crate::table) fn errand(self, tried_by: Option<&str>, is_over: Option<bool>) -> Option<Errand> {
        let task = match self.task {
            TaskV1::Alarm { na, at } => Task::Alarm { name: na, at: Millis(at) },
            TaskV1::Mail { to, ma } => {
                let sending = match (is_over, tried_by) {
                    (Some(true), _) => Sending::Over,
                    (_, Some(token)) => Sending::Tried(Token(token.to_owned())),
                    _ => Sending::Planned,
                };
                Task::Mail { to, material: ma, sending }
            }
        };
        Some(Errand { asked_by: MessageKey::parse(&self.by)?, part: self.pa, task })
    }
}
