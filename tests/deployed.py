"""The functions as they are deployed: with the profile of a deployment, for this machine's processor."""
import os
import pathlib
import subprocess
import time

from checks import check
from processes import Failure, ROOT, turnwise

FUNCTIONS = ("webhook", "api", "processor", "notify", "dead-letter")
# Each program's size, built for x86-64, is part of its cold start. What was measured and some 15 % more; the webhook's, for which a platform waits, less.
BYTES_MAX = {"webhook": 9_000_000, "api": 9_900_000, "processor": 17_300_000, "notify": 10_000_000, "dead-letter": 11_700_000}
BUILD_S = 1500  # from nothing, on two busy cores


def build(more=()):
    """The programs by function, and `more` of them, which names each one's package. Features are united over packages as `sam
    build` unites them (CargoLambda.toml); the processor is this machine's."""
    programs = {name: name for name in FUNCTIONS} | dict(more)
    begin = time.monotonic()
    built = _compiled(programs.values())
    print(f"built in {time.monotonic() - begin:.0f} s: " + ", ".join(f"{name} {megabytes(built / name)}" for name in FUNCTIONS))
    return {name: built / name for name in programs}


def build_one(program, package):
    """One program more, without the functions. Its features are united with theirs: what they are built of serves it too."""
    return _compiled([*FUNCTIONS, package], "--bin", program) / program


def _compiled(names, *options):
    """The folder of what is built of these packages."""
    packages = [option for name in sorted(set(names)) for option in ("--package", name)]
    command = ["cargo", "build", "--release", "--quiet", *packages, *options]
    if subprocess.run(command, timeout=BUILD_S, check=False).returncode:
        raise Failure("the programs of a deployment do not compile")
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"


def small_enough(sizes):
    """Whether each function is, by the sizes of programs."""
    for name, most in BYTES_MAX.items():
        check(f"{name}: at most {most:,} bytes ({sizes[name]:,})", sizes[name] <= most, True)


def megabytes(file):
    return f"{file.stat().st_size / 1e6:.2f} MB"


def law(table, endpoint):
    """Whether every message that was taken in has come to one end."""
    command = [str(turnwise()), "audit", "--table", table, "--endpoint", endpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    print(done.stdout.strip())
    check("the audit finds one outcome for each message", done.returncode, 0)
