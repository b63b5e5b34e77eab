"""What the template must say, and why. A change of a guarantee is a change here and in template.yaml."""

DAY = 24 * 60 * 60

# The queues. `None` = must be absent. High-throughput FIFO needs DeduplicationScope and FifoThroughputLimit together.
FIFO = {
    "FifoQueue": True,
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 75,
}
QUEUES = {
    "DoorbellQueue": {**FIFO, "MessageRetentionPeriod": 4 * DAY},
    "UrgentQueue": {**FIFO, "MessageRetentionPeriod": 4 * DAY},
    "DeadLetterQueue": {**FIFO, "MessageRetentionPeriod": 14 * DAY, "RedrivePolicy": None},
    # A receive limit would end the 30 s watch while something still waits.
    "NoticesQueue": {
        "FifoQueue": None,
        "SqsManagedSseEnabled": True,
        "VisibilityTimeout": 45,
        "MessageRetentionPeriod": 4 * DAY,
        "RedrivePolicy": None,
    },
}
RUNG = ("DoorbellQueue", "UrgentQueue")
DOORBELL_RECEIVES = 10  # a doorbell that meets a foreign lease also counts as received

# The functions: seconds, megabytes, and the queue that feeds it with the parameter that caps it. The processor's second
# queue, the urgent lane, is checked apart.
FUNCTIONS = {
    "WebhookFunction": {"binary": "webhook", "timeout": 5, "memory": 512},
    "ProcessorFunction": {"binary": "processor", "timeout": 60, "memory": 256, "queue": "DoorbellQueue", "cap": "ModelConcurrency"},
    "NotifyFunction": {"binary": "notify", "timeout": 30, "memory": 256, "queue": "NoticesQueue", "cap": "NotifyConcurrency"},
    "DeadLetterFunction": {"binary": "dead-letter", "timeout": 60, "memory": 256, "queue": "DeadLetterQueue", "cap": "DeadLetterConcurrency"},
    "ApiFunction": {"binary": "api", "timeout": 29, "memory": 256},
}

ROUTES = {
    "POST /webhook/{channel}": "WebhookFunction",
    "GET /webhook/{channel}": "WebhookFunction",
    "POST /api/chat": "ApiFunction",
    "GET /api/chat/{request_id}": "ApiFunction",
    "POST /api/chat/cancel": "ApiFunction",
    "GET /api/chat/messages": "ApiFunction",
    "OPTIONS /api/chat": "ApiFunction",
    "OPTIONS /api/chat/{request_id}": "ApiFunction",
    "GET /api/owner/conversations/{conversation}": "ApiFunction",
    "POST /api/owner/conversations/{conversation}/takeover": "ApiFunction",
    "POST /api/owner/conversations/{conversation}/say": "ApiFunction",
    "POST /api/owner/conversations/{conversation}/release": "ApiFunction",
    "GET /api/messages/{request_id}": "ApiFunction",
    "GET /api/stats": "ApiFunction",
    "GET /health": "ApiFunction",
    "GET /health/concurrency": "ApiFunction",
}
# Which parameters throttle a route, when not ApiRateLimit and ApiBurstLimit.
THROTTLES = {
    "POST /api/chat": "Chat",
    "GET /api/owner/conversations/{conversation}": "Owner",
    "POST /api/owner/conversations/{conversation}/takeover": "Owner",
    "POST /api/owner/conversations/{conversation}/say": "Owner",
    "POST /api/owner/conversations/{conversation}/release": "Owner",
    "GET /api/messages/{request_id}": "Owner",
    "GET /api/stats": "Status",
    "GET /health": "Status",
    "GET /health/concurrency": "Status",
}
HTTP_API_LIMIT_MS = 30_000  # AWS's limit for an HTTP API integration; more fails at deployment, and no linter says so

# Environment variables. Of secrets only the names stand there: what is in a variable is in the function's configuration.
COMMON_VARIABLES = {
    "STAGE",
    "STACK_NAME",
    "TABLE_NAME",
    "DOORBELL_QUEUE_URL",
    "URGENT_QUEUE_URL",
    "NOTICES_QUEUE_URL",
    "BOT_DIR",
    "TURNWISE_SET",
    "SECRETS_PATH",
    "SECRETS",
}
BASES = {
    "TELEGRAM_API_BASE",
    "LINE_API_BASE",
    "LINE_DATA_API_BASE",
    "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_API_BASE",
    "MESSENGER_API_BASE",
    "SLACK_API_BASE",
    "SLACK_HOOKS_BASE",
    "DISCORD_API_BASE",
}
ASKING = {"MODEL", "OPENAI_BASE_URL", "GEMINI_BASE_URL", "ANTHROPIC_BASE_URL", "BEDROCK_ENDPOINT"}
NEWS = {"NEWS_ENDPOINT"}
OWN_VARIABLES = {
    "WebhookFunction": {"WHATSAPP_PHONE_NUMBER_ID"},  # whose messages are this bot's
    "ProcessorFunction": BASES
    | ASKING
    | {"SCHEDULE_GROUP", "NOTICES_QUEUE_ARN", "SCHEDULER_ROLE_ARN", "EMAIL_FROM"}
    | {"KNOWLEDGE_VECTOR_BUCKET", "KNOWLEDGE_VECTOR_INDEX"}
    | NEWS,
    "NotifyFunction": BASES | NEWS,
    "DeadLetterFunction": BASES | NEWS | {"DEAD_LETTER_QUEUE_URL"},
    "ApiFunction": {"MODEL", "ALLOWED_ORIGINS"},
}

# Secrets, by the function that may read them. It gets one only when it uses it.
PROVING = {
    "TELEGRAM_SECRET_TOKEN",
    "LINE_CHANNEL_SECRET",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "MESSENGER_APP_SECRET",
    "MESSENGER_VERIFY_TOKEN",
    "SLACK_SIGNING_SECRET",
    "DISCORD_PUBLIC_KEY",
}
SENDING = {
    "TELEGRAM_BOT_TOKEN",
    "LINE_CHANNEL_ACCESS_TOKEN",
    "WHATSAPP_ACCESS_TOKEN",
    "MESSENGER_PAGE_ACCESS_TOKEN",
    "SLACK_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
}
SECRETS = {
    "WebhookFunction": PROVING,
    "ProcessorFunction": SENDING | {"OPENAI_API_KEY", "GEMINI_API_KEY", "ANTHROPIC_API_KEY", "TOOL_SECRETS", "SMTP_URL"},
    "NotifyFunction": SENDING,
    "DeadLetterFunction": SENDING,
    "ApiFunction": {"WEB_SESSION_SECRET", "OWNER_TOKEN"},
}
# A parameter whose name ends like this is a secret, and no secret is a parameter.
SECRET_ENDINGS = ("Token", "Secret", "Secrets", "Key", "Password")

# Every action that a function's role may take, by resource. "*" = actions that take no resource.
POLL = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}
SEND = {"sqs:SendMessage"}
WORK = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"}
# A refusal is one transaction with a check on the mailbox, and so is an edit, which first looks at what waits; a
# transaction needs the rights of its parts.
ADMIT = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"}
EVERY_ROLE = {"*": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}}
ROLES = {
    "WebhookRole": {"Table": ADMIT, "DoorbellQueue": SEND, "UrgentQueue": SEND, "NoticesQueue": SEND},
    "ProcessorRole": {
        "Table": WORK,
        "DoorbellQueue": POLL,
        "UrgentQueue": POLL,
        "NoticesQueue": SEND,
        "ScheduleGroup": {"scheduler:CreateSchedule"},  # reminders, inside the stack's own group
        "SchedulerRole": {"iam:PassRole"},
        "arn:aws:ses:eu-west-1:123456789012:identity/*": {"ses:SendEmail"},  # from the bot's own address, by condition
    },
    # It takes in what a schedule says, as the webhook takes in what a user says.
    "NotifyRole": {"Table": ADMIT, "NoticesQueue": POLL | SEND, "DoorbellQueue": SEND, "UrgentQueue": SEND},
    "DeadLetterRole": {"Table": WORK, "DeadLetterQueue": POLL, "NoticesQueue": SEND},
    "ApiRole": {"Table": ADMIT, "${Table.Arn}/index/busy": {"dynamodb:Query"}, "${Table.Arn}/index/sessions": {"dynamodb:Query"}, "DoorbellQueue": SEND, "UrgentQueue": SEND, "NoticesQueue": SEND},
}
# Roles of services: who may act as it, and all it may do.
SERVICE_ROLES = {
    "SchedulerRole": ("scheduler.amazonaws.com", {"NoticesQueue": SEND}),
    "DeploymentRole": (
        "codedeploy.amazonaws.com",
        {
            "arn:aws:lambda:eu-west-1:123456789012:function:STACK-*": {
                "lambda:GetAlias",
                "lambda:UpdateAlias",
                "lambda:GetProvisionedConcurrencyConfig",
            },
            "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*": {"cloudwatch:DescribeAlarms"},
        },
    ),
}

# The alarms that move a function's alias back to the version before. None of the HTTP API: it would wait for the alias.
ROLLBACK = {
    "WebhookFunction": {"WebhookErrorsAlarm", "WebhookP99Alarm"},
    "ProcessorFunction": {"ProcessorErrorsAlarm", "DeadLetterArrivedAlarm", "ItemFailuresAlarm"},
    "NotifyFunction": {"NotifyErrorsAlarm"},
    "DeadLetterFunction": {"DeadLetterErrorsAlarm"},
    "ApiFunction": {"ApiErrorsAlarm"},
}
LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}  # on the function's own group

# What the functions count of themselves (docs/metrics.md) and somebody has to be told of.
ALARMING = {"Failed", "TimedOut", "Lost", "CircuitOpened", "Refused", "ForgedRequests", "SendFailures", "ItemFailures"}
