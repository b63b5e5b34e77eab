"""Creates each environment's stack in moto (in this process, no network) and reads the resources back.

Where check_template.py reads what is written, this shows that the stack can be created, in order and without circles,
and that the attributes arrive. moto skips HTTP APIs, alarms, queue policies, aliases and their deployment,
layers of functions and the table's TTL: check_template.py asserts those.
"""

import io
import json
import logging
import os
import sys
import warnings
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-west-1")

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from moto import mock_aws  # noqa: E402

import expected  # noqa: E402
from check_template import ROOT, environments, function_of  # noqa: E402
from translate import read, translate  # noqa: E402


def upload_code():
    """The bucket and the archive that translate.py names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("bootstrap", "")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bucket", Key="key", Body=archive.getvalue())


def without_aliases(stack):
    """What feeds or may call an alias does so with its function: moto makes no aliases."""
    for resource in stack["Resources"].values():
        if resource["Type"] in ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"):
            resource["Properties"]["FunctionName"] = {"Ref": function_of(resource["Properties"]["FunctionName"])}
    return stack


def create(environment, template):
    """Creates the stack; the physical id of each resource by its logical name."""
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=environment.stack_name,
        TemplateBody=json.dumps(without_aliases(translate(template, environment.parameters))),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in environment.parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    status = cloudformation.describe_stacks(StackName=environment.stack_name)["Stacks"][0]["StackStatus"]
    assert status == "CREATE_COMPLETE", f"the stack ended as {status}"
    listed = cloudformation.list_stack_resources(StackName=environment.stack_name)["StackResourceSummaries"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in listed}


def check_queues(ids):
    sqs = boto3.client("sqs")
    for name, wanted in expected.QUEUES.items():
        attributes = sqs.get_queue_attributes(QueueUrl=ids[name], AttributeNames=["All"])["Attributes"]
        for key, value in wanted.items():
            if value is None:
                assert key not in attributes, f"{name}: has {key}"
            else:
                found = attributes[key]
                assert found.lower() == str(value).lower(), f"{name}: {key} is {found}, expected {value}"
    doorbell = sqs.get_queue_attributes(QueueUrl=ids["DoorbellQueue"], AttributeNames=["RedrivePolicy"])
    redrive = json.loads(doorbell["Attributes"]["RedrivePolicy"])
    assert redrive["maxReceiveCount"] == expected.DOORBELL_RECEIVES, redrive
    assert redrive["deadLetterTargetArn"].endswith("-dead-letters.fifo"), redrive


def check_table(ids, environment):
    table = boto3.client("dynamodb").describe_table(TableName=ids["Table"])["Table"]
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")], table
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST", table
    assert table["DeletionProtectionEnabled"] == (environment.parameters["Environment"] == "prod"), "deletion protection is for prod, and only there"


def path_of_secrets(environment):
    return environment.parameters["SecretsPath"] or f"turnwise/{environment.parameters['Bot']}-{environment.parameters['Environment']}"


def check_functions(ids, environment):
    functions = boto3.client("lambda")
    for name, wanted in expected.FUNCTIONS.items():
        found = functions.get_function(FunctionName=ids[name])
        configuration = found["Configuration"]
        assert (configuration["Timeout"], configuration["MemorySize"]) == (wanted["timeout"], wanted["memory"]), configuration
        variables = configuration["Environment"]["Variables"]
        assert variables["TABLE_NAME"] == ids["Table"], variables
        assert variables["DOORBELL_QUEUE_URL"] == ids["DoorbellQueue"], variables
        assert variables["SECRETS_PATH"] == f"/{path_of_secrets(environment)}", variables
        assert variables["BOT_DIR"] == f"/opt/{environment.parameters['Bot']}", variables
        if "queue" in wanted:
            mappings = functions.list_event_source_mappings(FunctionName=ids[name])["EventSourceMappings"]
            mappings = [mapping for mapping in mappings if not mapping["EventSourceArn"].endswith("-urgent.fifo")]
            assert len(mappings) == 1, mappings
            cap = {"MaximumConcurrency": int(environment.parameters[wanted["cap"]])}
            scaling = {key: int(value) for key, value in mappings[0].get("ScalingConfig", {}).items()}
            found = (mappings[0]["BatchSize"], mappings[0]["FunctionResponseTypes"], scaling)
            assert found == (1, ["ReportBatchItemFailures"], cap), found
    reserved = functions.get_function(FunctionName=ids["ProcessorFunction"]).get("Concurrency", {})
    wanted = environment.parameters["ModelConcurrency"] if environment.parameters["ReserveConcurrency"] == "yes" else None
    found = reserved.get("ReservedConcurrentExecutions")
    assert str(found) == str(wanted), f"reserved {found}, expected {wanted}"


def main():
    template = read(ROOT / "template.yaml")
    for environment in environments(template):
        with mock_aws():
            upload_code()
            ids = create(environment, template)
            check_queues(ids)
            check_table(ids, environment)
            check_functions(ids, environment)
            print(f"{environment.name:8} ok   created in moto: {len(ids)} resources; queues, table and functions read back")


if __name__ == "__main__":
    logging.getLogger("moto").setLevel(logging.ERROR)  # it names each resource that it skips, twice
    warnings.filterwarnings("ignore", message="Tried to parse")
    try:
        main()
    except AssertionError as wrong:
        sys.exit(f"the created stack is not what the template says: {wrong}")
    except (ClientError, ValueError) as refused:
        sys.exit(f"moto refuses to create the stack: {refused}")
