"""Pieces of a sweep: every device and field in exactly one, all of one shape."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hanle_sim.sweeps.axes import Axis
from hanle_sim.sweeps.plan import Plan

sizes = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@given(sizes, st.integers(1, 12), st.booleans(), st.integers(1, 60), st.integers(1, 30))
def test_pieces_cover_a_sweep_once(shape: list[int], fields: int, curves: bool, most: int, most_devices: int):
    axes = [Axis(f"p{k}", (k,), 100.0 * (k + 1) + np.arange(size)[:, None]) for k, size in enumerate(shape)]
    plan = Plan(axes, np.arange(fields, dtype=float), ("hwhm",), curves, most, most_devices)
    whole = np.zeros((*shape, fields if curves else 1), int)
    seen = np.full((*shape, len(shape)), np.nan)
    tiles = list(plan)
    assert len(tiles) == plan.tiles and len({tile.place for tile in tiles}) == plan.tiles
    devices = int(np.prod(plan.chunk))
    assert devices <= most_devices and (not curves or devices * plan.fields <= max(most, 1))
    for tile in tiles:
        theta = plan.values(tile)
        assert theta.shape == (devices, len(shape))
        seen[tile.devices] = np.moveaxis(np.stack([plan.cut(tile, column) for column in theta.T]), 0, -1)
        whole[(*tile.devices, tile.fields if curves else slice(None))] += 1
        assert plan.tile(tile.place) == tile
    assert np.all(whole == 1)
    expected = np.stack(np.meshgrid(*[axis.values[:, 0] for axis in axes], indexing="ij"), -1)
    assert np.array_equal(seen, expected)


def test_the_last_axes_are_kept_whole():
    axes = [Axis(name, (k,), np.zeros((size, 1))) for k, (name, size) in enumerate((("a", 7), ("b", 10), ("c", 6)))]
    plan = Plan(axes, np.zeros(11), (), True, 11 * 30, 1000)
    assert plan.chunk == (1, 5, 6) and plan.fields == 11 and plan.grid == (7, 2, 1, 1)
    assert Plan(axes, np.zeros(1000), (), True, 400, 1000).grid == (7, 10, 6, 3)
