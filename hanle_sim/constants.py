"""Physical constants in SI, from CODATA, and the two Lorenz numbers in use."""

import math

from scipy import constants as _si

#: Elementary charge [C].
e: float = _si.e
#: Boltzmann constant [J/K].
k_B: float = _si.k
#: Reduced Planck constant [J s].
hbar: float = _si.hbar
#: Bohr magneton [J/T].
mu_B: float = _si.physical_constants["Bohr magneton"][0]

#: Lorenz number as printed below Eq. (10) of Phys. Rev. Lett. 112, 056602 [V^2/K^2].
L_0_PAPER: float = 2.45e-8
#: Lorenz number of the Sommerfeld model, pi^2 k_B^2 / (3 e^2) [V^2/K^2].
L_0_SOMMERFELD: float = math.pi**2 * k_B**2 / (3 * e**2)
#: Temperature that stands where none is given, and nothing that is computed depends on it [K].
ANY_TEMPERATURE: float = 300.0
