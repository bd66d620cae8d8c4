"""Times of jobs that are run in turn, so that a slow minute of the machine slows them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax

# A sample shorter than this is repeated until it is as long, so that the clock's and the dispatch's jitter don't count [s].
_SAMPLE = 0.02

Statistics = dict[str, Any]


def spread(samples: list[float]) -> Statistics:
    """Median, smallest and largest of some times [s]."""
    return {"median_s": statistics.median(samples), "min_s": min(samples), "max_s": max(samples), "samples": len(samples)}


def interleaved(jobs: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, Statistics]:
    """Run every job once, and all again, so that a slow minute of the machine slows them alike.

    Arguments:
        jobs: by name, a function that returns the time it took [s].
        repeats: how often.
    """
    samples: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            samples[name].append(job())
    return {name: spread(times) for name, times in samples.items()}


def with_ratios(found: dict[str, Statistics], yardstick: str, unit: float = 1.0) -> dict[str, Statistics]:
    """The same, each with the ratios of its median and of its best to the yardstick's over `unit`."""
    median, best = (found[yardstick][key] / unit for key in ("median_s", "min_s"))
    return {name: {**times, "ratio": times["median_s"] / median, "ratio_best": times["min_s"] / best} for name, times in found.items()}


def against(jobs: Mapping[str, Callable[[], float]], yardstick: str, repeats: int, unit: float = 1.0) -> dict[str, Statistics]:
    """Jobs in turn, with their ratios to one of them over `unit`; that one runs twice a round, which shows the noise."""
    return with_ratios(interleaved({**jobs, f"{yardstick}, again": jobs[yardstick]}, repeats), yardstick, unit)


def timed(function: Callable[[], Any]) -> Callable[[], float]:
    """A function's time, run once [s]."""

    def job() -> float:
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    return job


def warm_job(function: Callable[[], jax.Array]) -> Callable[[], float]:
    """A function's time per call, after it has compiled [s]."""
    function().block_until_ready()
    start = time.perf_counter()
    function().block_until_ready()
    calls = max(1, int(_SAMPLE / max(time.perf_counter() - start, 1e-7)))

    def job() -> float:
        start = time.perf_counter()
        for _ in range(calls):
            function().block_until_ready()
        return (time.perf_counter() - start) / calls

    return job
