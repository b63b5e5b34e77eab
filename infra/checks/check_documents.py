"""Checks the commands of docs/deploy.md as far as that goes without an account: programs, operations, options, environments,
parameters, secrets, outputs, stacks. What they do is not checked.

    python check_documents.py           exit code 1 and a sentence per command that cannot be right
"""

import functools
import re
import shlex
import subprocess
import sys
import tomllib

import botocore.exceptions
import botocore.session
from botocore import xform_name

import expected
from check_template import ROOT, environments
from translate import read

PAGE = ROOT / "docs" / "deploy.md"
TEMPLATE = read(ROOT / "template.yaml")
SECRETS = set().union(*expected.SECRETS.values())
# What the AWS CLI adds to the services' own operations, and to every command.
OF_THE_CLI = {("logs", "tail"): {"since", "follow"}}
EVERYWHERE = {"query", "output", "region", "profile"}


def commands(text):
    """The commands of a page's shell blocks, as words, those inside $(...) among them."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M):
        for line in block.replace("\\\n", " ").splitlines():
            inner = re.findall(r"\$\(([^()]*)\)", line)
            for command in [*inner, *re.split(r"&&|;|\bdo\b|[{}]", re.sub(r"\$\([^()]*\)", "INNER", line))]:
                words = shlex.split(command, comments=True)
                while words and re.fullmatch(r"[A-Za-z_]+=.*", words[0]):
                    words.pop(0)
                if words:
                    yield words


def options(words):
    return [word.removeprefix("--").split("=")[0] for word in words if word.startswith("--") and word != "--"]


def wrong_aws(words):
    service, operation = words[1], words[2] if len(words) > 2 else ""
    if (service, operation) in OF_THE_CLI:
        known = OF_THE_CLI[service, operation]
    else:
        try:
            model = botocore.session.get_session().get_service_model({"deploy": "codedeploy"}.get(service, service))
        except botocore.exceptions.UnknownServiceError:
            return f"there is no service {service}"
        names = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in names:
            return f"{service} has no operation {operation}"
        known = {xform_name(member, "-") for member in model.operation_model(names[operation]).input_shape.members}
    unknown = [option for option in options(words) if option.removeprefix("no-") not in known | EVERYWHERE]
    return f"{service} {operation} has no option --{unknown[0]}" if unknown else None


@functools.cache
def help_of_sam(command):
    return subprocess.run(["sam", command, "--help"], capture_output=True, text=True, check=False).stdout


def wrong_sam(words):
    if words[1:] == ["--version"]:
        return None
    known = re.findall(r"--([a-z0-9-]+)", help_of_sam(words[1]))
    unknown = [option for option in options(words) if option not in known]
    if unknown:
        return f"sam {words[1]} has no option --{unknown[0]}"
    names = [environment.name for environment in environments(TEMPLATE)]
    if "--config-env" in words and words[words.index("--config-env") + 1] not in names:
        return f"samconfig.toml has only {', '.join(names)}"
    return None


def wrong_names(text):
    """What a page calls by a name that nothing has."""
    for path in re.findall(r"/turnwise/[a-z-]+/([A-Z_]+)", text) + re.findall(r"\(secret ([A-Z_]+)\)", text):
        if path not in SECRETS:
            yield f"no function reads the secret {path}"
    for output in re.findall(r"OutputKey=='(\w+)'", text):
        if output not in TEMPLATE["Outputs"]:
            yield f"the stack has no output {output}"
    with open(ROOT / "samconfig.toml", "rb") as file:
        stacks = {table["global"]["parameters"].get("stack_name") for table in tomllib.load(file).values() if isinstance(table, dict)}
    for stack in re.findall(r"--stack-name (\S+)", text):
        if stack not in stacks:
            yield f"samconfig.toml has no stack {stack}"
    for parameter in re.findall(r"`([A-Z][A-Za-z]+)=", text):
        if parameter not in TEMPLATE["Parameters"]:
            yield f"the template has no parameter {parameter}"


def faults(text):
    for words in commands(text):
        check = {"aws": wrong_aws, "sam": wrong_sam}.get(words[0])
        if said := check and check(words):
            yield f"{shlex.join(words)}: {said}"
    yield from wrong_names(text)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    said = list(faults(text))
    print("\n".join(said) or f"{PAGE.name}: {sum(1 for _ in commands(text))} commands")
    sys.exit(bool(said))
