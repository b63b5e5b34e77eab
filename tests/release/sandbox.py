"""A stand-in for the sandbox that Lambda runs a function in: its variables, one event at a time.

After the Lambda developer guide ("Understanding the execution environment lifecycle"; "Defined runtime environment
variables"). The program is started without any other variable, is stopped between two events as Lambda freezes it, and
killed when an event has taken longer than the function may.
"""
import json
import os
import signal
import time
import uuid

from processes import Failure, Program
from runtime_api import RuntimeApi

INIT_S = 10  # Lambda's own limit


def lambda_variables(api, task_root):
    """What Lambda sets for every function, the log format that of template.yaml."""
    return {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": api.function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{api.function}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "test-only",
        "AWS_SESSION_TOKEN": "test-only",
        "_HANDLER": "bootstrap",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
        "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "TZ": ":UTC",
    }


class Ended(Exception):
    """The program ended, or was ended, without an answer. `report` is what Lambda would answer in its place."""

    def __init__(self, kind, message):
        self.report = {"errorType": kind, "errorMessage": message}
        super().__init__(f"{kind}: {message}")


class _Process(Program):
    """The program. What is frozen hears nothing until it is thawed."""

    def end(self, seconds=10):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
        return super().end(seconds)


class Sandbox:
    """One process of a function."""

    def __init__(self, function, bootstrap, variables, log, timeout_s=30):
        self.function, self.timeout_s = function, timeout_s
        self.api = RuntimeApi(function)
        environment = lambda_variables(self.api, bootstrap.parent) | variables
        self.program = _Process(function, [bootstrap], log, cwd=bootstrap.parent, env=environment)
        try:
            self._wait(self.api.asks.is_set, INIT_S, "Sandbox.Timedout", f"Init phase timed out after {INIT_S} s")
        except Ended:
            self.end()
            raise

    @property
    def pid(self):
        return self.program.process.pid

    def hand(self, event):
        """Hands an event over: a value, or the bytes of a file. Its answer is `result()`."""
        self._wait(self.api.asks.is_set, self.timeout_s, "Sandbox.Timedout", "it does not ask for an event")
        self.api.asks.clear()
        os.kill(self.pid, signal.SIGCONT)
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.api.events.put((str(uuid.uuid4()), int((time.time() + self.timeout_s) * 1000), payload))

    def result(self):
        """What the function answers; an error it reports is a value with `errorType`."""
        what = f"Task timed out after {self.timeout_s:.2f} seconds"
        self._wait(lambda: not self.api.results.empty(), self.timeout_s, "Sandbox.Timedout", what)
        self._wait(self.api.asks.is_set, self.timeout_s, "Sandbox.Timedout", what)
        os.kill(self.pid, signal.SIGSTOP)  # frozen until the next event
        return json.loads(self.api.results.get())

    def invoke(self, event):
        """Hands an event over and waits for the answer."""
        self.hand(event)
        return self.result()

    def _wait(self, fact, seconds, kind, message):
        end = time.monotonic() + seconds
        while not fact():
            code = self.program.process.poll()
            if code is not None:
                how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
                raise Ended("Runtime.ExitError", f"Runtime exited with error: {how}")
            if time.monotonic() > end:
                self.program.process.kill()
                raise Ended(kind, message)
            time.sleep(0.002)

    def end(self):
        """Asks it to end, as Lambda does with a sandbox it no longer needs. Its exit code."""
        code = self.program.end()
        self.api.end()
        return code


def start(function, bootstrap, variables, log, **options):
    """A sandbox that has to come up."""
    try:
        return Sandbox(function, bootstrap, variables, log, **options)
    except Ended as ended:
        raise Failure(f"{function}: {ended}\n{log.read_text(errors='replace')[-2000:]}") from None
