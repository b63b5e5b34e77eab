"""One cold start: a new process, its first poll, its first answer."""
import json
import os
import pathlib
import queue
import subprocess
import time
import uuid
from dataclasses import dataclass

from processes import Failure
from runtime_api import RuntimeApi
from sandbox import lambda_variables

PATIENCE_S = 60


@dataclass(frozen=True)
class Candidate:
    """A program that is started: `event()` makes its first event, `right(answer)` says whether it did its work."""

    name: str
    command: list
    variables: dict
    event: object
    right: object
    size: int = 0
    paths: tuple = ()


@dataclass(frozen=True)
class Start:
    """What one took. Milliseconds; `cpu_ms` is processor time by the kernel's account, of all its threads."""

    poll_ms: float
    answer_ms: float
    cpu_ms: float
    peak_mb: float


def once(candidate, share, log, calls):
    """Starts it, hands it its first event, ends it. The start, and what it asked of AWS."""
    event = candidate.event()
    api = RuntimeApi(candidate.name)
    variables = lambda_variables(api, log.parent) | candidate.variables
    del calls[:]
    with open(log, "wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(
            candidate.command, env=variables, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        share.hold(process.pid)
        _wait(api.asks.wait, process, candidate, log)
        polled = time.perf_counter()
        api.events.put((str(uuid.uuid4()), int(time.time() * 1000) + 30_000, json.dumps(event).encode()))
        answer = _wait(lambda seconds: _result(api, seconds), process, candidate, log)
        answered = time.perf_counter()
        asked, peak = sorted(calls), _peak_mb(process.pid)
    finally:
        cpu_ms = _end(process)
        api.end()
    if not candidate.right(answer):
        raise Failure(f"{candidate.name} answers {answer[:500]!r}\n{log.read_text(errors='replace')[-2000:]}")
    return Start((polled - begin) * 1e3, (answered - begin) * 1e3, cpu_ms, peak), asked


def _result(api, seconds):
    try:
        return api.results.get(timeout=seconds)
    except queue.Empty:
        return None


def _wait(fact, process, candidate, log):
    end = time.monotonic() + PATIENCE_S
    while not (found := fact(0.5)):
        if process.poll() is not None or time.monotonic() > end:
            raise Failure(f"{candidate.name} does not answer\n{log.read_text(errors='replace')[-2000:]}")
    return found


def _peak_mb(pid):
    """Of this program alone: what `wait4` tells includes its parent's before it was one."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _end(process):
    """Ends it; its processor time in milliseconds."""
    if process.returncode is not None:
        return 0.0
    process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime) * 1e3
