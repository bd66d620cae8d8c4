"""One simulation for all tests of what is written of it."""

import pytest

from hanle_sim.simulation.run import Simulation, run_simulation


@pytest.fixture(scope="session")
def simulated() -> Simulation:
    return run_simulation("fig2", settings=["points=21"])
