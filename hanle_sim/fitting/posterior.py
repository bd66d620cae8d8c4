"""The posterior of a fit's parameters, drawn by NumPyro's NUTS."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..configuration import ConfigurationError
from ..runtime import Progress, double_precision
from .shapes import DeviceShape
from .solve import Problem, Solution
from .uncertainty import Uncertainty

if TYPE_CHECKING:
    import xarray as xr

#: Chains side by side; draws of each to adapt and to keep; what is kept beside them.
_CHAINS, _WARM, _DRAWS = 4, 500, 1000
_EXTRA = ("diverging", "accept_prob", "potential_energy")
#: Beyond this R-hat, or below so many independent draws, a posterior is refused (A. Vehtari et al., Bayesian Anal. 16, 667 (2021)).
_R_HAT, _INDEPENDENT = 1.01, 400
#: How far from the optimum chains start, in standard deviations.
_SCATTER = 0.5


class Posterior(NamedTuple):
    """Draws from a posterior.

    Attributes:
        names: of the parameters, those of the fit, and the noise where it was not given.
        draws: values [chains, draws, parameters], in SI but for backgrounds, which are as the fit has them.
        refused: why they are not to be believed; empty where they are.
        tree: the draws and what they are of, in ArviZ's layout.
    """

    names: list[str]
    draws: np.ndarray
    refused: str
    tree: "xr.DataTree"


def posterior(problem: Problem, solution: Solution, found: Uncertainty, report: Progress) -> Posterior:
    """Draw from p(θ|y) ∝ exp(−χ²/2) p(θ), started at the optimum and whitened by the fit's covariance.

    p(θ) is flat within the bounds and the second law, in the logarithm of what can't be negative, but for the priors that were given;
    noise that was not given is a parameter with 1/s. Points that are worth less than one count so.

    Arguments:
        problem, solution: the fit.
        found: its uncertainties.
        report: called now and then.

    Raises:
        ConfigurationError: NumPyro is not installed, or the data leave a direction open, along which nothing would end.
    """
    try:
        import jax
        from numpyro.infer import MCMC, NUTS
    except ImportError:
        raise ConfigurationError("a posterior needs NumPyro: pip install 'hanle_sim[posterior]'") from None
    if not np.all(np.isfinite(found.covariance)):
        raise ConfigurationError("a posterior needs parameters that the data determine: hold those that are said to be open")
    with double_precision():
        space = _Space(problem, solution, found)
        kernel = NUTS(potential_fn=space.potential(), forward_mode_differentiation=True, dense_mass=True, target_accept_prob=0.9)
        run = MCMC(kernel, num_warmup=_WARM, num_samples=_DRAWS, num_chains=_CHAINS, chain_method="vectorized", progress_bar=False)
        start = _SCATTER * np.random.default_rng(0).normal(size=(_CHAINS, space.size))
        report("posterior", 0, 2)
        run.warmup(jax.random.key(0), init_params=start, extra_fields=_EXTRA)
        report("posterior", 1, 2)
        run.run(run.post_warmup_state.rng_key, extra_fields=_EXTRA)
        report("posterior", 2, 2)
        white = np.asarray(run.get_samples(group_by_chain=True))
        statistics = {key: np.asarray(one) for key, one in run.get_extra_fields(group_by_chain=True).items()}
        refused = _refusal(white, statistics["diverging"], space)
    draws = space.outer(white)
    return Posterior(space.names, draws, refused, _tree(problem, space, draws, statistics))


class _Space:
    """The whitened numbers that are drawn: inner = optimum + L white, L Lᵀ the covariance of the inner numbers."""

    def __init__(self, problem: Problem, solution: Solution, found: Uncertainty) -> None:
        self.problem, self.is_known = problem, found.is_known
        free = len(problem.parameters)
        slopes = [one.slope(value) for one, value in zip(problem.parameters, solution.values, strict=True)]
        scale = np.concatenate([slopes, np.ones(found.values.size - free)])
        self.centre = np.concatenate([problem.inner(solution.values), found.values[free:]])
        covariance = found.covariance / np.outer(scale, scale)
        size = np.sqrt(np.diag(covariance))
        self.factor = size[:, None] * np.linalg.cholesky(covariance / np.outer(size, size) + 1e-12 * np.eye(size.size))
        self.names, self.free = list(found.names), free
        self.worth = [one.effective / one.points for one in found.structures]
        if not self.is_known:
            n = found.effective
            self.names.append("noise")
            self.centre = np.append(self.centre, math.log(found.noise))
            self.factor = np.pad(self.factor, ((0, 1), (0, 1)))
            self.factor[-1, -1] = 1 / math.sqrt(2 * n)
        self.size = self.centre.size

    def outer(self, white: np.ndarray) -> np.ndarray:
        """Values of white numbers [..., size]."""
        inner = self.centre + white @ self.factor.T
        for k, one in enumerate(self.problem.parameters):
            inner[..., k] = one.start * np.exp(inner[..., k]) if one.is_logarithmic else inner[..., k] * one.scale
        if not self.is_known:
            inner[..., -1] = np.exp(inner[..., -1])
        return inner

    def potential(self) -> Callable[[Any], Any]:
        """−ln p(θ|y) of white numbers, traced; infinite outside the bounds, and where a device breaks the second law."""
        import jax.numpy as jnp

        from .law import device_margins, hangs_on

        parameters, free = self.problem.parameters, self.free
        low, high = np.array([one.bounds for one in parameters]).T
        curves = [(curve.shape.traced(), curve) for curve in self.problem.curves]

        def energy(white: Any) -> Any:
            inner = jnp.asarray(self.centre) + jnp.asarray(self.factor) @ white
            z = jnp.clip(inner[:free], low, high)
            values = jnp.stack([one.start * jnp.exp(z[k]) if one.is_logarithmic else z[k] * one.scale for k, one in enumerate(parameters)])
            log_noise = 0.0 if self.is_known else inner[-1]
            total, at, margins = jnp.zeros(()), free, jnp.zeros(1)
            for (shape, curve), worth in zip(curves, self.worth, strict=True):
                signal, columns = shape(values[curve.which], curve.points.x)
                linear = inner[at : at + len(curve.linear)]
                at += len(curve.linear)
                model = signal + jnp.concatenate([columns, jnp.asarray(curve.columns)], 1) @ linear
                residual = curve.points.weight * (curve.points.y - model) * jnp.exp(-log_noise)
                total += worth * (0.5 * jnp.sum(residual**2) + residual.size * log_noise)
                own = curve.shape
                if isinstance(own, DeviceShape) and hangs_on(own.configuration, own.paths):
                    numbers = {**dict(zip(own.paths, values[curve.which], strict=False)), **own.given}
                    margins = jnp.append(margins, device_margins(own.configuration, numbers))
            for k, one in enumerate(parameters):
                if one.prior is not None:
                    total += 0.5 * ((values[k] - one.prior[0]) / one.prior[1]) ** 2
            is_inside = jnp.all((inner[:free] >= low) & (inner[:free] <= high)) & jnp.all(margins >= 0)
            return jnp.where(is_inside, total, jnp.inf)

        return energy


def _refusal(white: np.ndarray, diverging: np.ndarray, space: _Space) -> str:
    """Why draws are not to be believed."""
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    inner = white @ space.factor.T
    r_hat, independent = split_gelman_rubin(inner), effective_sample_size(inner)
    worst, least = int(np.argmax(r_hat)), int(np.argmin(independent))
    if not r_hat[worst] < _R_HAT:
        return f"R-hat of {space.names[worst]} is {r_hat[worst]:.3f}, above {_R_HAT}: the chains have not mixed"
    if not independent[least] > _INDEPENDENT:
        return f"{space.names[least]} has {independent[least]:.0f} independent draws, fewer than {_INDEPENDENT}"
    if np.mean(diverging) > 0.01:
        return f"{np.mean(diverging):.0%} of the draws diverged: parameters lie at their bounds, or the posterior is too curved"
    return ""


def _tree(problem: Problem, space: _Space, draws: np.ndarray, statistics: dict[str, np.ndarray]) -> "xr.DataTree":
    """Draws in ArviZ's layout: groups posterior, sample_stats, observed_data and constant_data."""
    import xarray as xr

    chains = {"chain": np.arange(draws.shape[0]), "draw": np.arange(draws.shape[1])}
    along = ("chain", "draw")
    units = [one.unit for one in problem.parameters] + [""] * (len(space.names) - len(problem.parameters))
    names = [curve.points.name for curve in problem.curves]
    values = {name: (along, draws[..., k], {"units": units[k]}) for k, name in enumerate(space.names)}
    renamed = {"accept_prob": "acceptance_rate", "potential_energy": "lp", "diverging": "diverging"}
    found = {renamed[key]: (along, -one if key == "potential_energy" else one) for key, one in statistics.items()}
    measured = {name: (f"{name} point", curve.points.y) for name, curve in zip(names, problem.curves, strict=True)}
    fields = {f"{name} B": (f"{name} point", curve.points.x, {"units": "T"}) for name, curve in zip(names, problem.curves, strict=True)}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(values, chains),
            "sample_stats": xr.Dataset(found, chains),
            "observed_data": xr.Dataset(measured),
            "constant_data": xr.Dataset(fields),
        }
    )
