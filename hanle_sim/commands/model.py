"""`Model`: the exact curve as a function of some keys of a configuration, for code of one's own."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np

from ..configuration import Settings, Source, check, read
from ..model.model import Model as Whole
from ..model.parameters import chosen
from ..model.signal import signal_of
from ..numerics.interpreted import interpreted
from ..numerics.types import Array, Real
from ..runtime import double_precision, warn_of_single


class Model:
    """ΔV_Hanle [V] as a function of some keys of a configuration in SI: what an optimiser or a sampler of your own needs.

    Called with values of the keys, traced by JAX or not, it returns the signal at every field of the sweep, [points]; `jax.jit`,
    `jax.jacfwd`, `jax.grad` and `jax.vmap` take it. `evaluated` and `jacobian` give NumPy arrays in double precision at once, without
    compiling, for optimisers such as SciPy's.

    Arguments:
        config: a path, a preset's name, or a dict.
        free: names of the keys, such as tau_s, or section.key.
        settings: changes to the configuration: "KEY=VALUE", several of these, or a dict of values by key.

    Attributes:
        names, units, start: of the keys, as written, their SI units, and their values there [n].
        B: fields of the sweep [T], [points].

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used, or that has no such key.

    Example:
        >>> from hanle_sim import Model
        >>> curve = Model("lumped", ["tau_s", "P_G"], settings={"points": 5})
        >>> curve
        <Model of lumped by tau_s, P_G: 5 fields>
        >>> curve.evaluated(curve.start).argmax(), curve.jacobian(curve.start).shape
        (np.int64(2), (5, 2))
    """

    def __init__(self, config: Source, free: Sequence[str], *, settings: Settings = ()) -> None:
        with double_precision():
            self._whole = whole = Whole(check(read(config, settings)))
            parameters = [whole.parameters[index] for index in chosen(whole.parameters, free, "free")]
            self._paths = [one.path for one in parameters]
            self._method = whole.covering if any(path.endswith(".eta_mix") for path in self._paths) else whole.method
        self.names, self.units = [one.name for one in parameters], [one.unit for one in parameters]
        self.start = np.array([one.value for one in parameters])
        self.B = np.asarray(whole.setup.field.B)

    def __call__(self, values: Any) -> Real[Array, " points"]:
        """The signal [V] at values of the keys [n], [points].

        Warns:
            SinglePrecisionWarning: JAX is set to single precision, and no value is NumPy's float32.
        """
        warn_of_single("Model", values)
        return signal_of(self._whole.built(values, self._paths), self._method, self._whole.level)

    def evaluated(self, values: Any) -> np.ndarray:
        """The same on NumPy arrays, in double precision whatever JAX is set to."""
        with double_precision():
            return self._evaluated(np.asarray(values, dtype=float))

    def jacobian(self, values: Any) -> np.ndarray:
        """Its derivatives by the keys [V per SI unit], [points, n]."""
        with double_precision():
            return self._jacobian(np.asarray(values, dtype=float))

    @cached_property
    def _evaluated(self) -> Any:
        return interpreted(lambda values: self(values))

    @cached_property
    def _jacobian(self) -> Any:
        return interpreted(jax.jacfwd(lambda values: self(values)))

    def __repr__(self) -> str:
        return f"<Model of {self._whole.configuration.name} by {', '.join(self.names)}: {self.B.size} fields>"
