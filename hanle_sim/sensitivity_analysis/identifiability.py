"""What one measurement determines: Fisher information, Cramér-Rao bounds, and the directions that it leaves open."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..model.parameters import Parameter
from .directions import Direction, product, sloppy, stiff
from .finite_changes import Measurement
from .inseparable import inseparable
from .null_space import Basis, decomposed


@dataclass(frozen=True)
class Identifiability:
    """Cramér-Rao bounds for independent Gaussian noise on every point of a sweep.

    Attributes:
        parameters: the free ones.
        noise: standard deviation of every point [V].
        points: how many points.
        crlb: by name, the smallest standard error of an unbiased estimate, SI; infinite where it is undetermined.
        products: by their text, relative standard errors of the products of powers as which alone parameters enter.
        correlation: of the estimates, [parameters, parameters]; NaN where one is undetermined.
        sloppy: ways to change the parameters by a factor e or more that stay within the noise, and those that leave so much less
            trace than the parameters do one by one that these can hardly be separated.
        stiff: the changes that show best, where a factor e shows at all.
        basis: of what is determined, from the Jacobian by ln θ.
        whole: the same with those free that `basis` holds fixed: parameters that hide in the noise, unless a user chose them.
    """

    parameters: list[Parameter]
    noise: float
    points: int
    crlb: dict[str, float]
    products: dict[str, float]
    correlation: np.ndarray
    sloppy: list[Direction]
    stiff: list[Direction]
    basis: Basis
    whole: Basis

    def bound_of_reading(self, gradient: np.ndarray) -> float:
        """Standard error of what is read off the curve, from its derivatives by the parameters [per SI unit], [parameters]."""
        scales = np.array([parameter.scale for parameter in self.parameters])
        return self.whole.bound(gradient * scales, self.noise)

    def bound(self, powers: Mapping[str, float]) -> float:
        """Standard error of ln Π θ^p, infinite where undetermined. Raises ValueError for a parameter that isn't free."""
        names = [parameter.name for parameter in self.parameters]
        unknown = [name for name in powers if name not in names]
        if unknown:
            raise ValueError(f"{unknown[0]}: is not among the free parameters {', '.join(names)}")
        return self.basis.bound(np.array([powers.get(name, 0.0) for name in names]), self.noise)


def identifiability(
    jacobian: np.ndarray,
    parameters: Sequence[Parameter],
    noise: float,
    model: Model | None = None,
    *,
    are_chosen: bool = True,
    rounding: float = 0.0,
) -> Identifiability:
    """Fisher information F = JᵀJ/σ² of relative changes of the parameters, and what follows from it.

    A Jacobian gives the changes that leave the curve as it is to first order. With `model`, changes are also tried on the curve
    itself: rules leave it as it is, to 1e-5 of its peak and within the noise, where parameters change by factors e^±0.4, and of
    other changes the size is given from which they show.

    Arguments:
        jacobian: ∂ΔV/∂θ of the free parameters [V per SI unit], [points, parameters].
        parameters: the free ones.
        noise: σ, the standard deviation of every point [V].
        model: the curve that the Jacobian is of.
        are_chosen: whether a user wants all these parameters free. If not, those of which a factor e stays within the noise, to first
            order, are reported as undetermined and held fixed for the bounds of the other parameters, unless that holds for all; what
            one reads off the curve may depend on them, and they are free for its bounds.
        rounding: what a change by a factor e must do to the curve, as the root of a sum of squares, to be more than rounding [V].

    Raises:
        ValueError: noise that isn't positive and finite.
    """
    if not (math.isfinite(noise) and noise > 0):
        raise ValueError(f"noise = {noise:g} V: must be positive")
    scales = np.array([parameter.scale for parameter in parameters])
    # AᵀA is all that counts: the triangular factor stands for a sweep of any length.
    relative = np.asarray(jacobian) * scales
    relative = np.where(np.linalg.norm(relative, axis=0) > rounding, relative, 0.0)
    A = np.asarray(np.linalg.qr(relative, mode="r"))
    hidden = np.linalg.norm(A, axis=0) < noise
    kept = np.zeros_like(hidden) if are_chosen or np.all(hidden) else hidden
    basis, _ = decomposed(np.where(kept, 0.0, A))
    measurement = Measurement(A, parameters, noise, model)
    names, errors = [parameter.name for parameter in parameters], basis.errors(noise)
    directions, entering = sloppy(measurement)
    products = {product(powers): basis.bound(np.array([powers.get(name, 0.0) for name in names]), noise) for powers in entering}
    return Identifiability(
        parameters=list(parameters),
        noise=noise,
        points=int(np.shape(jacobian)[0]),
        crlb={parameter.name: float(error * abs(parameter.scale)) for parameter, error in zip(parameters, errors, strict=True)},
        products={text: error for text, error in products.items() if math.isfinite(error)},
        correlation=_correlation(basis, errors, np.sign(scales)),
        sloppy=directions + inseparable(basis, measurement),
        stiff=stiff(measurement),
        basis=basis,
        whole=decomposed(A)[0],
    )


def _correlation(basis: Basis, errors: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Correlations of the parameters: those of their logarithms, but for the signs of what is negative."""
    covariance = basis.covariance * np.outer(signs, signs)
    known = np.isfinite(errors) & (np.diag(covariance) > 0)
    root = np.sqrt(np.where(known, np.diag(covariance), 1.0))
    return np.where(known[:, None] & known[None, :], covariance / root[:, None] / root[None, :], np.nan)
