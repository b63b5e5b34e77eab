"""Parameters, conditions, rules and intrinsic functions, as far as template.yaml uses them.

No linter applies an environment's parameters, so this is the only place that sees what a deployment would send.
"""

import re

PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Environment:
    """One environment of samconfig.toml: the stack's name and its parameters over the template's defaults."""

    def __init__(self, name, stack_name, overrides, template):
        self.name = name
        self.stack_name = stack_name
        self.overrides = overrides
        self.declared = template.get("Parameters", {})
        self.conditions = template.get("Conditions", {})
        defaults = {key: spec["Default"] for key, spec in self.declared.items() if "Default" in spec}
        self.parameters = {key: str(value) for key, value in {**defaults, **overrides}.items()}

    def wrong_parameters(self):
        """A sentence for each parameter that CloudFormation would refuse."""
        for key in self.overrides.keys() - self.declared.keys():
            yield f"samconfig.toml sets {key}, which is no parameter of the template"
        for key, spec in self.declared.items():
            if key not in self.parameters:
                yield f"parameter {key} has neither a default nor a value in samconfig.toml"
                continue
            value = self.parameters[key]
            allowed = [str(item) for item in spec.get("AllowedValues", [])]
            if allowed and value not in allowed:
                yield f"parameter {key} is {value!r}, allowed are {', '.join(allowed)}"
            if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], value):
                yield f"parameter {key} is {value!r}, which does not match {spec['AllowedPattern']}"
            if spec["Type"] == "Number":
                low, high = spec.get("MinValue", float("-inf")), spec.get("MaxValue", float("inf"))
                if not low <= float(value) <= high:
                    yield f"parameter {key} is {value}, allowed are {low} to {high}"

    def broken_rules(self, rules):
        """A sentence for each Rule that refuses this environment."""
        for name, rule in rules.items():
            if "RuleCondition" not in rule or self.resolve(rule["RuleCondition"]):
                for assertion in rule["Assertions"]:
                    if not self.resolve(assertion["Assert"]):
                        yield f"Rule {name}: {assertion['AssertDescription']}"

    def resolve(self, value):
        """`value` with everything resolved that depends on parameters alone; references to resources stay as they are."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            if function == "Ref":
                return self._ref(argument, value)
            if function == "Fn::Sub":
                pattern, own = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._in_sub(found[1], own), pattern)
            if function == "Condition" and isinstance(argument, str):
                return self.resolve(self.conditions[argument])
            if function == "Fn::And":
                return all(self.resolve(part) for part in argument)
            if function == "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self.resolve(self.conditions[condition]) else otherwise)
            if function == "Fn::Equals":
                left, right = (self.resolve(side) for side in argument)
                return str(left) == str(right)
            if function == "Fn::Not":
                return not self.resolve(argument[0])
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _ref(self, name, otherwise):
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::StackName":
            return self.stack_name
        return PSEUDO.get(name, self.parameters.get(name, otherwise))

    def holds(self, resource):
        """Whether a resource's condition, if it has one, lets it be created."""
        return "Condition" not in resource or self.resolve(self.conditions[resource["Condition"]])

    def _in_sub(self, name, own):
        found = own.get(name, self._ref(name, None))
        return "${%s}" % name if found is None else str(found)
