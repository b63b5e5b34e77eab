//! The owner's schedules: made what the bot's folder says, and no more.

use std::collections::BTreeMap;

use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;

use crate::SchedulerError;
use crate::eventbridge::{EventBridge, on_time, why};

/// What the owner's schedules are called in the group, before their names. Reminders are called otherwise.
const PREFIX: &str = "owner.";

/// A schedule as the owner wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnersSchedule {
    /// `cron(...)`, `rate(...)` or `at(...)`.
    pub at: String,
    /// An IANA name.
    pub timezone: String,
    /// The notice; `<aws.scheduler.scheduled-time>` in it becomes the time.
    pub notice: String,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Were not there.
    pub created: Vec<String>,
    /// Said something else.
    pub changed: Vec<String>,
    /// Are not the bot's any more.
    pub deleted: Vec<String>,
}

impl EventBridge {
    /// Makes the schedules of the group what is wanted. One that stands as it should is left alone: a rate would begin
    /// anew. Broken off, it is simply run again.
    ///
    /// # Errors
    /// The first thing that EventBridge Scheduler refused.
    pub async fn sync(&self, wanted: &BTreeMap<String, OwnersSchedule>) -> Result<Synced, SchedulerError> {
        let (mut synced, standing) = (Synced::default(), self.standing().await?);
        for (name, schedule) in wanted {
            if !standing.contains(name) {
                self.create_owners(name, schedule).await?;
                synced.created.push(name.clone());
            } else if !self.stands(name, schedule).await? {
                self.update_owners(name, schedule).await?;
                synced.changed.push(name.clone());
            }
        }
        for name in standing.into_iter().filter(|name| !wanted.contains_key(name)) {
            let delete = self.client.delete_schedule().group_name(&self.place.group).name(full(&name));
            delete.send().await.map_err(|error| why(&error))?;
            synced.deleted.push(name);
        }
        Ok(synced)
    }

    /// The names of the owner's schedules.
    async fn standing(&self) -> Result<Vec<String>, SchedulerError> {
        let list = self.client.list_schedules().group_name(&self.place.group).name_prefix(PREFIX);
        let mut pages = list.into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(schedule) = pages.next().await {
            let schedule = schedule.map_err(|error| why(&error))?;
            names.extend(schedule.name().and_then(|name| name.strip_prefix(PREFIX)).map(ToOwned::to_owned));
        }
        Ok(names)
    }

    /// Whether it is what it should be.
    async fn stands(&self, name: &str, wanted: &OwnersSchedule) -> Result<bool, SchedulerError> {
        let get = self.client.get_schedule().group_name(&self.place.group).name(full(name));
        let standing = get.send().await.map_err(|error| why(&error))?;
        Ok(self.is_as(&standing, wanted))
    }

    fn is_as(&self, standing: &GetScheduleOutput, wanted: &OwnersSchedule) -> bool {
        let target = standing.target();
        standing.schedule_expression() == Some(wanted.at.as_str())
            && standing.schedule_expression_timezone() == Some(wanted.timezone.as_str())
            && target.and_then(|target| target.input()) == Some(wanted.notice.as_str())
            && target.is_some_and(|target| {
                target.arn() == self.place.queue_arn && target.role_arn() == self.place.role_arn
            })
    }

    async fn create_owners(&self, name: &str, wanted: &OwnersSchedule) -> Result<(), SchedulerError> {
        let OwnersSchedule { at, timezone, notice } = wanted.clone();
        let create = self.client.create_schedule().name(full(name)).group_name(&self.place.group);
        let create = create.schedule_expression(at).schedule_expression_timezone(timezone);
        let create = create.flexible_time_window(on_time()?).target(self.target(notice)?);
        create.send().await.map(drop).map_err(|error| why(&error))
    }

    async fn update_owners(&self, name: &str, wanted: &OwnersSchedule) -> Result<(), SchedulerError> {
        let OwnersSchedule { at, timezone, notice } = wanted.clone();
        let update = self.client.update_schedule().name(full(name)).group_name(&self.place.group);
        let update = update.schedule_expression(at).schedule_expression_timezone(timezone);
        let update = update.flexible_time_window(on_time()?).target(self.target(notice)?);
        update.send().await.map(drop).map_err(|error| why(&error))
    }
}

fn full(name: &str) -> String {
    format!("{PREFIX}{name}")
}
