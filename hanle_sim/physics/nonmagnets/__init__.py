"""Nonmagnets: relaxation, precession and diffusion of the spins that have crossed the barrier."""

from .base import AbstractExtended as AbstractExtended
from .base import AbstractNonmagnet as AbstractNonmagnet
from .channel import Lateral as Lateral
from .channel import WideContact as WideContact
from .graded import Graded as Graded
from .layered import Layered as Layered
from .lumped import Lumped as Lumped
from .vertical import Diffusive as Diffusive
from .vertical import Drift as Drift
from .vertical import Film as Film
