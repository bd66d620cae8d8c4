"""Strict JAX, run-time shape checks, and random physical devices with fixed seeds."""

import os
import sys
from pathlib import Path

os.environ["JAX_COMPILATION_CACHE_DIR"] = ""  # no compiled programs of the user's, and none for them

import jax
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
sys.path.insert(0, str(Path(__file__).parent / "support"))

with install_import_hook("hanle_sim", "beartype.beartype"):
    import hanle_sim.cli
    import hanle_sim.commands.claims
    import hanle_sim.commands.presets
    import hanle_sim.commands.reproduce
    import hanle_sim.commands.simulate
    import hanle_sim.output.claims
    import hanle_sim.output.simulation
    import hanle_sim.output.tables
    import hanle_sim.solvers.bloch_integration
    import hanle_sim.solvers.closed.modes
    import hanle_sim.solvers.linear
    import hanle_sim.solvers.volumes

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def moderate():
    """The sensitivities of a moderate lumped device."""
    from cases import MODERATE, configured
    from hanle_sim.sensitivity_analysis import derivatives

    return derivatives(configured("fig2", *MODERATE))


@pytest.fixture
def hanle(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run the command line in this process, in an empty directory: hanle("simulate", "fig2") → status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hanle", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            hanle_sim.cli.main()
        out, err = capfd.readouterr()
        return int(stopped.value.code or 0), out, err

    return run
