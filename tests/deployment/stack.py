"""The stack of template.yaml, created by MiniStack, and what has to be done where MiniStack is not AWS.

What is done differently than `sam deploy` would do it is done here, each with its reason; the template and the programs
are what is deployed.
"""
import io
import json
import platform
import subprocess
import time
import tomllib
import zipfile

import boto3
from processes import Failure, ROOT

NAME, BUCKET = "turnwise-assistant-test", "turnwise-code"
REGION = "us-east-1"  # where `audit --endpoint` looks
CREATE_S = 60
# Nobody is told that it takes long because the machine is slow.
PATIENT = "watch_after_s=900"
# Lambda sets these for what LoggingConfig asks for; MiniStack does not.
LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}


class Deployed:
    """A created stack: its resources by their names in the template, and clients of its services."""

    def __init__(self, url, python, programs, secrets, variables):
        self.url, self.secrets = url, secrets
        self.s3, self.cloudformation = self.client("s3"), self.client("cloudformation")
        self.functions, self.sqs, self.ssm = self.client("lambda"), self.client("sqs"), self.client("ssm")
        overrides = dev_parameters() | {"Settings": PATIENT}
        self.template = packaged(translated(python, overrides), variables)
        self.upload(programs)
        self.keep(secrets)
        self.create(overrides | {"SecretsPath": NAME})
        self.route()
        self.number_caps()

    def client(self, service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)

    def upload(self, programs):
        """What `sam deploy` puts into its bucket: a zip for each function, one for the layer."""
        self.s3.create_bucket(Bucket=BUCKET)
        for name, program in programs.items():
            self.s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=zipped({"bootstrap": program}))
        self.s3.put_object(Bucket=BUCKET, Key="bots.zip", Body=layer())
        self.s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(self.template))

    def keep(self, secrets):
        """Puts the secrets where the functions look for them."""
        for name, value in secrets.items():
            self.ssm.put_parameter(Name=f"/{NAME}/{name}", Value=value, Type="SecureString")

    def create(self, overrides):
        """Creates the stack. The template is too long to be sent along, here as on AWS."""
        self.cloudformation.create_stack(
            StackName=NAME,
            TemplateURL=f"{self.url}/{BUCKET}/template.json",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in overrides.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        end = time.monotonic() + CREATE_S
        while (status := self.described()["StackStatus"]) == "CREATE_IN_PROGRESS":
            if time.monotonic() > end:
                raise Failure(f"the stack was not created within {CREATE_S} s")
            time.sleep(0.2)
        if status != "CREATE_COMPLETE":
            events = self.cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
            failed = [event for event in events if "FAILED" in event["ResourceStatus"]]
            why = "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)
            raise Failure(f"the stack ended as {status}: {why}; MiniStack's log may say more")
        listed = self.cloudformation.list_stack_resources(StackName=NAME)["StackResourceSummaries"]
        self.ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in listed}
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in self.described()["Outputs"]}

    def described(self):
        return self.cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]

    def route(self):
        """MiniStack reads no routes out of an API's OpenAPI body, where SAM writes them: they are made one by one."""
        gateway, api = self.client("apigatewayv2"), self.ids["HttpApi"]
        integrations = {}
        for path, methods in self.template["Resources"]["HttpApi"]["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                alias = target(operation["x-amazon-apigateway-integration"]["uri"])
                if alias not in integrations:
                    made = gateway.create_integration(
                        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=self.ids[alias], PayloadFormatVersion="2.0")
                    integrations[alias] = made["IntegrationId"]
                gateway.create_route(
                    ApiId=api, RouteKey=f"{method.upper()} {path}", Target=f"integrations/{integrations[alias]}")

    def number_caps(self):
        """MiniStack keeps a number that stands in a parameter as text, and then cannot compare it."""
        for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]:
            scaling = {name: int(value) for name, value in mapping["ScalingConfig"].items()}
            self.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)

    def change(self, resource, **variables):
        """Changes variables of a function and has the new version answer, as the next deployment would."""
        name = self.ids[resource]
        there = self.variables(resource)
        self.functions.update_function_configuration(FunctionName=name, Environment={"Variables": there | variables})
        version = self.functions.publish_version(FunctionName=name)["Version"]
        self.functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def variables(self, resource):
        return self.functions.get_function_configuration(FunctionName=self.ids[resource])["Environment"]["Variables"]


# ---------------------------------------------------------------- the template

def dev_parameters():
    """What samconfig.toml deploys `dev` with."""
    with open(ROOT / "samconfig.toml", "rb") as file:
        return dict(pair.split("=", 1) for pair in tomllib.load(file)["dev"]["deploy"]["parameters"]["parameter_overrides"])


def translated(python, overrides):
    """The template without SAM, as AWS makes it of what `sam deploy` sends."""
    command = [python, ROOT / "infra/checks/translate.py", ROOT / "template.yaml"]
    command += [f"{name}={value}" for name, value in overrides.items()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise Failure(f"the template is not translated: {done.stderr[-500:]}")
    return json.loads(done.stdout)


def packaged(template, variables):
    """The translated template with its code in the bucket; `variables` that a function has get these values."""
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    for logical, resource in list(template["Resources"].items()):
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            key = f"{resource['Metadata']['BuildProperties']['Binary']}.zip"
            # The programs run on this machine: deployed, they are built for arm64.
            properties |= {"Code": {"S3Bucket": BUCKET, "S3Key": key}, "Architectures": [machine]}
            there = properties["Environment"]["Variables"]
            there |= {name: value for name, value in variables.items() if name in there} | LOGS
        elif resource["Type"] == "AWS::Lambda::LayerVersion":
            properties |= {"Content": {"S3Bucket": BUCKET, "S3Key": "bots.zip"}, "CompatibleArchitectures": [machine]}
        elif resource["Type"] == "AWS::Lambda::Alias":
            resource.pop("UpdatePolicy", None)  # it names what goes with the next line
        elif resource["Type"].startswith("AWS::CodeDeploy::"):
            del template["Resources"][logical]  # MiniStack moves no traffic step by step
        elif resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
            del template["Resources"][logical]  # MiniStack computes no metrics and refuses alarms on such
    return template


def target(uri):
    """The alias that an integration of the OpenAPI body calls."""
    return uri["Fn::Sub"].split("${")[-1].split("}")[0]


def layer():
    """The zip of the layer: every folder of bots/."""
    bots = ROOT / "bots"
    return zipped({str(path.relative_to(bots)): path for path in bots.rglob("*") if path.is_file()})


def unpacked_layer(folder):
    """MiniStack keeps layers and shows them to containers alone: what /opt would hold lies in `folder`."""
    zipfile.ZipFile(io.BytesIO(layer())).extractall(folder)
    return folder


def zipped(files):
    """A zip of files by their names in it; a program stays one."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in files.items():
            file.write(path, name)
    return archive.getvalue()
