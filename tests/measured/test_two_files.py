"""Parallel and antiparallel magnets measured in two files, on different fields and in different units."""

import numpy as np
import pytest

from hanle_sim.measured import DataError, DataSection, read_measured
from hanle_sim.measured.combination import Curve, combined
from laboratory import file_of, lorentzian, table, written

X = np.linspace(-80, 80, 81)
Y = lorentzian(X, 12)
#: Fields of the antiparallel file [G]; its signal is a straight line, which is interpolated without an error.
FINE = np.linspace(-600, 600, 97)
INSIDE = np.abs(X) <= 60


@pytest.fixture
def files(tmp_path):
    parallel = file_of(tmp_path, table([X, Y, np.full(81, 0.03)], ["B (mT)", "R_nl (ohm)", "err"]), "p.dat")
    straight = table([FINE, 7e3 - FINE, np.full(97, 40.0)], ["H (Oe)", "R_nl (mOhm)", "err"], ";", decimal=",")
    return parallel, file_of(tmp_path, straight, "ap.csv")


def read(path, **keys):
    return read_measured(DataSection(**keys), path)


@pytest.mark.parametrize(("combine", "sign"), [("difference", -1), ("mean", 1)])
def test_two_files_are_combined_where_their_fields_overlap(files, combine, sign):
    (half,) = read(files[0], y2_file=str(files[1]), combine=combine, sigma="err", set={"T_0": "77 K"})
    np.testing.assert_allclose(half.x, written(X[INSIDE] * 1e-3, 7), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(half.y, (written(Y, 7)[INSIDE] + sign * (7 - X[INSIDE] / 100)) / 2, rtol=1e-12)
    share = np.round((X[INSIDE] + 60) / 1.25 % 1, 9)  # of the way from one point of the second file to the next
    np.testing.assert_allclose(half.sigma, np.hypot(0.03, 0.04 * np.hypot(share, 1 - share)) / 2, rtol=1e-9)
    assert (half.name, half.file, half.set, half.unit, half.direction) == ("p", files[0], {"T_0": "77 K"}, "ohm", "up")
    assert any(note.endswith('ap.csv: the field is column 1, "H (Oe)"') for note in half.notes)
    assert "y2 was interpolated to the 61 fields of y, 20 of y lie outside and were left out" in half.notes


@pytest.mark.parametrize(("points", "is_known"), [(101, False), (41, False), (41, True), (400, False)])
def test_a_point_between_two_is_worth_what_its_errors_leave(points, is_known):
    """The mean of a combined curve scatters, over many sets of noise, as that of so many independent points does."""
    x, other, rng, noise = np.linspace(-60e-3, 60e-3, 101), np.linspace(-61e-3, 61e-3, points), np.random.default_rng(2), 3.0
    found = []
    for _ in range(2000):
        one, two = (
            Curve(at, noise * rng.normal(size=at.size), np.full(at.size, noise) if is_known else None, np.arange(at.size), "up", ())
            for at in (x, other)
        )
        found += combined([one], [two], "difference", "p and ap", same=False)
    variance = np.mean([half.sigma**2 if is_known else half.y**2 for half in found])
    expected = variance / (len(x) * found[0].worth)
    assert np.var([np.mean(half.y) for half in found]) == pytest.approx(expected, rel=0.1)  # 3 % of chance
    counted = f"the 101 points count as {101 * found[0].worth:.0f}"
    assert (found[0].worth > 0.95) == (points == 400) != any(counted in note for note in found[0].notes)


def test_fields_that_were_measured_twice_weigh_more(tmp_path):
    other = table([np.repeat(X, 2), np.repeat(2 * X, 2) + np.tile([-1, 1], 81)], ["B (mT)", "R (ohm)"])
    parallel = file_of(tmp_path, table([X, Y], ["B (mT)", "R (ohm)"]), "p.dat")
    (half,) = read(parallel, y2_file=str(file_of(tmp_path, other, "ap.dat")), combine="mean", sigma="0.2 ohm")
    np.testing.assert_allclose(half.y, (written(Y, 7) + 2 * X) / 2, rtol=1e-12)
    np.testing.assert_allclose(half.sigma, 0.1 * np.sqrt(1.5), rtol=1e-12)


def test_without_combining_they_are_two_curves_of_their_own(files):
    one, two = read(files[0], y2_file=str(files[1]), exclude=[1])
    assert (len(one.x), one.name, one.file, one.set) == (80, "p", files[0], {"configuration": "parallel"})
    assert (len(two.x), two.name, two.file, two.set) == (97, "ap", files[1], {"configuration": "antiparallel"})
    np.testing.assert_allclose(two.y, 7 - FINE / 1e3, rtol=1e-12)


def test_the_column_of_the_second_file_may_have_another_name(files, tmp_path):
    other = file_of(tmp_path, table([X, 0 * X + X**2, -X], ["B (mT)", "R_1 (ohm)", "R_2 (ohm)"]), "other.dat")
    (half,) = read(files[0], y="R_nl", y2="R_2", y2_file=str(other), combine="difference")
    np.testing.assert_allclose(half.y, (written(Y, 7) + X) / 2, rtol=1e-12)
    assert not any("interpolated" in note for note in half.notes)
    (half,) = read(other, y="R_1", y2="R_2", y2_file=str(other), combine="mean")
    np.testing.assert_allclose(half.y, (X**2 - X) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("content", "keys", "message"),
    [
        (table([X + 200, X], ["B (mT)", "R_nl (ohm)"]), {}, "y goes from -80 mT to 80 mT and y2 from 120 mT to 280 mT: their fields must overlap"),
        (table([X - 200, X], ["B (mT)", "R_nl (ohm)"]), {}, "y goes from -80 mT to 80 mT and y2 from -280 mT to -120 mT: their fields must"),
        (table([X, X], ["B (mT)", "V (uV)"]), {}, 'combine = "mean": y is in ohm and y2 in V: give y2, or y_unit'),
        (table([X, X], ["B (mT)", "R (ohm)"]), {"y": "R_nl"}, 'ap.dat: y = "R_nl": there is no such column: there are'),
        (table([X, X], ["B (mT)", "R (ohm)"]), {"y2": "S"}, 'ap.dat: y2 = "S": there is no such column'),
        (table([X[::-1], X], ["B (mT)", "R (ohm)"]), {}, "y and y2 have no direction in common"),
        (table([X, X, X, Y], ["B (mT)", "R1", "B (mT)", "R2"]), {"y_unit": "ohm"}, "ap.dat: has 2 pairs of columns, of R1, R2: give y2"),
        ("no numbers\n", {}, "ap.dat: is no table"),
    ],
)  # fmt: skip
def test_what_can_not_be_combined_is_said_in_one_line(files, content, keys, message, tmp_path):
    other = file_of(tmp_path, content, "ap.dat")
    with pytest.raises(DataError) as raised:
        read(files[0], y2_file=str(other), combine="mean", **keys)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_second_file_that_is_missing_or_the_first(files):
    with pytest.raises(DataError, match=r"nowhere.dat: there is no such file"):
        read(files[0], y2_file=str(files[0].parent / "nowhere.dat"))
    with pytest.raises(DataError, match=r"p.dat: y2_file is the same file: give y2"):
        read(files[0], y2_file=str(files[0]))
    with pytest.raises(DataError, match=r'set.configuration = "parallel": y is the parallel and y2_file = ".*" the antiparallel'):
        read(files[0], y2_file=str(files[1]), set={"configuration": "parallel"})
