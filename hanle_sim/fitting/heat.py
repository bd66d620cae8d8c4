"""Is there spin heat in these data? An answer with its evidence, and what would tell."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..configuration import Configuration
from ..model.parameters import parameters_of
from ..text import with_prefix
from .heat_profile import ShareProfile
from .ranking import ALLOWED, Candidate, SpinHeat

#: A share below this is none worth the name: "no" is said where the whole interval is below.
_ABSENT = 0.1
#: What of heat's line the other parameters can't make up, below which it has their shape.
_SAME_SHAPE = 0.05
#: Standard errors of a share that is seen at 95 % confidence in 95 % of measurements, by a normal law: 1.96 + 1.64.
_SEEN = 3.605
#: Factors of the fields, and ratios τ_s/τ_Q, that are tried.
_FIELDS, _RATIOS = (0.25, 0.5, 2.0, 4.0, 8.0), (1.5, 2.0, 4.0, 8.0)
#: Factors of T_0.
_COLDER = (0.25, 0.5, 2.0)


def not_asked(configuration: Configuration | None) -> SpinHeat:
    """What is said where no model has spin heat."""
    missing = ["a device"] if configuration is None else ["junction.S", "junction.P_L", *configuration.nonmagnet.lacking_for_heat()]
    return SpinHeat(None, f"spin heat: not asked for, since no model has it: give {', '.join(missing)}")


def spin_heat(models: Sequence[Candidate], written: Configuration, kernels: dict[Any, Any]) -> SpinHeat:
    """The answer with its evidence.

    "Yes" where heat is needed: every model with one relaxation time and no heat is worse by 6 of AICc, and the interval of heat's
    share leaves out zero. Two Lorentzians are no such model: heat's curve of a lumped device is just that. "No" where the interval
    lies below a tenth of the signal.

    Arguments:
        models: ranked, the best first.
        written: the device as written.
        kernels: functions of curves by what they depend on.
    """
    fits = [one for one in models if one.results]
    hot = [one for one in fits if one.heat == "free"]
    cold = [one for one in fits if one.heat == "none" or one.name == "one Lorentzian"]
    if not hot:
        reason = next((one.reason for one in models if one.heat == "free" and one.reason), "no model with it could be fitted")
        return SpinHeat("can't be told", f"spin heat: can't be told, because {reason}")
    looked_at = [one for one in hot if one is hot[0] or one.allowed]
    profiles = [ShareProfile(one, kernels) for one in looked_at]
    profiles += [ShareProfile(one, kernels, other) for one in looked_at for other in one.others]
    best, profile, share = hot[0], profiles[0], profiles[0].at_best
    ends = [(one.end(-1), one.end(1)) for one in profiles]
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    rival = min(cold, key=lambda one: one.aicc, default=None)
    gain = math.inf if rival is None else rival.aicc - best.aicc
    given = "" if "tau_Q" in profile.names else f", if tau_Q is {_time(_number(written, 'tau_Q'))} as given"
    between = f"{_percent(low)} to {_percent(high)}"
    if gain > ALLOWED and low > 0 and best.allowed:
        without = f"without it AICc is higher by {gain:.3g}" if rival is not None else "no model without it could be fitted"
        is_alone = not any(one.name == "two Lorentzians" and one.allowed for one in fits)
        tells = None if is_alone else "two kinds of spins would give the same line: how the share goes with temperature would tell"
        found = f"spin heat: yes, {_percent(share)} of the signal at B = 0 ({between}, 95 %){given}; {without}"
        return SpinHeat("yes", found, share, (low, high), tells)
    if best.allowed and low > -_ABSENT and high < _ABSENT:
        return SpinHeat("no", f"spin heat: no, at most {_percent(high)} of the signal at B = 0 (95 %){given}", share, (low, high))
    expected = _expected(profile, written)
    error, alone = (math.inf, 0.0) if expected is None else profile.error(expected)
    tells = None if expected is None else _what_would_tell(profile, expected, error, written)
    if not best.allowed:
        cause, tells = f"no device with it fits as well as {models[0].name}", None
    elif ends[0][0] > 0 and rival is not None and gain <= ALLOWED:
        cause, tells = f"without it {rival.name} fits as well", _what_parts(best, rival)
    elif expected is not None and alone < _SAME_SHAPE:
        cause = f"its line has the spins' shape: other parameters make up all but {_percent(alone)} of it{_ratio(profile, written)}"
    elif expected is not None and (size := profile.share(expected)) < _SEEN * error:
        cause = f"{_percent(size)} of the signal, as written, is only {size / error:.2g} standard errors"
    else:
        cause = "the data exclude neither none of it nor much of it"
    sentence = f"spin heat: can't be told, because {cause}; it may be {between} of the signal at B = 0 (95 %){given}"
    return SpinHeat("can't be told", sentence, share, (low, high), tells)


def _what_parts(best: Candidate, rival: Candidate) -> str | None:
    """How much less noise would tell two models apart, and where they differ most."""
    off, x = [], []
    for one in best.results:
        for k, curve in enumerate(one.problem.curves):
            other = rival.results[k].solution.curves[0] if rival.variant is None else rival.results[0].solution.curves[k]
            off.append((one.solution.curves[k].model - other.model) * curve.points.weight)
            x.append(curve.points.x)
    result, misfit, fields = best.results[0], np.concatenate(off), np.concatenate(x)
    apart = math.sqrt(float(np.sum(misfit**2)) * result.n_effective / result.n) / result.noise
    if not apart:
        return None
    times, B = _SEEN / apart, with_prefix(float(fields[np.argmax(np.abs(misfit))]), "T", 3)
    lower = f"with noise {times:.2g} times lower" if times > 1 else "at this noise, in most measurements"
    return f"these two models would be told apart {lower}; they differ most at B = {B}"


def _expected(profile: ShareProfile, written: Configuration) -> np.ndarray | None:
    """The best parameters with heat of the size that is written; None where there are none."""
    size = _number(written, profile.names[profile.lever])
    one = profile.problem.parameters[profile.lever]
    if size is None or not one.low <= size <= one.high:
        return None
    start = profile.best.copy()
    if "tau_Q" in profile.names:
        k = profile.names.index("tau_Q")
        start[k] = profile.problem.parameters[k].start
    held = {profile.lever: size} | ({k: start[k]} if "tau_Q" in profile.names else {})
    solved = profile.problem.solve(start, held)
    return solved.values if math.isfinite(solved.chi2) and 0 < profile.share(solved.values) < 1 else None


def _what_would_tell(profile: ShareProfile, expected: np.ndarray, error: float, written: Configuration) -> str:
    """How much less noise, other fields, bias or temperature, or another τ_Q would show heat as written, by the Fisher information."""
    share = profile.share(expected)
    what, times = f"a share of {_percent(share)}, as written, would show", _SEEN * error / share
    if not math.isfinite(times):
        return "no noise is low enough: other parameters give the same line as spin heat"
    if times <= 1:
        return f"{what} in such data"
    found = [f"noise {times:.2g} times lower"]
    wider = {factor: _SEEN * profile.error(expected, factor)[0] / share for factor in _FIELDS}
    factor = min(wider, key=lambda one: wider[one])
    if wider[factor] < 0.8 * times:
        rest = "" if wider[factor] <= 1 else f" and noise {wider[factor]:.2g} times lower"
        found.append(f"fields up to {_field(profile, factor)} in as many points{rest}")
    found += _measured_again(profile, expected, written, times / math.sqrt(2) * share)
    if {"tau_Q", "tau_s"} <= set(profile.names):
        s, q = (profile.names.index(name) for name in ("tau_s", "tau_Q"))
        for ratio in _RATIOS:
            moved = expected.copy()
            moved[q] = moved[s] / ratio
            if moved[q] < expected[q] and _SEEN * profile.error(moved)[0] <= profile.share(moved):
                found.append(f"a temperature at which tau_Q is below tau_s/{ratio:g}")
                break
    return f"{what} with {', or with '.join(found)}"


def _measured_again(profile: ShareProfile, expected: np.ndarray, written: Configuration, plain: float) -> list[str]:
    """What the same curves once more under the reversed bias, or at another temperature, would give beyond what more points do.

    Arguments:
        plain: 3.6 standard errors of the share where they are measured once more as they are.
    """
    numbers, share = {one.path: one.value for one in parameters_of(written)}, profile.share(expected)
    bias, T_0 = "drive.I" if "drive.I" in numbers else "drive.V", numbers.get("nonmagnet.T_0")
    changes = {"under the reversed bias": {bias: -numbers[bias]}} if bias in numbers else {}
    if T_0 is not None and "T_0" not in profile.names:
        changes |= {f"at T_0 = {with_prefix(factor * T_0, 'K', 3)}": {"nonmagnet.T_0": factor * T_0} for factor in _COLDER}
    both = {path: numbers[path] for path in (bias, "nonmagnet.T_0") if path in numbers}
    errors = {how: _SEEN * profile.error(expected, again=both | change)[0] for how, change in changes.items()}
    helps = sorted((error, how) for how, error in errors.items() if error < 0.8 * plain)
    best = [next((one for one in helps if ("T_0" in one[1]) is is_colder), None) for is_colder in (False, True)]
    return [
        f"the same curves again {how}" + ("" if error <= 1.05 * share else f" and noise {error / share:.2g} times lower")
        for error, how in (one for one in best if one is not None)
    ]


def _field(profile: ShareProfile, factor: float) -> str:
    largest = max(float(np.max(np.abs(curve.points.x))) for curve in profile.problem.curves)
    return with_prefix(factor * largest, "T", 3)


def _number(configuration: Configuration, name: str) -> float | None:
    return next((one.value for one in parameters_of(configuration) if one.name == name), None)


def _time(value: float | None) -> str:
    return "in each layer" if value is None else with_prefix(value, "s", 3)


def _ratio(profile: ShareProfile, written: Configuration) -> str:
    """In brackets, how far τ_Q is from τ_s at the best."""
    times = [
        float(profile.best[profile.names.index(name)]) if name in profile.names else _number(written, name) for name in ("tau_Q", "tau_s")
    ]
    return f" (tau_Q = {times[0] / times[1]:.2g} tau_s)" if times[0] is not None and times[1] else ""


def _percent(share: float) -> str:
    return "0 %" if abs(share) < 5e-5 else f"{100 * share:.2g} %" if abs(share) < 0.995 else f"{100 * share:.0f} %"
