"""Many devices at once: the same numbers as one by one, the same bits in every piece of one shape, and programs for accelerators."""

import jax
import jax.export
import numpy as np
import pytest

from cases import configured
from hanle_sim.model.batch import Batch
from hanle_sim.model.model import Model
from hanle_sim.observables.table import TABLE

PATHS = ["nonmagnet.tau_s", "junction.P_G"]
NAMES = tuple(row.name for row in TABLE)


def batch_of(preset: str, points: int = 31) -> tuple[Batch, np.ndarray]:
    model = Model(configured(preset, f"points={points}"))
    tau_s = float(next(one.value for one in model.parameters if one.path == "nonmagnet.tau_s"))
    theta = np.stack([np.linspace(0.5, 1.5, 8) * tau_s, np.linspace(0.1, 0.3, 8)], 1)
    return Batch(model, PATHS, np.arange(points)), theta


@pytest.mark.parametrize("preset", ["lumped", "film"])
def test_pieces_of_one_shape_have_the_same_bits(preset: str):
    batch, theta = batch_of(preset)
    whole = np.asarray(batch.signals(theta))
    assert np.array_equal(np.asarray(batch.signals(theta[::-1])), whole[::-1])
    # A field's last bit may hang on its place in the piece, which is the same however a sweep is run.
    np.testing.assert_allclose(np.asarray(batch.signals(theta, np.arange(30, -1, -1))), whole[:, ::-1], rtol=2e-15)
    widths = np.asarray(batch.observables(theta, ("hwhm",))["hwhm"])
    assert np.array_equal(np.asarray(batch.observables(theta[::-1], ("hwhm",))["hwhm"]), widths[::-1])


@pytest.mark.parametrize("preset", ["lumped", "diffusive", pytest.param("lateral", marks=pytest.mark.heavy)])
def test_lowers_for_accelerators(preset: str):
    """On a machine that has none; no eigen-solver or other routine that they lack is called."""
    batch, theta = batch_of(preset)
    names = tuple(name for name in batch.available if name in NAMES)
    rows = jax.ShapeDtypeStruct(theta.shape, np.float64)
    programs = [(batch._read(names), (rows,)), (batch._margins, (rows,))]
    if batch.model.is_quotient:
        fields = jax.ShapeDtypeStruct((31,), np.float64)
        programs.append((batch._quotients, (rows, jax.ShapeDtypeStruct((), np.float64), fields)))
    else:
        programs.append((batch._curves, (rows, jax.ShapeDtypeStruct((31,), np.int64))))
    for platform in ("cuda", "tpu"):
        for program, arguments in programs:
            text = jax.export.export(program, platforms=[platform])(*arguments).mlir_module()
            assert "custom_call" not in text.replace("@Sharding", ""), (platform, preset)
            # TF32 and bfloat16, which accelerators take for products in single precision unless told, have three digits.
            assert all("HIGHEST" in line for line in text.splitlines() if "stablehlo.dot_general" in line), (platform, preset)
