//! EventBridge Scheduler behind the seam.

use std::time::Duration;

use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};

use crate::calendar::as_at_expression;
use crate::{Alarm, Pending, Scheduler, SchedulerError};

/// Where schedules stand and what they ring, by the names of the template's variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `SCHEDULE_GROUP`: the stack's own group.
    pub group: String,
    /// `NOTICES_QUEUE_ARN`: the queue that they send to.
    pub queue_arn: String,
    /// `SCHEDULER_ROLE_ARN`: the role that may do that and nothing else.
    pub role_arn: String,
}

/// One stack's schedules.
pub struct EventBridge {
    pub(crate) client: Client,
    pub(crate) place: Place,
}

impl EventBridge {
    /// A client for the stack that the environment names. Reused for every invocation of the sandbox.
    pub async fn connect(place: Place) -> EventBridge {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_millis(4_500))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await;
        EventBridge::of(Client::new(&config), place)
    }

    /// The same with a client of one's own.
    pub fn of(client: Client, place: Place) -> EventBridge {
        EventBridge { client, place }
    }

    async fn create(&self, alarm: Alarm) -> Result<(), SchedulerError> {
        let at = as_at_expression(alarm.at)
            .ok_or_else(|| SchedulerError::Refused("a time outside the calendar".to_owned()))?;
        let create = self.client.create_schedule().name(alarm.name).group_name(&self.place.group);
        let create = create.schedule_expression(at).schedule_expression_timezone("UTC");
        let create = create.flexible_time_window(on_time()?).target(self.target(alarm.notice)?);
        let created = create.action_after_completion(ActionAfterCompletion::Delete).send().await;
        match created {
            Ok(_) => Ok(()),
            // Names are made of what the alarm is for: this is ours, set by an earlier attempt.
            Err(error)
                if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(why(&error)),
        }
    }

    pub(crate) fn target(&self, notice: String) -> Result<Target, SchedulerError> {
        let Place { queue_arn, role_arn, .. } = &self.place;
        let built = Target::builder().arn(queue_arn).role_arn(role_arn).input(notice).build();
        built.map_err(|error| SchedulerError::Refused(error.to_string()))
    }
}

impl Scheduler for EventBridge {
    fn set(&self, alarm: Alarm) -> Pending<'_, Result<(), SchedulerError>> {
        Box::pin(self.create(alarm))
    }
}

/// No window to spread it over: within the minute.
pub(crate) fn on_time() -> Result<FlexibleTimeWindow, SchedulerError> {
    let built = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
    built.map_err(|error| SchedulerError::Refused(error.to_string()))
}

/// What an SDK error says, without the request it was about.
pub(crate) fn why<E: std::error::Error + ProvideErrorMetadata + 'static>(
    error: &SdkError<E>,
) -> SchedulerError {
    let Some(service) = error.as_service_error() else {
        return SchedulerError::Unavailable(DisplayErrorContext(error).to_string());
    };
    let code = service.code().unwrap_or("unknown");
    let passes = matches!(code, "InternalServerException" | "ThrottlingException" | "ConflictException");
    let said = code.to_owned();
    if passes { SchedulerError::Unavailable(said) } else { SchedulerError::Refused(said) }
}
