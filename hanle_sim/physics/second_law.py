"""The second law for a junction in linear response: κ_σ G_σ ≥ L_σ² T_0 in each spin channel (docs/derivations.md, section 1.4)."""

import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.vectors import Scalars, array_module
from ..text import with_prefix
from .spin_channels import SpinChannels

#: How far the margin may fall below zero by rounding alone.
TOLERANCE = 1e-9


def margins(channels: SpinChannels) -> tuple[Scalars, Scalars]:
    """1 − L_σ² T_0/(κ_σ G_σ) of spin up and spin down: negative where the second law is broken."""
    c = channels
    xp, found = array_module(c.G_up, c.G_down, c.L_up, c.L_down, c.kappa_up, c.kappa_down, c.T_0), []
    for G, L, kappa in ((c.G_up, c.L_up, c.kappa_up), (c.G_down, c.L_down, c.kappa_down)):
        G, L, kappa = (xp.asarray(x) for x in (G, L, kappa))
        # Ratios rather than products, so that extreme but allowed numbers do not underflow.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = (L / kappa) * (L / G) * c.T_0
        found.append(1 - xp.where(L == 0, 0.0, share))  # with L = 0 the margin is 1, even where G or kappa vanishes
    return found[0], found[1]


def check(channels: SpinChannels) -> None:
    """Raise ValueError if the coefficients break the second law; traced ones are not checked."""
    c = channels
    if not is_concrete(c.G_up, c.G_down, c.L_up, c.L_down, c.kappa_up, c.kappa_down, c.T_0):
        return
    up, down = (np.asarray(margin, dtype=np.float64) for margin in margins(c))
    if not np.any(np.minimum(up, down) < -TOLERANCE):
        return
    spin, margin = ("up", up) if np.min(up) <= np.min(down) else ("down", down)
    share, G = 1 - np.min(margin), getattr(c, f"G_{spin}")
    law = f"the second law is broken in the spin-{spin} channel: kappa_{spin} G_{spin} >= L_{spin}^2 T_0 is required"
    if not np.isfinite(share):
        closed = "G" if np.any(np.asarray(G) == 0) else "kappa"
        raise ValueError(f"{law}, and {closed}_{spin} = 0 allows no L_{spin}: take P_L = {1 if spin == 'down' else -1}, or S = 0")
    # The largest |S| at these polarisations; that of the channel, where the two cancel in S.
    name, S = ("S", c.S) if np.any(np.asarray(c.L) != 0) else (f"S_{spin}", -getattr(c, f"L_{spin}") / G)
    worst = abs(float(np.ravel(np.broadcast_to(S, margin.shape))[np.argmin(margin)]))
    raise ValueError(
        f"{law}: here it allows |{name}| up to {with_prefix(worst / share**0.5, 'V/K')}, and |{name}| = {with_prefix(worst, 'V/K')}: "
        "lower |S| or |P_L|, or raise kappa_el"
    )
