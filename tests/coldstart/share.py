"""The share of a processor that Lambda gives a memory size: MB / 1769 of one, counted in periods of 20 ms.

Source: Lambda developer guide, "Configure Lambda function memory". By a control group where we may make one; else by stopping
the process for the rest of each period.
"""
import os
import pathlib
import signal
import threading
import time
import uuid

WHOLE_MB, PERIOD_US = 1769, 20_000
V1, V2 = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")


class Group:
    """A control group of the kernel's."""

    how = "control group"

    def __init__(self, megabytes):
        quota = PERIOD_US * megabytes // WHOLE_MB
        self.folder = (V1 if V1.is_dir() else V2) / f"coldstart-{uuid.uuid4().hex[:8]}"
        self.folder.mkdir()
        try:
            if V1.is_dir():
                self._write("cpu.cfs_period_us", PERIOD_US)
                self._write("cpu.cfs_quota_us", quota)
            else:
                self._write("cpu.max", f"{quota} {PERIOD_US}")
        except OSError:
            self.folder.rmdir()
            raise

    def _write(self, name, value):
        (self.folder / name).write_text(str(value))

    def hold(self, pid):
        self._write("cgroup.procs", pid)

    def end(self):
        for _ in range(100):
            try:
                return self.folder.rmdir()
            except OSError:
                time.sleep(0.02)  # its last process is being reaped


class Stops:
    """Stops and goes: the same share, coarser."""

    how = "stopping the process"

    def __init__(self, megabytes):
        self.runs_s = PERIOD_US / 1e6 * megabytes / WHOLE_MB
        self.rests_s = PERIOD_US / 1e6 - self.runs_s

    def hold(self, pid):
        threading.Thread(target=self._hold, args=(pid,), daemon=True).start()

    def _hold(self, pid):
        try:
            while True:
                time.sleep(self.runs_s)
                os.kill(pid, signal.SIGSTOP)
                time.sleep(self.rests_s)
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            return

    def end(self):
        """Nothing is left."""


class Whole:
    """A processor to itself."""

    how = "whole"

    def hold(self, pid):
        """All of it."""

    def end(self):
        """Nothing is left."""


def of(megabytes):
    """The share of a memory size; `None`: a whole processor."""
    if megabytes is None:
        return Whole()
    try:
        return Group(megabytes)
    except OSError:
        return Stops(megabytes)
