"""Method `finite_volume`: diffusion, precession and relaxation along an extended nonmagnet, on a mesh."""

from .steady import convergence as convergence
from .steady import crowded as crowded
from .steady import extrapolations as extrapolations
from .steady import profile as profile
from .steady import profile_on as profile_on
from .steady import steady_state as steady_state
