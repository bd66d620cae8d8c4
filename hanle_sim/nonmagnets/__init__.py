"""Nonmagnets: what a spin current does once it has crossed the barrier."""

from .base import AbstractExtended as AbstractExtended
from .base import AbstractNonmagnet as AbstractNonmagnet
from .channel import Contact as Contact
from .channel import Lateral as Lateral
from .diffusive import Diffusive as Diffusive
from .diffusive import Drift as Drift
from .diffusive import Film as Film
from .graded import Graded as Graded
from .graded import Layered as Layered
from .lumped import Lumped as Lumped
