"""Breaks the template on purpose, one fault at a time, and expects check_template to refuse it: a check that cannot fail
is worthless. Each fault names words of the sentence it must be refused with.

    python -m pytest -q test_checks.py
"""

import copy

import pytest

import check_documents
import check_template
from evaluate import Environment
from translate import read, translate

TEMPLATE = read(check_template.ROOT / "template.yaml")
PROD = next(item for item in check_template.environments(TEMPLATE) if item.name == "prod")


def sentences(change, **overrides):
    """What check_template says of prod after `change` was made to the template."""
    template = copy.deepcopy(TEMPLATE)
    change(template["Resources"], template)
    environment = Environment("prod", PROD.stack_name, {**PROD.overrides, **overrides}, template)
    return check_template.faults(check_template.Stack(template, environment))


def put(*path):
    """A fault: the last item of `path` is put where the items before it lead, starting at Resources."""

    def change(resources, _template):
        *keys, last, value = path
        place = resources
        for key in keys:
            place = place[key]
        place[last] = value

    return change


def drop(*path):
    """A fault: what `path` leads to is gone."""

    def change(resources, _template):
        *keys, last = path
        place = resources
        for key in keys:
            place = place[key]
        del place[last]

    return change


def alias(name):
    """A fault: functions are called by another alias."""

    def change(_resources, template):
        template["Globals"]["Function"]["AutoPublishAlias"] = name

    return change


def dashboard(metric, other):
    """A fault: the dashboard shows another metric."""

    def change(resources, _template):
        body = resources["Dashboard"]["Properties"]["DashboardBody"]
        body["Fn::Sub"] = body["Fn::Sub"].replace(f'"{metric}"', f'"{other}"')

    return change


def parameter(name, key, value):
    """A fault in a parameter's declaration."""

    def change(_resources, template):
        template["Parameters"].setdefault(name, {"Type": "String", "Description": "x"})[key] = value

    return change


def statement(role, index, key, value):
    """A fault in a statement of a role."""
    return put(role, "Properties", "Policies", 0, "PolicyDocument", "Statement", index, key, value)


def doorbell(key, value):
    return put("DoorbellQueue", "Properties", key, value)


def event(function, name, key, value):
    return put(function, "Properties", "Events", name, "Properties", key, value)


def reserve_half(resources, _template):
    """The processor reserves half of what its event source may start."""
    resources["ProcessorFunction"]["Properties"]["ReservedConcurrentExecutions"] = 25


# Faults that no linter sees: (what is broken, how, words of the refusal).
FAULTS = [
    # -- queues
    ("window on FIFO", event("ProcessorFunction", "Doorbell", "MaximumBatchingWindowInSeconds", 5), "MaximumBatchingWindow"),
    ("deduplication per queue", doorbell("DeduplicationScope", "queue"), "DeduplicationScope is 'queue'"),
    ("throughput per queue", doorbell("FifoThroughputLimit", "perQueue"), "FifoThroughputLimit is 'perQueue'"),
    ("deduplication by content", doorbell("ContentBasedDeduplication", True), "ContentBasedDeduplication is True"),
    ("name without .fifo", doorbell("QueueName", {"Fn::Sub": "${AWS::StackName}-doorbell"}), "must end in .fifo"),
    ("visibility of six timeouts", doorbell("VisibilityTimeout", 360), "VisibilityTimeout is 360"),
    ("visibility below the timeout", doorbell("VisibilityTimeout", 30), "visible again after 30 s"),
    ("no receives", doorbell("RedrivePolicy", {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 0}), "maxReceiveCount is 0"),
    ("few receives", doorbell("RedrivePolicy", {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 3}), "maxReceiveCount is 3"),
    ("no dead letters", drop("DoorbellQueue", "Properties", "RedrivePolicy"), "must go to DeadLetterQueue"),
    ("short retention", doorbell("MessageRetentionPeriod", 86400), "MessageRetentionPeriod is 86400"),
    ("dead letters per queue", put("DeadLetterQueue", "Properties", "FifoThroughputLimit", "perQueue"), "FifoThroughputLimit"),
    ("dead letters kept 4 days", put("DeadLetterQueue", "Properties", "MessageRetentionPeriod", 345600), "DeadLetterQueue: MessageRetentionPeriod"),
    ("anyone redrives", drop("DeadLetterQueue", "Properties", "RedriveAllowPolicy"), "must name the doorbell queue"),
    ("watch ends after 3 receives", put("NoticesQueue", "Properties", "RedrivePolicy", {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 3}), "NoticesQueue: RedrivePolicy"),
    ("plain HTTP", drop("QueuesTlsOnly"), "no policy denies access without TLS"),
    ("unencrypted", doorbell("SqsManagedSseEnabled", False), "SqsManagedSseEnabled is False"),
    # -- concurrency and event sources
    ("reserved below maximum", reserve_half, "must be equal to ModelConcurrency"),
    ("nothing reserved", drop("ProcessorFunction", "Properties", "ReservedConcurrentExecutions"), "must be equal to ModelConcurrency"),
    ("no maximum", drop("ProcessorFunction", "Properties", "Events", "Doorbell", "Properties", "ScalingConfig"), "ScalingConfig is None"),
    ("batch of ten", event("ProcessorFunction", "Doorbell", "BatchSize", 10), "BatchSize is 10"),
    ("failures of whole batches", drop("ProcessorFunction", "Properties", "Events", "Doorbell", "Properties", "FunctionResponseTypes"), "FunctionResponseTypes is None"),
    ("misspelt partial failures", event("NotifyFunction", "Notices", "FunctionResponseTypes", ["ReportBatchItemFailure"]), "FunctionResponseTypes"),
    ("dead letters from the wrong queue", event("DeadLetterFunction", "DeadLetters", "Queue", {"Fn::GetAtt": ["NoticesQueue", "Arn"]}), "must be DeadLetterQueue"),
    # -- functions and HTTP API
    ("API waits 31 s", event("ApiFunction", "Send", "TimeoutInMillis", 31000), "at most 30000"),
    ("API gives up first", event("ApiFunction", "Send", "TimeoutInMillis", 20000), "must be above its function's 29000"),
    ("route moved", event("ApiFunction", "Health", "Path", "/healthz"), "the routes are"),
    ("route that watch does not serve", event("ApiFunction", "Health", "Path", "/healthz"), "CargoLambda.toml: the router"),
    ("binary that build does not take", put("ApiFunction", "Metadata", "BuildProperties", "Binary", "web"), "CargoLambda.toml: builds"),
    ("owner's routes for anybody's pace", drop("HttpApi", "Properties", "RouteSettings", "POST /api/owner/conversations/{conversation}/say"), "say: is throttled by None"),
    ("throttle of no route", put("HttpApi", "Properties", "RouteSettings", "GET /healthz", {"ThrottlingRateLimit": 1}), "there is no such route"),
    ("no throttle", drop("HttpApi", "Properties", "DefaultRouteSettings"), "has no throttle"),
    ("calls past the alias", alias("other"), "has no alias live"),
    ("configuration that never runs", drop("ApiFunction", "Properties", "AutoPublishAliasAllProperties"), "would be deployed and never run"),
    ("SAM's own deployer", drop("NotifyFunction", "Properties", "DeploymentPreference", "Role"), "expected DeploymentRole"),
    ("nothing moves it back", put("WebhookFunction", "Properties", "DeploymentPreference", "Alarms", []), "is moved back by []"),
    ("an alarm that waits for the alias", put("WebhookFunction", "Properties", "DeploymentPreference", "Alarms", [{"Ref": "Api5xxAlarm"}]), "is moved back by ['Api5xxAlarm']"),
    ("all at once in every environment", put("ApiFunction", "Properties", "DeploymentPreference", "Type", "AllAtOnce"), "ApiFunction: moves by"),
    ("another function's binary", put("NotifyFunction", "Metadata", "BuildProperties", "Binary", "processor"), "must be the binary notify"),
    ("slow webhook", put("WebhookFunction", "Properties", "Timeout", 60), "Timeout is 60"),
    ("generated role", drop("NotifyFunction", "Properties", "Role"), "not one that SAM generates"),
    ("text logs", put("ApiFunction", "Properties", "LoggingConfig", {"LogFormat": "Text"}), "must log JSON into ApiLogs"),
    ("Intel", put("ApiFunction", "Properties", "Architectures", ["x86_64"]), "Architectures"),
    # -- table and deletion
    ("deletion by condition", put("Table", "DeletionPolicy", {"Fn::If": ["IsProd", "Retain", "Delete"]}), "must be a literal"),
    ("table deleted", put("Table", "DeletionPolicy", "Delete"), "must be the literal Retain"),
    ("no TTL", drop("Table", "Properties", "TimeToLiveSpecification"), "TimeToLiveSpecification is None"),
    ("no recovery", drop("Table", "Properties", "PointInTimeRecoverySpecification"), "PointInTimeRecoverySpecification is None"),
    ("prod unprotected", put("Table", "Properties", "DeletionProtectionEnabled", False), "DeletionProtectionEnabled is False"),
    # -- permissions
    ("misspelt action", statement("WebhookRole", 6, "Action", "sqs:SendMessages"), "may ['sqs:SendMessages'] on DoorbellQueue"),
    ("every action", statement("ProcessorRole", 5, "Action", "dynamodb:*"), "may ['dynamodb:*'] on Table"),
    ("every resource", statement("ProcessorRole", 5, "Resource", "*"), "on *, which its function does not need"),
    ("scan", statement("ApiRole", 5, "Action", ["dynamodb:Scan", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"]), "may ['dynamodb:Scan']"),
    ("cannot poll", statement("DeadLetterRole", 6, "Action", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]), "may not ['sqs:ChangeMessageVisibility']"),
    ("managed policy", put("ApiRole", "Properties", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]), "managed policies"),
    ("the clock for anybody", drop("SchedulerRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition"), "for other stacks' resources as well"),
    ("every secret", statement("WebhookRole", 2, "Resource", {"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/turnwise/*"}), "parameter/turnwise/*, which its function does not need"),
    ("a secret that cannot be read", put("ApiRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 2, "Resource", []), "may not ['ssm:GetParameters']"),
    ("decryption of anything", put("WebhookRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 3, "Condition", None), "WebhookRole: decrypts under None"),
    # -- secrets and variables
    ("secret as parameter", parameter("FaxChannelSecret", "Default", ""), "parameter FaxChannelSecret is a secret"),
    ("hidden parameter", parameter("FaxNumber", "NoEcho", True), "parameter FaxNumber is a secret"),
    ("model key in a variable", put("WebhookFunction", "Properties", "Environment", "Variables", "OPENAI_API_KEY", "sk-1"), "variables differ"),
    ("model key for the webhook", put("WebhookFunction", "Properties", "Environment", "Variables", "SECRETS", "OPENAI_API_KEY"), "WebhookFunction: SECRETS differs"),
    ("crossed parameters", put("ProcessorFunction", "Properties", "Environment", "Variables", "OPENAI_BASE_URL", {"Ref": "GeminiBaseUrl"}), "expected the parameter of its own name"),
    # -- alarms and dashboard
    ("alarm without threshold", drop("ProcessorErrorsAlarm", "Properties", "Threshold"), "ProcessorErrorsAlarm: has no Threshold"),
    ("alarm that tells nobody", drop("DoorbellAgeAlarm", "Properties", "AlarmActions"), "DoorbellAgeAlarm: tells nobody"),
    ("alarm gone", drop("DeadLetterArrivedAlarm"), "no alarm looks at NumberOfMessagesReceived"),
    ("REST's name for 5xx", put("Api5xxAlarm", "Properties", "MetricName", "5XXError"), "no alarm looks at 5xx"),
    ("topic under the SNS key", put("AlarmTopic", "Properties", "KmsMasterKeyId", "alias/aws/sns"), "needs a key of its own"),
    ("alarm without urgency", put("ApiErrorsAlarm", "Properties", "AlarmDescription", "Failed. docs/operations.md#api-errors"), "how urgent it is"),
    ("alarm with another's page", put("ApiErrorsAlarm", "Properties", "AlarmDescription", "Now: Failed. docs/operations.md#api-5xx"), "must end with its page"),
    ("alarm without a page", lambda resources, _template: resources.update(FaxAlarm=resources["ApiErrorsAlarm"]), "docs/operations.md#fax and the alarms differ"),
    ("page without an alarm", drop("RefusedAlarm"), "docs/operations.md#refused and the alarms differ"),
    ("urgent messages unwatched", drop("DoorbellAgeAlarm"), "no alarm looks at ApproximateAgeOfOldestMessage of UrgentQueue"),
    ("another stack's failures", drop("ItemFailuresAlarm", "Properties", "Dimensions"), "must look at this stack's metrics"),
    ("broken dashboard", put("Dashboard", "Properties", "DashboardBody", {"Fn::Sub": '{"widgets":[{"type":"metric",}]}'}), "the body is no dashboard"),
    ("a metric that nobody sees", dashboard("ModelCost", "ModelCosts"), "not or wrongly ['ModelCost', 'ModelCosts']"),
    # -- parameters and rules
    ("rule gone", lambda _resources, template: template.pop("Rules"), "no Rule refuses prod"),
    ("parameter unexplained", lambda _resources, template: template["Parameters"]["Bot"].pop("Description"), "Bot has no Description"),
]  # fmt: skip

# Faults in an environment's parameters.
OVERRIDES = [
    ("vectors without an index", {"KnowledgeVectorBucket": "vectors"}, "a vector bucket needs a vector index"),
    ("prod without reservation", {"ReserveConcurrency": "no"}, "prod must reserve"),
    ("prod all at once", {"DeploymentStrategy": "AllAtOnce"}, "prod must not move to a new version all at once"),
    ("domain without a certificate", {"DomainName": "bot.example.org"}, "a domain needs a certificate"),
    ("more warm than may run", {"WarmProcessors": "51"}, "WarmProcessors is above ModelConcurrency"),
    ("times that are none", {"WarmFrom": "8:00"}, "does not match"),
    ("secrets at the root", {"SecretsPath": "/turnwise"}, "does not match"),
    ("concurrency of one", {"ModelConcurrency": "1"}, "allowed are 2 to 1000"),
    ("lanes that exceed the cap", {"ModelConcurrency": "8", "OrdinaryConcurrency": "8", "UrgentConcurrency": "2"}, "must make up ModelConcurrency"),
    ("urgent lane of one", {"ModelConcurrency": "8", "OrdinaryConcurrency": "7", "UrgentConcurrency": "1"}, "needs at least 2"),
    ("log level that drops metrics", {"LogLevel": "WARN"}, "allowed are TRACE, DEBUG, INFO"),
    ("bot outside its folder", {"Bot": "../other"}, "does not match"),
    ("misspelt parameter", {"ModelConcurency": "8"}, "no parameter of the template"),
    ("secret in samconfig.toml", {"OpenaiApiKey": "sk-1"}, "OpenaiApiKey is a secret in samconfig.toml"),
    ("plain HTTP to Telegram", {"TelegramApiBase": "http://api.telegram.org"}, "does not match"),
]


def test_another_layer_is_another_version_of_every_function():
    def versions(uploaded_to):
        translated = translate(TEMPLATE, PROD.parameters, uploaded_to)
        return {name for name, one in translated["Resources"].items() if one["Type"] == "AWS::Lambda::Version"}

    before, after = versions("s3://bucket/one"), versions("s3://bucket/another")
    assert len(before) == len(after) == 5
    assert not before & after, "a new prompt would be deployed and never run"


def test_the_template_as_it_is_has_no_fault():
    assert sentences(lambda *_: None) == []


@pytest.mark.parametrize(("change", "words"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_in_the_template_is_refused(change, words):
    said = sentences(change)
    assert any(words in sentence for sentence in said), said


@pytest.mark.parametrize(("overrides", "words"), [fault[1:] for fault in OVERRIDES], ids=[fault[0] for fault in OVERRIDES])
def test_a_fault_in_an_environment_is_refused(overrides, words):
    said = sentences(lambda *_: None, **overrides)
    assert any(words in sentence for sentence in said), said


def test_vectors_are_searched_in_their_own_index_alone():
    """With a place for vectors the processor may do this more, and nothing else."""
    said = sentences(lambda *_: None, KnowledgeVectorBucket="vectors", KnowledgeVectorIndex="prod")
    rights = "['s3vectors:GetVectors', 's3vectors:QueryVectors']"
    index = "arn:aws:s3vectors:eu-west-1:123456789012:bucket/vectors/index/prod"
    assert said == [f"ProcessorRole: may {rights} on {index}, which its function does not need"]


def test_news_are_told_to_the_stack_s_own_connections_alone():
    """With a WebSocket API those that settle and tell may do this more, and nothing else."""
    said = sentences(lambda *_: None, WebSocket="yes")
    connections = "arn:aws:execute-api:eu-west-1:123456789012:${SocketApi}/live/POST/@connections/*"
    roles = ["ProcessorRole", "NotifyRole", "DeadLetterRole"]
    assert said == [f"{role}: may ['execute-api:ManageConnections'] on {connections}, which its function does not need" for role in roles]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("aws smm put-parameter --name x", "there is no service smm"),
        ("aws ssm put-parameters --name x", "ssm has no operation put-parameters"),
        ('X=$(aws ssm get-parameter --decrypted --name "x")', "has no option --decrypted"),
        ("sam build && sam deploy --config-env qa", "samconfig.toml has only dev"),
        ("sam deploy --config dev", "sam deploy has no option --config"),
        ("aws ssm delete-parameter --name /turnwise/assistant-dev/FAX_TOKEN", "reads the secret FAX_TOKEN"),
        ("aws cloudformation describe-stacks --stack-name turnwise-qa", "has no stack turnwise-qa"),
        ("aws cloudformation describe-stacks --query \"[?OutputKey=='Url']\"", "has no output Url"),
    ],
)
def test_a_command_that_cannot_be_right_is_named(block, words):
    said = list(check_documents.faults(f"```sh\n{block}\n```\n"))
    assert any(words in sentence for sentence in said), said


def test_secrets_of_secrets_manager_are_read_by_their_names_alone():
    assert sentences(lambda *_: None, SecretsStore="secrets-manager", SecretsPath="bots/one") == []


def test_what_is_optional_is_there_when_it_is_asked_for_and_lints():
    """A domain with its record, and warm capacity: no environment of samconfig.toml has them."""
    asked = {
        "WarmWebhooks": "5",
        "WarmProcessors": "10",
        "WarmTimezone": "Asia/Taipei",
        "DomainName": "bot.example.org",
        "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
        "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    }
    assert sentences(lambda *_: None, **asked) == []
    environment = Environment("prod", PROD.stack_name, {**PROD.overrides, **asked}, TEMPLATE)
    stack = check_template.Stack(TEMPLATE, environment)
    for kind in ("ApplicationAutoScaling::ScalableTarget", "ApiGatewayV2::ApiMapping", "Route53::RecordSet"):
        assert stack.of_type(f"AWS::{kind}"), kind
    assert check_template.lint(stack.translated) == []


def test_the_linter_sees_what_sam_generates():
    """One template with the faults that `cfn-lint template.yaml` and `sam validate --lint` let pass."""
    template = copy.deepcopy(TEMPLATE)
    resources = template["Resources"]
    for change in (
        event("ProcessorFunction", "Doorbell", "BatchSize", 100),
        event("ProcessorFunction", "Doorbell", "ScalingConfig", {"MaximumConcurrency": 1}),
        event("NotifyFunction", "Notices", "FunctionResponseTypes", ["ReportBatchItemFailure"]),
        statement("WebhookRole", 6, "Action", "sqs:SendMessages"),
    ):
        change(resources, template)
    said = "\n".join(check_template.lint(translate(template, PROD.parameters)))
    for code in ("E3705", "E3034", "E3030", "W3037"):
        assert code in said, said


@pytest.mark.parametrize(
    "change",
    [
        event("ProcessorFunction", "Doorbell", "ScalingConfiguration", {"MaximumConcurrency": 2}),
        lambda _resources, template: template["Globals"]["Function"].pop("Handler"),
    ],
    ids=["misspelt ScalingConfig", "no Handler"],
)
def test_the_translator_refuses(change):
    template = copy.deepcopy(TEMPLATE)
    change(template["Resources"], template)
    with pytest.raises(Exception, match="(?i)invalid|missing|not|required"):
        translate(template, PROD.parameters)
