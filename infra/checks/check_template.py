"""Checks template.yaml once per environment of samconfig.toml: translated, linted, and held to expected.py.

The assertions here are for what no linter sees. test_checks.py breaks the template on purpose and shows that each bites.

    python check_template.py            prints a line per group of assertions; exit code 1 and sentences when one fails
"""

import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import expected
from evaluate import Environment
from translate import read, translate

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALIAS = "live"
CFN_LINT = pathlib.Path(sys.executable).with_name("cfn-lint")


def environments(template, samconfig=ROOT / "samconfig.toml"):
    """The environments of samconfig.toml that deploy."""
    with open(samconfig, "rb") as file:
        config = tomllib.load(file)
    for name, tables in config.items():
        if isinstance(tables, dict) and "deploy" in tables:
            pairs = tables["deploy"]["parameters"]["parameter_overrides"]
            overrides = dict(pair.split("=", 1) for pair in pairs)
            yield Environment(name, tables["global"]["parameters"]["stack_name"], overrides, template)


def lint(stack):
    """cfn-lint's complaints about a translated stack, warnings included, with the path of each."""
    return _lint(json.dumps(stack))


@functools.cache  # the environments differ in parameters, seldom in the translated text
def _lint(text):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        command = [CFN_LINT, "--format", "json", "--template", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout or "[]")
    except ValueError:
        found = []
    complaints = []
    for item in found:
        path = "/".join(str(part) for part in item["Location"]["Path"] or [])
        complaints.append(f"{item['Rule']['Id']} {path}: {item['Message']}")
    if done.returncode and not complaints:
        complaints = [f"cfn-lint ended with {done.returncode}: {done.stdout}{done.stderr}"]
    return complaints


class Stack:
    """The template as one environment would deploy it, without SAM."""

    def __init__(self, template, environment):
        self.template = template
        self.translated = translated = translate(template, environment.parameters)
        self.environment = environment
        self.resources = translated["Resources"]

    def properties(self, name):
        return self.environment.resolve(self.resources.get(name, {}).get("Properties", {}))

    def of_type(self, kind):
        """Logical names with resolved properties."""
        found = {name: item for name, item in self.resources.items() if item["Type"] == kind and self.environment.holds(item)}
        return {name: self.properties(name) for name in found}

    def place_of_secrets(self):
        """What the name of each secret begins with in Parameter Store."""
        parameters = self.environment.parameters
        store = "/aws/reference/secretsmanager/" if parameters["SecretsStore"] == "secrets-manager" else "/"
        return store + (parameters["SecretsPath"] or f"turnwise/{parameters['Bot']}-{parameters['Environment']}")


def target(reference):
    """The logical name that a Ref, a GetAtt or the schedules of a group point to, else the value itself."""
    if isinstance(reference, str) and (group := re.fullmatch(r"arn:[\w:-]+:schedule/\$\{(\w+)\}/\*", reference)):
        return group[1]
    if isinstance(reference, dict) and len(reference) == 1:
        (function, argument), = reference.items()
        if function == "Ref":
            return argument
        if function == "Fn::GetAtt":
            return argument[0] if isinstance(argument, list) else argument.split(".")[0]
    return reference


def function_of(reference):
    """The function that a reference to it or to its alias means."""
    return str(target(reference)).removesuffix(f"Alias{ALIAS}")


def as_list(value):
    return value if isinstance(value, list) else [value]


# ---------------------------------------------------------------- the groups: each yields a sentence per fault


def parameters_and_rules(stack):
    """parameters within their bounds, described, and accepted by the rules"""
    yield from stack.environment.wrong_parameters()
    yield from stack.environment.broken_rules(stack.translated.get("Rules", {}))
    for name, spec in stack.environment.declared.items():
        if not spec.get("Description"):
            yield f"parameter {name} has no Description"
    if len(stack.environment.stack_name) > 64 - len("-dead-letter"):  # Lambda allows 64 for a function's name
        yield f"stack_name {stack.environment.stack_name} is longer than 52 characters"
    bots = ROOT / "bots"
    if bots.is_dir() and not (bots / stack.environment.parameters.get("Bot", "?")).is_dir():
        yield f"parameter Bot is {stack.environment.parameters.get('Bot')!r}, which is no folder under bots/"
    for careless, words in (({"ReserveConcurrency": "no"}, "reserve"), ({"DeploymentStrategy": "AllAtOnce"}, "all at once")):
        prod = Environment("careless", "x", {"Environment": "prod", **careless}, stack.translated)
        if not any(words in said for said in prod.broken_rules(stack.translated.get("Rules", {}))):
            yield f"no Rule refuses prod with {careless}"


def queues(stack):
    """queues: FIFO attributes, names, visibility, retention, redrive, TLS only"""
    found = stack.of_type("AWS::SQS::Queue")
    if found.keys() != expected.QUEUES.keys():
        yield f"the queues are {sorted(found)}, expected {sorted(expected.QUEUES)}"
    for name, wanted in expected.QUEUES.items():
        queue = found.get(name, {})
        for key, value in wanted.items():
            if queue.get(key) != value:
                yield f"{name}: {key} is {queue.get(key)!r}, expected {value!r}"
        queue_name = queue.get("QueueName", "")
        if queue_name.endswith(".fifo") != bool(wanted["FifoQueue"]):
            yield f"{name}: the name {queue_name!r} must end in .fifo if and only if the queue is FIFO"
    for name in expected.RUNG:
        redrive = found.get(name, {}).get("RedrivePolicy", {})
        if target(redrive.get("deadLetterTargetArn")) != "DeadLetterQueue":
            yield f"{name}: its dead letters must go to DeadLetterQueue"
        if redrive.get("maxReceiveCount") != expected.DOORBELL_RECEIVES:
            yield f"{name}: maxReceiveCount is {redrive.get('maxReceiveCount')!r}, expected {expected.DOORBELL_RECEIVES}"
    allow = found.get("DeadLetterQueue", {}).get("RedriveAllowPolicy", {})
    sources = {str(source).rpartition(":")[2] for source in allow.get("sourceQueueArns", [])}
    if allow.get("redrivePermission") != "byQueue" or sources != {found.get(name, {}).get("QueueName") for name in expected.RUNG}:
        yield "DeadLetterQueue: RedriveAllowPolicy must name the doorbell queues, and them alone"
    protected = {
        target(queue)
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for queue in policy["Queues"]
    }
    for name in expected.QUEUES.keys() - protected:
        yield f"{name}: no policy denies access without TLS"


def functions(stack):
    """functions: runtime, timeout, memory, concurrency, own role and log group"""
    found = stack.of_type("AWS::Lambda::Function")
    if found.keys() != expected.FUNCTIONS.keys():
        yield f"the functions are {sorted(found)}, expected {sorted(expected.FUNCTIONS)}"
    for name, wanted in expected.FUNCTIONS.items():
        function = found.get(name, {})
        short = name.removesuffix("Function")
        build = stack.template["Resources"].get(name, {}).get("Metadata", {})
        if build != {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": wanted["binary"]}}:
            yield f"{name}: is built as {build}, must be the binary {wanted['binary']}"
        exact = {
            "Runtime": "provided.al2023",
            "Architectures": ["arm64"],
            "Timeout": wanted["timeout"],
            "MemorySize": wanted["memory"],
            "TracingConfig": {"Mode": "Active"},
            "Layers": function.get("Layers") if len(function.get("Layers", [])) == 1 else ["the bot layer"],
            "FunctionName": f"{stack.environment.stack_name}-{wanted['binary']}",
        }
        for key, value in exact.items():
            if function.get(key) != value:
                yield f"{name}: {key} is {function.get(key)!r}, expected {value!r}"
        logging = function.get("LoggingConfig", {})
        if logging.get("LogFormat") != "JSON" or target(logging.get("LogGroup")) != f"{short}Logs":
            yield f"{name}: must log JSON into {short}Logs"
        if target(function.get("Role")) != f"{short}Role":
            yield f"{name}: must have the role {short}Role, not one that SAM generates"
    reserved = found.get("ProcessorFunction", {}).get("ReservedConcurrentExecutions")
    cap = stack.environment.parameters.get("ModelConcurrency")
    wanted = cap if stack.environment.parameters.get("ReserveConcurrency") == "yes" else None
    if reserved != wanted:
        yield f"ProcessorFunction: reserved concurrency is {reserved}, must be equal to ModelConcurrency ({wanted})"


def event_sources(stack):
    """event sources: one message at a time, partial failures, capped, visibility above the timeout"""
    found = stack.of_type("AWS::Lambda::EventSourceMapping").values()
    urgent = [item for item in found if target(item["EventSourceArn"]) == "UrgentQueue"]
    mappings = {function_of(item["FunctionName"]): item for item in found if item not in urgent}
    yield from urgent_lane(stack, urgent)
    fed = {name: wanted for name, wanted in expected.FUNCTIONS.items() if "queue" in wanted}
    if mappings.keys() != fed.keys():
        yield f"queues feed {sorted(mappings)}, expected {sorted(fed)}"
    for name, wanted in fed.items():
        mapping = mappings.get(name, {})
        exact = {
            "BatchSize": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": cap_of(stack, wanted)},
            "MaximumBatchingWindowInSeconds": None,  # FIFO refuses one at deployment; a notice has no reason to wait
        }
        for key, value in exact.items():
            if mapping.get(key) != value:
                yield f"event source of {name}: {key} is {mapping.get(key)!r}, expected {value!r}"
        if target(mapping.get("EventSourceArn")) != wanted["queue"]:
            yield f"event source of {name}: must be {wanted['queue']}"
        visibility = stack.properties(wanted["queue"]).get("VisibilityTimeout", 30)
        timeout = stack.properties(name).get("Timeout", 3)
        if visibility <= timeout:
            yield f"{wanted['queue']}: visible again after {visibility} s while {name} may still work for {timeout} s"


def cap_of(stack, wanted):
    """What caps a queue's mapping. Beside an urgent lane, ordinary messages have what it leaves."""
    has_lane = stack.environment.parameters.get("UrgentConcurrency") != "0" and wanted["cap"] == "ModelConcurrency"
    return stack.environment.parameters.get("OrdinaryConcurrency" if has_lane else wanted["cap"])


def urgent_lane(stack, mappings):
    parameters = stack.environment.parameters
    ordinary, urgent, model = (int(parameters[f"{name}Concurrency"]) for name in ("Ordinary", "Urgent", "Model"))
    if len(mappings) != 1 or function_of(mappings[0]["FunctionName"]) != "ProcessorFunction":
        yield "UrgentQueue: must feed the processor, once"
        return
    exact = {
        "Enabled": urgent > 0,
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": parameters["UrgentConcurrency"] if urgent else 2},
    }
    for key, value in exact.items():
        if mappings[0].get(key) != value:
            yield f"event source of the urgent lane: {key} is {mappings[0].get(key)!r}, expected {value!r}"
    if urgent == 1:
        yield "UrgentConcurrency is 1; an event source needs at least 2"
    if urgent and ordinary + urgent != model:
        yield f"OrdinaryConcurrency ({ordinary}) and UrgentConcurrency ({urgent}) must make up ModelConcurrency ({model})"


def http_api(stack):
    """HTTP API: routes, time limits, throttles, access log"""
    apis = list(stack.of_type("AWS::ApiGatewayV2::Api").values())
    paths = apis[0]["Body"]["paths"] if len(apis) == 1 else {}
    routes = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            function = re.search(rf"\$\{{(\w+)Alias{ALIAS}\}}", json.dumps(integration["uri"]))
            function = function[1] if function else "none by its alias"
            route = f"{method.upper()} {path}"
            routes[route] = function
            limit = integration.get("timeoutInMillis", 0)
            timeout = stack.properties(function).get("Timeout", 3) * 1000
            if not timeout < limit <= expected.HTTP_API_LIMIT_MS:
                yield f"{route}: waits {limit} ms, must be above its function's {timeout} and at most {expected.HTTP_API_LIMIT_MS}"
            if integration.get("payloadFormatVersion") != "2.0":
                yield f"{route}: payload format must be 2.0"
    if routes != expected.ROUTES:
        yield f"the routes are {routes}, expected {expected.ROUTES}"
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        settings = stage.get("DefaultRouteSettings", {})
        if not float(settings.get("ThrottlingRateLimit", 0)) > 0 or not float(settings.get("ThrottlingBurstLimit", 0)) > 0:
            yield f"{name}: has no throttle"
        if not stage.get("AccessLogSettings", {}).get("DestinationArn"):
            yield f"{name}: has no access log"
        yield from throttles(stack, stage)


def throttles(stack, stage):
    found = stage.get("RouteSettings", {})
    for route in found.keys() - expected.ROUTES.keys():
        yield f"{route}: is throttled, and there is no such route"
    for route, group in expected.THROTTLES.items():
        parameters = stack.environment.parameters
        wanted = {"ThrottlingRateLimit": parameters[f"{group}RateLimit"], "ThrottlingBurstLimit": parameters[f"{group}BurstLimit"]}
        if {key: str(value) for key, value in found.get(route, {}).items()} != wanted:
            yield f"{route}: is throttled by {found.get(route)}, expected {wanted}"


def deployment(stack):
    """deployment: every call by an alias, moved as the environment says, moved back by alarms that wait for nothing"""
    strategy = stack.environment.parameters["DeploymentStrategy"]
    wanted = f"CodeDeployDefault.Lambda{strategy}"
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")
    for name, alarms in expected.ROLLBACK.items():
        build = stack.template["Resources"].get(name, {}).get("Properties", {})
        if build.get("AutoPublishAliasAllProperties") is not True:
            yield f"{name}: a change of its configuration alone would be deployed and never run"
        alias = stack.of_type("AWS::Lambda::Alias").get(f"{name}Alias{ALIAS}", {})
        if alias.get("Name") != ALIAS:
            yield f"{name}: has no alias {ALIAS}"
        group = groups.get(f"{name}DeploymentGroup", {})
        if target(group.get("ServiceRoleArn")) != "DeploymentRole":
            yield f"{name}: is deployed by {group.get('ServiceRoleArn')}, expected DeploymentRole"
        found = group.get("DeploymentConfigName")
        found = found if isinstance(found, str) else json.dumps(found)
        if found != wanted and f'"{strategy}"' not in found:
            yield f"{name}: moves by {found}, expected {wanted}"
        found = {target(alarm["Name"]) for alarm in group.get("AlarmConfiguration", {}).get("Alarms", [])}
        if found != alarms:
            yield f"{name}: is moved back by {sorted(found)}, expected {sorted(alarms)}"


def warm_capacity(stack):
    """warm capacity: none unless asked for, given back, never more than may run"""
    parameters = stack.environment.parameters
    found = stack.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    for name, parameter in (("WarmWebhook", "WarmWebhooks"), ("WarmProcessor", "WarmProcessors")):
        scaled, wanted = found.get(name), int(parameters[parameter])
        if (scaled is not None) != (wanted > 0):
            yield f"{name}: is {'there' if scaled else 'not there'} with {parameter}={wanted}"
        if not scaled:
            continue
        if scaled["MinCapacity"] or scaled["MaxCapacity"]:
            yield f"{name}: costs before its time"
        amounts = [
            (action["Schedule"], action["Timezone"], *(int(amount) for amount in action["ScalableTargetAction"].values()))
            for action in scaled["ScheduledActions"]
        ]
        zone = parameters["WarmTimezone"]
        if amounts != [(parameters["WarmFrom"], zone, wanted, wanted), (parameters["WarmUntil"], zone, 0, 0)]:
            yield f"{name}: is warmed by {amounts}"
    if int(parameters["WarmProcessors"]) > int(parameters["ModelConcurrency"]):
        yield "WarmProcessors is above ModelConcurrency, which all that run may not exceed"


def cargo_lambda(stack):
    """CargoLambda.toml: watch serves the template's routes, build takes the template's functions"""
    with open(ROOT / "CargoLambda.toml", "rb") as file:
        config = tomllib.load(file)
    wanted = {
        event["Properties"]["Path"]: name.removesuffix("Function").lower()
        for name, resource in stack.template["Resources"].items()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
    router = config["watch"]["router"]
    if router != wanted:
        yield f"CargoLambda.toml: the router is {router}, the template has {wanted}"
    binaries = {
        resource["Metadata"]["BuildProperties"]["Binary"]
        for resource in stack.template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    if set(config["build"]["packages"]) != binaries:
        yield f"CargoLambda.toml: builds {config['build']['packages']}, the template needs {sorted(binaries)}"


def index(name, keys, projection):
    schema = [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))]
    return {"IndexName": name, "KeySchema": schema, "Projection": projection}


def table(stack):
    """table: keys, TTL, on demand, recovery, encryption, kept"""
    found = stack.of_type("AWS::DynamoDB::Table")
    if found.keys() != {"Table"}:
        yield f"the tables are {sorted(found)}, expected one named Table"
        return
    exact = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": "N" if key in ("bs", "sb") else "S"}
            for key in ("pk", "sk", "bp", "bs", "sp", "sb")
        ],
        "GlobalSecondaryIndexes": [
            index("busy", ("bp", "bs"), {"ProjectionType": "KEYS_ONLY"}),
            index("sessions", ("sp", "sb"), {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["ss"]}),
        ],
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "DeletionProtectionEnabled": stack.environment.parameters.get("Environment") == "prod",
        "TableName": None,  # a retained table of a fixed name stops the stack from being created again
    }
    for key, value in exact.items():
        if found["Table"].get(key) != value:
            yield f"Table: {key} is {found['Table'].get(key)!r}, expected {value!r}"
    if stack.resources["Table"].get("DeletionPolicy") != "Retain":
        yield "Table: DeletionPolicy must be the literal Retain"


def literal_policies(stack):
    """deletion policies are literals (CloudFormation refuses !If, linters do not)"""
    for name, resource in stack.resources.items():
        for key in ("DeletionPolicy", "UpdateReplacePolicy"):
            if key in resource and resource[key] not in ("Delete", "Retain", "Snapshot", "RetainExceptOnCreate"):
                yield f"{name}: {key} is {resource[key]!r}, must be a literal"


def permissions(stack):
    """permissions: each role takes exactly the actions its function needs, on its own resources"""
    found = stack.of_type("AWS::IAM::Role")
    known = expected.ROLES.keys() | expected.SERVICE_ROLES.keys()
    if found.keys() != known:
        yield f"the roles are {sorted(found)}, expected {sorted(known)}"
    own = {name: wanted for name, (_, wanted) in expected.SERVICE_ROLES.items()}
    named = lambda resource: resource.replace("STACK", stack.environment.stack_name)  # noqa: E731
    services = {name: {named(key): actions for key, actions in wanted.items()} for name, wanted in own.items()}
    for name, wanted in (expected.ROLES | services).items():
        role = found.get(name, {})
        if role.get("ManagedPolicyArns"):
            yield f"{name}: managed policies reach further than this stack"
        granted = {}
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                for resource in as_list(statement["Resource"]):
                    granted.setdefault(target(resource), set()).update(as_list(statement["Action"]))
        own_logs = {name.removesuffix("Role") + "Logs": expected.LOG_ACTIONS}
        secrets = secret_rights(stack, name)
        allowed = wanted if name in services else {**expected.EVERY_ROLE, **own_logs, **secrets, **wanted}
        for resource in allowed.keys() | granted.keys():
            is_granted, should = granted.get(resource, set()), allowed.get(resource, set())
            if is_granted - should:
                yield f"{name}: may {sorted(is_granted - should)} on {resource}, which its function does not need"
            if should - is_granted:
                yield f"{name}: may not {sorted(should - is_granted)} on {resource}, which its function needs"
    for name, (service, _) in expected.SERVICE_ROLES.items():
        for statement in found.get(name, {}).get("AssumeRolePolicyDocument", {}).get("Statement", []):
            if statement.get("Principal") != {"Service": service}:
                yield f"{name}: others than {service} may act as it"
            if "aws:SourceArn" not in json.dumps(statement.get("Condition", {})):
                yield f"{name}: {service} may act as it for other stacks' resources as well"


def secret_rights(stack, role):
    """What a role may do for its function's secrets: read each by its name, have it decrypted, and no other."""
    names = expected.SECRETS.get(role.removesuffix("Role") + "Function", set())
    place, account = stack.place_of_secrets(), "eu-west-1:123456789012"
    rights = {f"arn:aws:ssm:{account}:parameter{place}/{name}": {"ssm:GetParameters"} for name in names}
    rights[f"arn:aws:kms:{account}:key/*"] = {"kms:Decrypt"}  # under what conditions, decryption() asserts
    if stack.environment.parameters["SecretsStore"] == "secrets-manager":
        path = place.removeprefix("/aws/reference/secretsmanager/")
        for name in names:
            rights[f"arn:aws:secretsmanager:{account}:secret:{path}/{name}-??????"] = {"secretsmanager:GetSecretValue"}
    return rights


def decryption(stack):
    """decryption: of the function's own secrets alone, and for Parameter Store alone"""
    for name in expected.ROLES:
        statements = [
            statement
            for policy in stack.of_type("AWS::IAM::Role").get(name, {}).get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        read = [item["Resource"] for item in statements if "ssm:GetParameters" in as_list(item["Action"])]
        wanted = {
            "StringEquals": {
                "kms:ViaService": "ssm.eu-west-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": read[0] if read else [],
            }
        }
        for statement in statements:
            if "kms:Decrypt" in as_list(statement["Action"]) and statement.get("Condition") != wanted:
                yield f"{name}: decrypts under {statement.get('Condition')}, expected {wanted}"


def variables(stack):
    """environment variables: the agreed names, and of secrets nothing but those of the ones it uses"""
    declared = stack.environment.declared
    variable_of = {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in declared}
    used = set()
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        raw = stack.resources[name]["Properties"].get("Environment", {}).get("Variables", {})
        wanted = expected.COMMON_VARIABLES | expected.OWN_VARIABLES.get(name, set())
        if raw.keys() != wanted:
            yield f"{name}: variables differ from expected.py: {sorted(raw.keys() ^ wanted)}"
        for variable, value in raw.items():
            parameter = target(value)
            if variable not in expected.COMMON_VARIABLES and parameter in declared:
                used.add(parameter)
                if variable_of[parameter] != variable:
                    yield f"{name}: {variable} is filled from {parameter}, expected the parameter of its own name"
        told = function.get("Environment", {}).get("Variables", {})
        named = {secret.strip() for secret in told.get("SECRETS", "").split(",")}
        if named != expected.SECRETS.get(name):
            yield f"{name}: SECRETS differs from expected.py: {sorted(named ^ expected.SECRETS.get(name, set()))}"
        if told.get("SECRETS_PATH") != stack.place_of_secrets():
            yield f"{name}: SECRETS_PATH is {told.get('SECRETS_PATH')!r}, expected {stack.place_of_secrets()!r}"
        bot = told.get("BOT_DIR")
        if bot != f"/opt/{stack.environment.parameters.get('Bot')}":
            yield f"{name}: BOT_DIR is {bot!r}, must be the bot's folder in the layer under /opt"
    offered = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    secrets = set().union(*expected.SECRETS.values())
    for variable in sorted({variable_of[parameter] for parameter in used} | secrets):
        if variable not in offered:
            yield f".env.example does not mention {variable}"


def secrets(stack):
    """secrets: no parameter, so that none is in a function's configuration, in samconfig.toml or in an output"""
    for name, spec in stack.environment.declared.items():
        if name.endswith(expected.SECRET_ENDINGS) or str(spec.get("NoEcho", False)).lower() == "true":
            yield f"parameter {name} is a secret; secrets stand below SecretsPath"
    for overridden in stack.environment.overrides:
        if overridden.endswith(expected.SECRET_ENDINGS):
            yield f"parameter {overridden} is a secret in samconfig.toml"


def page_of(alarm):
    """The heading's anchor in docs/operations.md: DeadLetterDepthAlarm has #dead-letter-depth."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", alarm.removesuffix("Alarm")).lower()


def pages():
    """What docs/operations.md has a page of: the anchors of its third-level headings."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", text, re.M)}


def alarms(stack):
    """alarms: threshold, action, an existing function or queue, a page each; a topic under its own key"""
    found = stack.of_type("AWS::CloudWatch::Alarm")
    metrics = set()
    for name, alarm in found.items():
        says = alarm.get("AlarmDescription", "")
        if not says.startswith(("Now: ", "Morning: ")):
            yield f"{name}: its description must say how urgent it is: Now or Morning"
        if not says.endswith(f" docs/operations.md#{page_of(name)}"):
            yield f"{name}: its description must end with its page, docs/operations.md#{page_of(name)}"
        try:
            float(alarm.get("Threshold"))
        except (TypeError, ValueError):
            yield f"{name}: has no Threshold"
        if not any(target(action) == "AlarmTopic" for action in alarm.get("AlarmActions", [])):
            yield f"{name}: tells nobody"
        for metric in [alarm, *(item.get("MetricStat", {}).get("Metric", {}) for item in alarm.get("Metrics", []))]:
            of_ours = metric.get("Namespace") == "Turnwise"
            ours = [{"Name": "Stack", "Value": stack.environment.resolve({"Ref": "AWS::StackName"})}]
            if of_ours and metric.get("Dimensions") != ours:
                yield f"{name}: must look at this stack's metrics"
            subjects = [] if of_ours else [target(dimension["Value"]) for dimension in metric.get("Dimensions", [])]
            for subject in subjects:
                if subject not in stack.resources:
                    yield f"{name}: looks at {subject!r}, which is no resource of this stack"
            metrics.update((subject, metric.get("MetricName")) for subject in subjects or [None])
    wanted = {(name, metric) for name in expected.FUNCTIONS for metric in ("Errors", "Throttles")}
    wanted |= {(None, metric) for metric in expected.ALARMING}
    wanted |= {
        ("DeadLetterQueue", "ApproximateNumberOfMessagesVisible"),
        ("DeadLetterQueue", "NumberOfMessagesReceived"),
        ("DoorbellQueue", "ApproximateAgeOfOldestMessage"),
        ("UrgentQueue", "ApproximateAgeOfOldestMessage"),
        ("NoticesQueue", "ApproximateAgeOfOldestMessage"),
        ("ProcessorFunction", "ConcurrentExecutions"),
        ("WebhookFunction", "Duration"),
        ("HttpApi", "5xx"),
        ("Table", "ReadThrottleEvents"),
        ("Table", "WriteThrottleEvents"),
        ("ScheduleGroup", "TargetErrorCount"),
        ("ScheduleGroup", "InvocationDroppedCount"),
    }
    for subject, metric in sorted(wanted - metrics, key=str):
        yield f"no alarm looks at {metric} of {subject or 'the functions'}"
    for page in sorted(pages() ^ {page_of(name) for name in found}):
        yield f"docs/operations.md#{page} and the alarms differ: each alarm has a page, and each page an alarm"
    for name, topic in stack.of_type("AWS::SNS::Topic").items():
        if target(topic.get("KmsMasterKeyId")) not in stack.of_type("AWS::KMS::Key"):
            yield f"{name}: needs a key of its own; CloudWatch cannot publish under alias/aws/sns"


def measured():
    """The metrics that the functions count themselves, by the names in their source."""
    source = (ROOT / "shared" / "domain" / "src" / "metric.rs").read_text(encoding="utf-8")
    return set(re.findall(r'(?:Metric|Outcome)::\w+ => "(\w+)"', source))


def dashboard(stack):
    """dashboard: its body is JSON with metrics in every widget, and all of the functions' own"""
    for name, item in stack.of_type("AWS::CloudWatch::Dashboard").items():
        body = item.get("DashboardBody")
        try:
            widgets = json.loads(body)["widgets"]
        except (TypeError, ValueError, KeyError) as error:
            yield f"{name}: the body is no dashboard: {error}"
            continue
        for widget in widgets:
            if not widget["properties"].get("metrics"):
                yield f"{name}: widget {widget['properties'].get('title')!r} shows nothing"
        shown = {metric[1] for widget in widgets for metric in widget["properties"].get("metrics", []) if metric[0] == "Turnwise"}
        if shown ^ measured():
            yield f"{name}: shows of the functions' own metrics not or wrongly {sorted(shown ^ measured())}"


GROUPS = [
    parameters_and_rules, queues, functions, event_sources, http_api, cargo_lambda, deployment, warm_capacity, table,
    literal_policies, permissions, decryption, variables, secrets, alarms, dashboard,
]  # fmt: skip


def faults(stack):
    """Every sentence of every group."""
    return [sentence for group in GROUPS for sentence in group(stack)]


def main():
    template = read(ROOT / "template.yaml")
    failed = False
    for environment in environments(template):
        stack = Stack(template, environment)
        results = [("cfn-lint on the translated template", lint(stack.translated))]
        results += [(group.__doc__, list(group(stack))) for group in GROUPS]
        for title, sentences in results:
            print(f"{environment.name:8} {'FAIL' if sentences else 'ok  '} {title}")
            for sentence in sentences:
                print(f"{'':13} {sentence}")
            failed |= bool(sentences)
    if failed:
        sys.exit("template.yaml does not say what the system relies on; the sentences above name what is wrong")


if __name__ == "__main__":
    main()
