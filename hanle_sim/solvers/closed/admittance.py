"""Admittance of the nonmagnet at its contact, a 2×2 matrix over (spin, spin heat): at B = 0, and its change by precession."""

import abc
import math
from typing import Any

import equinox as eqx
import numpy as np

from ...numerics.chunks import in_blocks
from ...numerics.complex_functions import exponential_of_minus_double, moderate_reciprocal, size, sqrt
from ...numerics.stages import computed_once, stage
from ...numerics.two_by_two import NOTHING, General, Symmetric
from ...numerics.types import Numbers, Scalar
from ...numerics.vectors import Scalars, array_module
from ...physics.device import Device
from ...physics.junction import Junction
from ...physics.nonmagnets import AbstractNonmagnet, Lateral, WideContact

# Below this, L(√μ)/√μ is summed as a series, in which nothing cancels.
_SMALL = 0.3


class AbstractAdmittance(eqx.Module):
    """Admittance of the nonmagnet to the spin and spin heat currents of its contact, in natural units."""

    @property
    @abc.abstractmethod
    def at_zero(self) -> Symmetric:
        """D_0, the admittance without precession, also of the component along the field."""

    @abc.abstractmethod
    def functions(self, omega: Scalars) -> Any:
        """The elementary functions of ω_L [...] that `change` needs, a tree of arrays [...], which cost the most."""

    @abc.abstractmethod
    def change(self, omega: Any, functions: Any, at_zero: Symmetric) -> Symmetric:
        """D_+ − D_0 (complex), D_+ that of the circular component with z = 1 + iω_Lτ, at every ω_L [...]; `at_zero` is D_0."""


class PointAdmittance(AbstractAdmittance):
    """A nonmagnet of one impedance for spin and one for heat: D(z) = diag(1/(r_s F(z_s)), 1/(r_Q F(z_Q)))."""

    nonmagnet: AbstractNonmagnet

    @property
    def at_zero(self) -> Symmetric:
        return Symmetric.diagonal(1 / self.nonmagnet.r_s, 1 / self.nonmagnet.r_Q)

    def functions(self, omega: Scalars) -> tuple[Numbers, Numbers]:
        nonmagnet = self.nonmagnet

        def both(omega: Scalars) -> tuple[Numbers, Numbers]:
            spin = stage(nonmagnet.admittance_change_s)(1j * omega * nonmagnet.tau_s)
            return spin, stage(nonmagnet.admittance_change_Q)(1j * omega * nonmagnet.tau_Q)

        return both(omega) if nonmagnet.is_well_mixed else in_blocks(both, omega)

    def change(self, omega: Scalars, functions: tuple[Numbers, Numbers], at_zero: Symmetric) -> Symmetric:
        return Symmetric.diagonal(functions[0] / self.nonmagnet.r_s, functions[1] / self.nonmagnet.r_Q)


class WideContactAdmittance(AbstractAdmittance):
    """A contact of width w on a thin channel, with back-flow where the spins are.

    Under the contact Y″ = M Y − 2 R J, M = Λ + R 𝒢, Λ = diag(z_s/λ_s², z_Q/λ_Q²), R = diag(R_sq, R_sq,Q), and outside 𝒢 = 0. With
    value and slope matched at the edges, ℓ = w/2, κ = √Λ and Langevin's function L(x) = coth x − 1/x (docs/derivations.md, section 7),

        D = R⁻¹ [Λ + (κ⁻¹ + V)⁻¹/ℓ],      V = L(√M ℓ)/√M

    What relaxes under the contact, Λ, is in parallel with what leaves at its edges: by V, the way there, in series with the channel
    outside. Every term is positive, so that nothing cancels. Written for √R⁻¹ Y, in which M is symmetric; lengths in units of ℓ.
    """

    nonmagnet: WideContact
    junction: Junction

    @property
    def at_zero(self) -> Symmetric:
        outside, low, high, apart = self._rotations(None)
        return self._admittance(1.0, 1.0, (outside, langevin(low), langevin(high), apart))

    def functions(self, omega: Scalars) -> Any:
        outside, low, high, apart = in_blocks(self._rotations, omega)
        low, high = computed_once((low, high))
        return outside, in_blocks(langevin, low), in_blocks(langevin, high), apart

    def change(self, omega: Scalars, functions: Any, at_zero: Symmetric) -> Symmetric:
        return self._admittance(*self._z(omega), functions) - at_zero

    def _z(self, omega: Scalars) -> tuple[Numbers, Numbers]:
        return 1 + 1j * omega * self.nonmagnet.material.tau_s, 1 + 1j * omega * self.nonmagnet.material.tau_Q

    @property
    def _scale(self) -> tuple[Scalar, Scalar]:
        """√R ℓ"""
        material, half = self.nonmagnet.material, self.nonmagnet.width / 2
        return half * material.rho**0.5, half * material.rho_Q**0.5

    def _matrix(self, z_s: Numbers, z_Q: Numbers) -> tuple[Symmetric, Symmetric]:
        """Λ and M."""
        material, half = self.nonmagnet.material, self.nonmagnet.width / 2
        Lambda = Symmetric.diagonal(z_s * (half / material.lambda_s) ** 2, z_Q * (half / material.lambda_Q) ** 2)
        return Lambda, Lambda + back_flow(self.junction).between(self._scale)

    def _rotations(self, omega: Scalars | None) -> Any:
        """κ⁻¹, the two eigenvalues of M, and one over their difference."""
        Lambda, M = self._matrix(*((1.0, 1.0) if omega is None else self._z(omega)))
        return (moderate_reciprocal(sqrt(Lambda.ss)), moderate_reciprocal(sqrt(Lambda.QQ))), *eigenvalues(M)

    def _admittance(self, z_s: Numbers, z_Q: Numbers, functions: Any) -> Symmetric:
        outside, low, high, apart = functions
        Lambda, M = self._matrix(z_s, z_Q)
        V = computed_once(interpolate(M, low, high, apart))
        scale = self._scale
        return (Lambda + (Symmetric.diagonal(*outside) + V).inverse()).between((1 / scale[0], 1 / scale[1]))


class ChannelAdmittance(AbstractAdmittance):
    """A lateral channel with its detector, at the injector; the detector adds η𝒢, equal for all components."""

    nonmagnet: Lateral
    detector: Junction

    @property
    def at_zero(self) -> Symmetric:
        return self.eliminated(self.functions(0 * self.nonmagnet.material.tau_s), NOTHING)[0].real

    def functions(self, omega: Scalars) -> Any:
        nonmagnet, material = self.nonmagnet, self.nonmagnet.material

        def both(omega: Scalars) -> Any:
            spin = stage(nonmagnet.ladder)(1 + 1j * omega * material.tau_s, material.lambda_s)
            return spin, stage(nonmagnet.ladder)(1 + 1j * omega * material.tau_Q, material.lambda_Q)

        return in_blocks(both, omega)

    def change(self, omega: Scalars, functions: Any, at_zero: Symmetric) -> Symmetric:
        return self.eliminated(functions, NOTHING)[0] - at_zero

    def ladder(self, functions: Any) -> tuple[Symmetric, Symmetric, Symmetric]:
        """The channel as a π of diagonal admittances: injector to ground, between, and detector to ground with its back-flow."""
        material = self.nonmagnet.material
        left, between, right = (Symmetric.diagonal(s / material.rho, Q / material.rho_Q) for s, Q in zip(*functions, strict=True))
        return left, between, right + mixing_sink(self.detector)

    def alone(self, functions: Any, over: Numbers) -> Symmetric:
        """(P + B)⁻¹ from its determinant, the detector's response while the injector's is zero."""
        _, B, P = self.ladder(functions)
        return Symmetric((P.QQ + B.QQ) * over, -P.sQ * over, (P.ss + B.ss) * over, over)

    @stage
    def eliminated(self, functions: Any, sink: Symmetric) -> tuple[Symmetric, Numbers, Numbers, General]:
        """Without the detector's node: the admittance D at the injector's; the determinants of D with a back-flow, and of (P + B)⁻¹; and
        the detector's response to a current into the injector's, of its value, (P + B)⁻¹ B. B lies between, P from the detector to ground.
        """
        left, B, P = self.ladder(functions)
        alone = (P + B).inverse()
        # Two admittances in series, (P⁻¹ + B⁻¹)⁻¹ = B (P + B)⁻¹ P with adj(P + B) P = det P + adj(B) P.
        ss, QQ = B.ss * (P.det + B.QQ * P.ss) * alone.det, B.QQ * (P.det + B.ss * P.QQ) * alone.det
        series = Symmetric(ss, B.det * P.sQ * alone.det, QQ, B.det * P.det * alone.det)
        reach = General(alone.ss * B.ss, alone.sQ * B.QQ, alone.sQ * B.ss, alone.QQ * B.QQ)
        return left + series, (left + sink + series).det, alone.det, reach


def admittance_of(device: Device) -> AbstractAdmittance:
    """Admittance at the (injecting) contact of a device in natural units that has a closed form."""
    nonmagnet: Any = device.nonmagnet
    if nonmagnet.has_local_back_flow:
        return WideContactAdmittance(nonmagnet, device.injector.junction)
    if device.is_nonlocal:
        return ChannelAdmittance(nonmagnet, device.detector.junction)
    return PointAdmittance(nonmagnet)


def mixing_sink(junction: Junction) -> Symmetric:
    """η𝒢, the transverse back-flow."""
    return back_flow(junction) * junction.eta_mix


def back_flow(junction: Junction) -> Symmetric:
    """𝒢 of a junction in natural units, where it is symmetric."""
    (ss, sQ), (_, QQ) = junction.sink
    return Symmetric.of(ss, sQ, QQ)


def product(P: Symmetric | General, Q: Symmetric | General) -> Symmetric:
    """P Q where it is known to be symmetric."""
    P, Q = (X.general if isinstance(X, Symmetric) else X for X in (P, Q))
    return Symmetric.of(P.ss * Q.ss + P.sQ * Q.Qs, P.ss * Q.sQ + P.sQ * Q.QQ, P.Qs * Q.sQ + P.QQ * Q.QQ)


def eigenvalues(M: Symmetric) -> tuple[Numbers, Numbers, Numbers]:
    """The two eigenvalues, and one over their difference.

    Where they coincide they are taken a little apart, which `interpolate` does not notice to rounding.
    """
    xp = array_module(M)
    middle, half = (M.ss + M.QQ) / 2, (M.ss - M.QQ) / 2
    relative = (half * half + M.sQ * M.sQ) * moderate_reciprocal(middle * middle)
    closest = float(np.finfo(xp.result_type(middle)).eps ** 0.75)
    gap = middle * sqrt(computed_once(xp.where(size(relative) > closest, relative, closest)))
    return middle - gap, middle + gap, moderate_reciprocal(2 * gap)


def interpolate(M: Symmetric, low: Numbers, high: Numbers, apart: Numbers) -> Symmetric:
    """A function of a matrix from its values at the two `eigenvalues`, by Newton's interpolation."""
    mean, slope, half = (high + low) / 2, (high - low) * apart, (M.ss - M.QQ) / 2
    return Symmetric(mean + slope * half, slope * M.sQ, mean - slope * half, low * high)


def langevin(mu: Numbers) -> Numbers:
    """L(√μ)/√μ = (√μ coth √μ − 1)/μ."""
    xp = array_module(mu)
    small = size(mu) < _SMALL
    safe, near = xp.where(small, 1.0, mu), xp.where(small, mu, 0.0)
    a = sqrt(safe)
    _, decay = stage(exponential_of_minus_double)(a)
    far = -(decay + a * (2 + decay)) * moderate_reciprocal(safe * decay)
    series = 0 * near
    for coefficient in reversed(_COEFFICIENTS):  # 1/3 − μ/45 + 2μ²/945 − …
        series = series * near + coefficient
    return xp.where(small, computed_once(series), far)


def _langevin_coefficients(count: int) -> list[float]:
    """c_n of (√μ coth √μ − 1)/μ = Σ c_n μⁿ, by dividing the power series of x cosh x − sinh x and of x² sinh x."""
    sinh = [1 / math.factorial(2 * n + 1) for n in range(count + 1)]
    found: list[float] = []
    for n in range(count):
        found.append(2 * (n + 1) * sinh[n + 1] - sum(sinh[k] * found[n - k] for k in range(1, n + 1)))
    return found


_COEFFICIENTS = _langevin_coefficients(12)
