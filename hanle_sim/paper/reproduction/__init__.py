"""Everything quantitative in Phys. Rev. Lett. 112, 056602, computed again: printed, computed, verdict."""

from . import equations, numbers
from .claim import Claim as Claim


def claims() -> list[Claim]:
    """Every claim, computed now."""
    return [compute() for compute in (*numbers.CLAIMS, *equations.CLAIMS)]
