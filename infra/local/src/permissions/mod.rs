//! Permissions: the roles of `template.yaml`, held to everything that functions, mappings and schedules ask of the
//! stack's own services. Whoever comes with other credentials is the owner, and may do all.

mod asked;
mod door;
mod journal;
mod policy;
mod reading;
mod refusal;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use asked::Service;
pub use door::before;
pub use journal::{Journal, Right};
pub use reading::RoleError;

use crate::template::Template;
use policy::{Asked, Policy};

/// The access key of a role: its name, which is the end of its ARN.
pub fn access_key(role_arn: &str) -> &str {
    role_arn.rsplit('/').next().unwrap_or_default()
}

/// The roles, and what they were used for.
#[derive(Clone, Default)]
pub struct Permissions {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    roles: Mutex<BTreeMap<String, Policy>>,
    journal: Mutex<Journal>,
    says_refusals: bool,
}

impl Permissions {
    /// No roles yet. With `says_refusals` each refusal is a line of JSON on standard output.
    pub fn new(says_refusals: bool) -> Permissions {
        Permissions { shared: Arc::new(Shared { says_refusals, ..Shared::default() }) }
    }

    /// From now on the roles of this template hold.
    ///
    /// # Errors
    /// A role says something that nobody can be held to here: give up.
    pub fn set(&self, template: &Template) -> Result<(), RoleError> {
        let roles = template.resources_of("AWS::IAM::Role");
        let roles = roles.map(|(id, properties)| {
            let policy = reading::policy(id, properties)?;
            Ok((access_key(template.arn(id)).to_owned(), policy))
        });
        let roles: BTreeMap<String, Policy> = roles.collect::<Result<_, RoleError>>()?;
        let granted = roles.iter().flat_map(|(role, policy)| {
            policy.grants().map(|(action, resource)| Right { role: role.clone(), action, resource })
        });
        locked(&self.shared.journal).granted = granted.collect();
        *locked(&self.shared.roles) = roles;
        Ok(())
    }

    /// What was used and refused so far.
    pub fn journal(&self) -> Journal {
        locked(&self.shared.journal).clone()
    }

    /// Whether whoever has this access key may do all of that; if not, what of it first.
    fn check<'a>(&self, access_key: &str, asked: &'a [Asked]) -> Result<(), &'a Asked> {
        let roles = locked(&self.shared.roles);
        let Some(policy) = roles.get(access_key) else { return Ok(()) };
        for asked in asked {
            let grants = policy.allows(asked);
            if grants.is_empty() {
                return Err(asked);
            }
            let right = |(action, resource)| Right { role: access_key.to_owned(), action, resource };
            locked(&self.shared.journal).used.extend(grants.into_iter().map(right));
        }
        Ok(())
    }
}

/// A panic under the lock leaves whole values behind.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
