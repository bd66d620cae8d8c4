"""A device: contacts on a nonmagnet, and the same device in natural units, in which every solver works."""

from functools import partial

import equinox as eqx
import numpy as np

from ..constants import L_0_SEED
from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import unit
from ..text import with_prefix
from .drives import AbstractDrive, CurrentBias
from .junction import Junction
from .nonmagnets import AbstractExtended, AbstractNonmagnet, Lateral

_X = np.array([1.0, 0.0, 0.0])
_NOT_A_WHOLE = (
    "its conductances are per area (R_tun in ohm m^2), and a lateral channel needs those of the whole contact (in ohm): "
    "take junction.over(area), or build it with per_area=False if they are those"
)
_NOT_PER_AREA = (
    "its conductances are those of a whole contact (R_tun in ohm), and the nonmagnet is per area (r_s in ohm m^2): "
    "leave out .over(area) and per_area=False"
)


class Detector(eqx.Module):
    """The second contact of a nonlocal device.

    Arguments:
        junction: its junction as a whole, with conductances in Ω⁻¹ (`Junction.over`).
        magnetisation: direction of its magnetisation, [3]; any length, it is normalised.
        drive: its bias; without net current unless given.
    """

    junction: Junction
    magnetisation: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_X.copy, converter=partial(unit, "detector: magnetisation"))
    drive: AbstractDrive = CurrentBias(0.0)


class Device(eqx.Module):
    """A ferromagnet / tunnel barrier / nonmagnet contact, or two of them on one channel.

    Arguments:
        junction: the tunnel junction, per area; on a lateral channel as a whole (`Junction.over`).
        nonmagnet: the nonmagnet below it.
        magnetisation: direction m of the ferromagnet's magnetisation, [3]; any length, it is normalised.
        L_0: Lorenz number by which α is read off r_s and r_Q [V² K⁻²].
        detector: the second contact, on a lateral channel; None elsewhere.

    Raises:
        ValueError: a lateral channel without a detector, or a detector without one; a junction per area on a lateral channel, or as a
            whole elsewhere; a bulk Seebeck coefficient beyond the second law.
    """

    junction: Junction
    nonmagnet: AbstractNonmagnet
    magnetisation: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_X.copy, converter=partial(unit, "magnetisation"))
    L_0: Scalar = L_0_SEED
    detector: Detector | None = None

    def __check_init__(self) -> None:
        is_lateral = isinstance(self.nonmagnet, Lateral)
        if is_lateral and self.detector is None:
            raise ValueError("device: a lateral channel needs a detector: give one, Detector(junction, magnetisation)")
        if self.nonmagnet.S_N is not None and isinstance(self.nonmagnet, AbstractExtended):
            material = self.nonmagnet.material
            limit = material.rho / (material.rho_Q * self.junction.T_0)
            if is_concrete(limit, self.nonmagnet.S_N) and np.any(np.asarray(self.nonmagnet.S_N) ** 2 > np.asarray(limit) * (1 + 1e-9)):
                given, allowed = (float(np.max(abs(np.asarray(self.nonmagnet.S_N)))), float(np.min(np.asarray(limit))) ** 0.5)
                raise ValueError(
                    f"nonmagnet: |S_N| = {with_prefix(given, 'V/K')}: breaks the second law, S_N^2 <= rho/(rho_Q T_0): "
                    f"take |S_N| up to {with_prefix(allowed, 'V/K')}, or a smaller alpha"
                )
        if not is_lateral and self.detector is not None:
            raise ValueError(f"device: a detector has no place on a {type(self.nonmagnet).__name__} nonmagnet: take a Lateral one")
        for name, junction in (("junction", self.junction), ("detector", None if self.detector is None else self.detector.junction)):
            if junction is not None and junction.per_area == is_lateral:
                raise ValueError(f"device: {name}: {_NOT_A_WHOLE if is_lateral else _NOT_PER_AREA}")

    @property
    def alpha(self) -> Scalar:
        """α = r_s/(L_0 T_0 r_Q), Eq. (13)."""
        return self.nonmagnet.r_s / (self.L_0 * self.junction.T_0 * self.nonmagnet.r_Q)

    @property
    def mismatch_s(self) -> Scalar:
        """r_s/R_tun, the conductivity mismatch: how much of the spin accumulation flows back."""
        return self.nonmagnet.r_s * self.junction.G

    @property
    def mismatch_Q(self) -> Scalar:
        """r_Q κ_el, the heat conductivity mismatch: how much of the spin heat accumulation flows back."""
        return self.nonmagnet.r_Q * self.junction.kappa_el

    @property
    def sensing(self) -> tuple[Junction, Real[AnyArray, "*#points 3"]]:
        """The junction that senses the accumulations and its magnetisation: the detector's, or the only one."""
        if self.detector is None:
            return self.junction, self.magnetisation
        return self.detector.junction, self.detector.magnetisation
