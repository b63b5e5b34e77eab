"""What tests/*/run share: programs that are started, awaited and ended, and tools at pinned versions.

Nothing here outlives the test: programs have a session of their own, which is ended as a whole, also when the test
is interrupted or told to stop.
"""
import atexit
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINS = ROOT / "infra/checks/requirements.txt"
NOT_RUN = 77  # what `.ci/run` shows as "not run"
INSTALL_S = 300
_running = []


class Failure(Exception):
    """A sentence for whoever reads the log."""


def main(test):
    """Runs the test; a failure is one sentence and exit code 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    sys.stdout.reconfigure(line_buffering=True)
    os.chdir(ROOT)
    try:
        sys.exit(test())
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


# ---------------------------------------------------------------- tools

def tools(*names):
    """The bin folder of a virtual environment with these tools, as infra/checks/requirements.txt pins them.

    The checks' own environment serves if it is there; else a small one is made for just these.
    """
    venv = pathlib.Path(os.environ.get("TURNWISE_VENV", ROOT / ".venv"))
    if _same(venv / "tools/installed.txt", PINS.read_text()):
        return venv / "tools/bin"
    lines = [line.split("#")[0].strip() for line in PINS.read_text().splitlines()]
    wanted = [line for line in lines if line.split("==")[0] in names]
    if len(wanted) != len(names):
        raise Failure(f"{PINS} does not pin all of {', '.join(names)}")
    # cargo-lambda asks for zig, which only `cargo lambda build` uses: 450 MB that are left out.
    return environment(venv / "-".join(names), wanted, *(["--no-deps"] if names == ("cargo-lambda",) else []))


def environment(folder, requirements, *options):
    """The bin folder of a virtual environment of exactly these requirements, made unless it is there."""
    text = "".join(f"{requirement}\n" for requirement in requirements)
    if not _same(folder / "installed.txt", text):
        print(f"installing {', '.join(requirements)} into {shown(folder)}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, timeout=120)
        pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *options, *requirements]
        subprocess.run(pip, check=True, timeout=600)
        (folder / "installed.txt").write_text(text)
    return folder / "bin"


def installed(package, *names):
    """The path of the first of these programs that there is. Without one Debian's package is installed, if we may; nothing if
    it cannot be had."""
    if not any(map(shutil.which, names)) and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing Debian's {package}")
        for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
            quietly = {"stdout": subprocess.DEVNULL, "timeout": INSTALL_S, "check": False}
            try:
                subprocess.run(["apt-get", "--quiet", *command], **quietly)
            except subprocess.TimeoutExpired:
                break
    return next(filter(None, map(shutil.which, names)), None)


def _same(file, text):
    return file.is_file() and file.read_text() == text


def shown(path):
    """A path as one would type it at the root."""
    path = pathlib.Path(path)
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


# ---------------------------------------------------------------- programs

class Program:
    """A running program and everything it started; its output is in `log`."""

    def __init__(self, name, command, log, **options):
        self.name, self.log = name, pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as out:
            options = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.STDOUT} | options
            self.process = subprocess.Popen([str(part) for part in command], start_new_session=True, **options)
        _running.append(self)

    def wait_until(self, fact, seconds, what):
        """Waits for `fact()` to be true, as long as the program runs."""
        end = time.monotonic() + seconds
        while not (found := fact()):
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended with {self.process.returncode} before {what}\n{self.tail()}")
            if time.monotonic() > end:
                raise Failure(f"{self.name}: {what} did not happen within {seconds} s\n{self.tail()}")
            time.sleep(0.1)
        return found

    def tail(self, lines=40):
        """The last lines it wrote, indented."""
        text = self.log.read_text(errors="replace").splitlines()[-lines:]
        return f"the last lines of {shown(self.log)}:\n" + "".join(f"    {line}\n" for line in text)

    def end(self, seconds=10):
        """Asks it to stop, then makes it. Its exit code, or None if it had to be killed."""
        if self in _running:
            _running.remove(self)
        code = None
        try:
            if self.process.poll() is None:
                self.process.terminate()
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not stop within {seconds} s and was killed")
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # the session: also what it left behind
        except ProcessLookupError:
            pass
        self.process.wait()
        return code


@atexit.register
def _end_all():
    for program in reversed(list(_running)):
        program.end(5)


def turnwise():
    """The program under test: that of TURNWISE_BIN, else target/debug/turnwise, brought up to date."""
    if given := os.environ.get("TURNWISE_BIN"):
        if not os.access(given, os.X_OK):
            raise Failure(f"TURNWISE_BIN is {given}, and there is no such program")
        return given
    if subprocess.run(["cargo", "build", "--quiet", "--bin", "turnwise"], timeout=900, check=False).returncode:
        raise Failure("the local stack does not compile")
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/turnwise"


class Stack(Program):
    """The local stack, with nothing kept and on free ports."""

    def __init__(self, log, *options, variables=None):
        command = [turnwise(), "up", "--memory", "--port", 0, "--sqs-port", 0, "--dynamodb-port", 0, *options]
        environment = {name: value for name, value in os.environ.items() if not _ours(name)}
        super().__init__("the local stack", command, log, env=environment | (variables or {}))
        self.url = self.wait_until(self._ready, 30, "its ready line")
        self.state = get(f"{self.url}/local/state")

    def _ready(self):
        lines = self.log.read_text(errors="replace").splitlines()
        return next((line.split()[1] for line in lines if line.startswith("ready http")), None)


def _ours(name):
    """Variables that would make a test depend on who runs it."""
    return name.startswith(("AWS_", "OPENAI_", "GEMINI_", "ANTHROPIC_", "BEDROCK_", "TELEGRAM_", "WEB_SESSION_")) or name in ("MODEL", "TURNWISE_SET")


def free_port():
    """A port of this machine that nobody listens on now, and that nobody is given who asks for any port."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


# ---------------------------------------------------------------- HTTP

def request(url, body=None, headers=None, seconds=10):
    """Status and body of an answer, whatever the status. A body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    ask = urllib.request.Request(url, data, {"content-type": "application/json"} | (headers or {}))
    try:
        with urllib.request.urlopen(ask, timeout=seconds) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


def get(url):
    """The JSON of an answer that has to be 200."""
    status, body = request(url)
    if status != 200:
        raise Failure(f"GET {url} answers {status}: {body[:300]!r}")
    return json.loads(body)


def answers(url):
    """Whether anything speaks HTTP there."""
    try:
        request(url, seconds=2)
    except OSError:
        return False
    return True
