"""The functions as they are deployed: with the profile of a deployment, for this machine's processor."""
import os
import pathlib
import subprocess
import time

from checks import check
from processes import Failure, ROOT, turnwise

FUNCTIONS = ("webhook", "api", "processor", "notify", "dead-letter")
BUILD_S = 1500  # from nothing, on two busy cores


def build(more=()):
    """The programs by function, and `more` of them, which names each one's package. Features are united over packages as `sam
    build` unites them (CargoLambda.toml); the processor is this machine's."""
    programs = {name: name for name in FUNCTIONS} | dict(more)
    packages = [option for name in sorted(set(programs.values())) for option in ("--package", name)]
    begin = time.monotonic()
    if subprocess.run(["cargo", "build", "--release", "--quiet", *packages], timeout=BUILD_S, check=False).returncode:
        raise Failure("the functions do not compile")
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    print(f"built in {time.monotonic() - begin:.0f} s: " + ", ".join(f"{name} {megabytes(built / name)}" for name in FUNCTIONS))
    return {name: built / name for name in programs}


def megabytes(file):
    return f"{file.stat().st_size / 1e6:.2f} MB"


def law(table, endpoint):
    """Whether every message that was taken in has come to one end."""
    command = [str(turnwise()), "audit", "--table", table, "--endpoint", endpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    print(done.stdout.strip())
    check("the audit finds one outcome for each message", done.returncode, 0)
