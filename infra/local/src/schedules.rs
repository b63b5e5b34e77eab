//! The owner's schedules: from the bot's folder into EventBridge Scheduler.

use std::collections::BTreeMap;

use bot::Bot;
use io::envelope::NoticeV1;
use scheduler::{Calendar, EventBridge, OwnersSchedule, Place, Synced};
use stand_ins::scheduler::expression::Expression;

use crate::cli::{Failure, Schedules};

/// What EventBridge Scheduler puts the time of an occurrence in the place of (user guide, "Adding context attributes").
const DUE: &str = "<aws.scheduler.scheduled-time>";

/// Syncs a deployed stack's.
pub fn run(options: &Schedules) -> Result<(), Failure> {
    let bot = startup::read_bot(&options.bot)?;
    check(&bot)?;
    let place = Place {
        group: options.group.clone(),
        queue_arn: options.queue.clone(),
        role_arn: options.role.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let synced = runtime.block_on(async { sync(&EventBridge::connect(place).await, &bot).await })?;
    for (what, names) in
        [("created", synced.created), ("changed", synced.changed), ("deleted", synced.deleted)]
    {
        for name in names {
            println!("{what} {name}");
        }
    }
    println!("{}: {} schedules stand", options.group, bot.schedules.len());
    Ok(())
}

/// Makes the schedules of a stack what the bot says.
pub async fn sync(place: &EventBridge, bot: &Bot) -> Result<Synced, Failure> {
    let mut wanted = BTreeMap::new();
    for (name, schedule) in &bot.schedules {
        let notice = serde_json::to_string(&NoticeV1::scheduled(name, DUE))?;
        let (at, timezone) = (schedule.at.clone(), schedule.timezone.clone());
        wanted.insert(name.clone(), OwnersSchedule { at, timezone, notice });
    }
    Ok(place.sync(&wanted).await?)
}

/// What the bot's folder alone cannot tell: that there are such time zones, and times.
pub fn check(bot: &Bot) -> Result<(), Failure> {
    let zones = bot.schedules.values().map(|schedule| &schedule.timezone).chain([&bot.timezone]);
    if let Some(unknown) = zones.into_iter().find(|zone| Calendar::of(zone).is_none()) {
        return Err(format!("there is no time zone `{unknown}`").into());
    }
    let unread = |schedule: &&bot::Schedule| Expression::parse(&schedule.at, &schedule.timezone).is_none();
    match bot.schedules.values().find(unread) {
        Some(schedule) => Err(format!("`{}` is no time of a schedule", schedule.at).into()),
        None => Ok(()),
    }
}
