"""What a worker does again and again: each job at its own pace; one that fails keeps no other waiting."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable

log = structlog.get_logger("yitong.worker")

LONGEST_PAUSE = 60.0
"""Seconds a failing job waits at most before it is tried again, unless its own pace is slower."""


@dataclass(frozen=True)
class Job:
    """Work to be done every so many seconds; `run` gives how much there was."""

    name: str
    run: Callable[[], int]
    every: float = 0.0


class Schedule:
    """Runs what is due."""

    def __init__(self, jobs: Sequence[Job], tick: Callable[[], float] = time.monotonic) -> None:
        self._jobs = jobs
        self._tick = tick
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self.done = {job.name: 0 for job in jobs}
        """How much each job has done so far."""
        self.failed = {job.name: 0 for job in jobs}
        """How often each job has failed so far."""

    def round(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Run every job that is due, once; gives how much there was to do."""
        done = 0
        for job in self._jobs:
            if stopping():
                break
            if self._tick() >= self._due.get(job.name, 0.0):
                done += self._attempt(job)
        return done

    def _attempt(self, job: Job) -> int:
        try:
            done = job.run()
        except Exception as failure:
            self._put_off(job, failure)
            return 0
        self._due[job.name] = self._tick() + job.every
        self._failures[job.name] = 0
        self.done[job.name] += done
        return done

    def _put_off(self, job: Job, failure: Exception) -> None:
        failures = self._failures[job.name] = self._failures.get(job.name, 0) + 1
        self.failed[job.name] += 1
        pause = max(job.every, min(2.0 ** min(failures, 10) / 2, LONGEST_PAUSE))
        self._due[job.name] = self._tick() + pause
        passing = isinstance(failure, DatabaseUnavailable | StateUnavailable)
        fault = f"{type(failure).__name__}: {failure}" if passing else type(failure).__name__
        log.error(
            "job.failed", job=job.name, fault=fault, again_in=pause, exc_info=None if passing else failure
        )
