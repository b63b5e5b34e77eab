"""Translates template.yaml to plain CloudFormation, as AWS does at deployment.

Since cfn-lint 1.54 a template with the SAM transform is checked against SAM's schemas only, so nobody sees the resources
that SAM generates (event source mappings, routes, permissions). The translated JSON shows them.

    python translate.py template.yaml [Name=value ...] > translated.json
"""

import copy
import json
import logging
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")  # the translator asks for one; the result does not depend on it

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)  # "unpublished metrics" at every exit
logging.getLogger("samtranslator.feature_toggle.feature_toggle").setLevel(logging.ERROR)  # of AWS's own, never here


class NoManagedPolicies:
    """The template names no managed policy, so there is no list of them to load (from an account)."""

    def load(self):
        return {}


def read(path):
    """The template as a value, CloudFormation's short tags resolved to their long forms."""
    with open(path, encoding="utf-8") as file:
        return yaml_parse(file.read())


def translate(template, parameters, uploaded_to="s3://bucket/key"):
    """CloudFormation without SAM. Leaves `template` alone. Raises samtranslator's error for what SAM refuses."""
    template = copy.deepcopy(template)
    uploaded = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for resource in template["Resources"].values():
        if resource["Type"] in uploaded:  # a local path means nothing to the transform
            resource["Properties"][uploaded[resource["Type"]]] = uploaded_to
    return transform(template, parameters, NoManagedPolicies())


if __name__ == "__main__":
    overrides = dict(pair.split("=", 1) for pair in sys.argv[2:])
    json.dump(translate(read(sys.argv[1]), overrides), sys.stdout, indent=1)
