"""Layers in a configuration: against a transfer matrix, finite volumes and one material cut in two; what is refused, and what runs."""

import copy
import json

import mpmath
import numpy as np
import pytest

from hanle_sim import hanle_curve
from hanle_sim.configuration import ConfigurationError, Setup, build, check, read
from hanle_sim.model.model import Model
from hanle_sim.model.parameters import chosen, parameters_of
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.nonmagnets import Diffusive, Film, Layered
from hanle_sim.solvers import Problem, closed
from line_cases import LAMBDA, error, material, solve
from line_oracle import HBAR, MU_B, closing, generator, solved, tunnel

T_0, L_0 = 300.0, 2.45e-8
THREE = [
    {"thickness": 0.2e-6, "rho": 3e-8, "D": 0.01, "lambda_s": 0.4e-6, "tau_Q": 4e-13},
    {"thickness": 1e-9, "rho": 1e-6, "D": 1e-4, "tau_s": 1e-12, "tau_Q": 3e-13},
    {"thickness": 5e-9, "rho": 2e-7, "lambda_s": 4e-9, "tau_s": 7e-14, "tau_Q": 7e-14},
]
ENDS = {"reflecting": {"back": "reflecting"}, "absorbing": {"back": "absorbing"}, "infinite": {}}


def written(layers: list[dict], end: str, **more: dict) -> dict:
    """A configuration of a stack in SI numbers; `more` adds to its tables."""
    own = copy.deepcopy(layers)
    if end == "infinite":
        own[-1]["thickness"] = "infinite"
    found = {
        "name": "stack",
        "junction": {"P_G": 0.4, "P_L": 0.2, "S": 8e-5, "R_tun": 2e-14},
        "nonmagnet": {"model": "layered", "T_0": T_0, "L_0": L_0, "layers": own, **ENDS[end]},
        "drive": {"I": 1e9, "Delta_T_0": 0.5},
        "field": {"values": [0.0, 1e-3, -0.3, 2.0, 20.0], "direction": [0.3, 0.2, 1.0]},
    }
    return {key: {**value, **more.get(key, {})} if isinstance(value, dict) else value for key, value in found.items()}


def numbers(layers: list[dict], heat: bool) -> list[tuple[float, float, float]]:
    """ρ, D and τ of every layer, from two of τ_s, D and λ_s."""
    found = []
    for layer in layers:
        D, tau = layer.get("D"), layer.get("tau_s")
        D = layer["lambda_s"] ** 2 / tau if D is None else D
        tau = layer["lambda_s"] ** 2 / D if tau is None else tau
        found.append((layer["rho"] / (L_0 * T_0), D, layer["tau_Q"]) if heat else (layer["rho"], D, tau))
    return found


def admittance(layers: list[dict], end: str, omega: float, heat: bool = False) -> mpmath.mpc:
    """j/u at the contact of a component that precesses at ω, from u″ = (1 + iωτ) u/(Dτ) and j = −u′/(2ρ): both are carried from the back
    to the contact by the matrix of each layer, in 40 digits.
    """
    with mpmath.workdps(40):
        u, j = {"reflecting": (1, 0), "absorbing": (0, 1), "infinite": (None, None)}[end]
        for layer, (rho, D, tau) in reversed(list(zip(layers, numbers(layers, heat), strict=True))):
            kappa = mpmath.sqrt((1 + mpmath.mpc(0, omega) * tau) / (mpmath.mpf(D) * tau))
            c = kappa / (2 * mpmath.mpf(rho))
            if u is None:
                u, j = 1, c
                continue
            cosh, sinh = mpmath.cosh(kappa * layer["thickness"]), mpmath.sinh(kappa * layer["thickness"])
            u, j = u * cosh + j * sinh / c, j * cosh + u * c * sinh
        return j / u


def by_transfer_matrix(layers: list[dict], end: str, setup: Setup) -> np.ndarray:
    """u [V] and T [K] at the contact, [points, 1, 2, 3]; of the set-up only the junction, the drive and the field are read."""
    junction, m, drive, b = (
        setup.device.injector.junction,
        setup.device.injector.magnetisation,
        setup.device.injector.drive,
        np.asarray(setup.field.direction),
    )
    N, per_volt, per_kelvin = tunnel(junction, m)
    V_0, h = closing(junction, m, drive)
    along, across, found = np.outer(b, b), np.eye(3) - np.outer(b, b), []
    for B in np.asarray(setup.field.B):
        Y = np.zeros((6, 6))
        for k, heat in enumerate((False, True)):
            still, turning = (complex(admittance(layers, end, omega, heat)) for omega in (0.0, 2 * MU_B / HBAR * B))
            Y[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = still.real * along + turning.real * across - turning.imag * generator(b)
        scale = np.sqrt(Y[3, 3] / Y[0, 0] / T_0)
        found.append(solved(Y - N - np.outer(per_volt, h), per_volt * V_0 + per_kelvin * drive.Delta_T_0, scale))
    return np.array(found).reshape(-1, 1, 2, 3)


def both(curve: object) -> np.ndarray:
    return np.stack([np.asarray(curve.u), np.asarray(curve.T)], 1)[:, None]  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", [pytest.param(end, marks=() if end == "infinite" else pytest.mark.heavy) for end in ENDS])
def test_a_stack_is_the_transfer_matrix_s(end: str):
    setup = build(check(written(THREE, end)))
    assert Problem.of(setup.device, setup.field).exact.name == "closed"
    assert error(both(hanle_curve(setup.device, setup.field)), by_transfer_matrix(THREE, end, setup)) < 1e-12


def random_stack(rng: np.random.Generator) -> tuple[list[dict], str]:
    layers = []
    for _ in range(rng.integers(1, 5)):
        tau = 10 ** rng.uniform(-12, -9)
        D = 10 ** rng.uniform(-4, -2)
        length = np.sqrt(D * tau) * 10 ** rng.uniform(-2, 0.7)
        layers.append(
            {"thickness": length, "rho": 10 ** rng.uniform(-8, -5), "D": D, "tau_s": tau, "tau_Q": tau * 10 ** rng.uniform(-1.5, 0)}
        )
    return layers, str(rng.choice(list(ENDS)))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.heavy) for seed in range(1, 4))])
def test_finite_volumes_agree(seed: int):
    rng = np.random.default_rng(seed)
    layers, end = random_stack(rng) if seed else (THREE, "infinite")
    plain = build(check(written(layers, end))).device.nonmagnet
    setup = build(check(written(layers, end, junction={"R_tun": float(plain.r_s) * 10 ** rng.uniform(-1, 2)})))
    exact = both(hanle_curve(setup.device, setup.field))
    assert error(solve(setup.device, setup.device.injector.drive, setup.field), exact) < 1e-8


@pytest.mark.parametrize("end", ENDS)
def test_the_change_with_field_keeps_its_digits(end: str):
    """At any field, for layers from 10⁻⁴ λ to 3 λ thick."""
    for scale in (1e-4, 1e-2, 1.0):
        layers = [layer | {"thickness": scale * size * 1e-7} for layer, size in zip(THREE, (3, 2, 0.05), strict=True)]
        nonmagnet = build(check(written(layers, end))).device.nonmagnet
        own = [layer | {"thickness": None} if end == "infinite" and layer is layers[-1] else layer for layer in layers]
        for heat, tau, change in (
            (False, numbers(own, False)[0][2], nonmagnet.admittance_change_s),
            (True, numbers(own, True)[0][2], nonmagnet.admittance_change_Q),
        ):
            for turn in (1e-6, 1e-3, 1.0, 30.0):
                with mpmath.workdps(40):
                    expected = admittance(own, end, turn / tau, heat) / admittance(own, end, 0.0, heat) - 1
                    found = mpmath.mpc(complex(change(np.array([1j * turn]))[0]))
                    assert abs(found - expected) < 1e-13 * abs(expected), (scale, heat, turn)


@pytest.mark.parametrize("turn", [1e-6, 1e-2, 1.0, 50.0])
@pytest.mark.parametrize("thickness", [1e-4, 0.1, 3.0])
def test_one_material_cut_in_two(turn: float, thickness: float):
    bulk, q = material(), np.array([1j * turn])
    for back in ("reflecting", "absorbing"):
        film = Film(bulk, thickness * LAMBDA, back)
        for shares in ((1.0,), (0.5, 0.5), (0.01, 0.99)):
            stack = Layered(tuple((bulk, share * thickness * LAMBDA) for share in shares), back)
            np.testing.assert_allclose(stack.r_s, film.r_s, rtol=1e-13)
            np.testing.assert_allclose(stack.admittance_change_s(q), film.admittance_change_s(q), rtol=1e-13)
            np.testing.assert_allclose(stack.admittance_change_Q(q), film.admittance_change_Q(q), rtol=1e-13)
    for layers in (((bulk, None),), ((bulk, thickness * LAMBDA), (bulk, None))):
        np.testing.assert_allclose(Layered(layers, "infinite").admittance_change_s(q), Diffusive(bulk).admittance_change_s(q), rtol=1e-13)


@pytest.mark.heavy
def test_a_layer_s_derivatives_are_central_differences():
    given = written(THREE[::2], "infinite", field={"values": [0.0, -0.3, 4.0]})
    configuration = check(given)
    model = Model(configuration)
    curve = model.differentiated(lambda what, done, total: None)[0]
    names = [parameter.name for parameter in model.parameters if parameter.name.startswith("layers.")]
    assert names == [
        *(f"layers.1.{key}" for key in ("thickness", "rho", "D", "lambda_s", "tau_Q")),
        *(f"layers.2.{key}" for key in ("rho", "lambda_s", "tau_s", "tau_Q")),
    ]
    for k, parameter in enumerate(model.parameters):
        if not parameter.name.startswith("layers."):
            continue

        def at(step: float, parameter: object = parameter) -> np.ndarray:
            changed = build(check(read(given, {parameter.name: parameter.value * (1 + step)})))  # type: ignore[attr-defined]
            return np.asarray(closed.signal(NaturalUnits.of(changed.device, changed.field)))

        h = 1e-3
        central = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        np.testing.assert_allclose(curve.jacobian[:, k] * parameter.value, central, rtol=0, atol=1e-9 * np.max(abs(curve.signal)))


def test_what_a_layer_leaves_out_is_the_stack_s():
    layers = [{key: value for key, value in layer.items() if key not in ("tau_s", "tau_Q")} for layer in THREE]
    layers[0] |= {"tau_Q": 1e-13}
    layers[1] |= {"tau_s": 3e-12}
    shared = check(written(layers, "reflecting", nonmagnet={"tau_s": 2e-12, "tau_Q": 1e-12}))
    stack = build(shared).device.nonmagnet.layers
    assert [layer.tau_s for layer, _ in stack] == pytest.approx([1.6e-11, 3e-12, 2e-12])  # λ²/D, its own, the stack's
    assert [layer.D for layer, _ in stack] == pytest.approx([0.01, 1e-4, 8e-6])
    assert [layer.tau_Q for layer, _ in stack] == pytest.approx([1e-13, 1e-12, 1e-12])
    assert [thickness for _, thickness in stack] == [0.2e-6, 1e-9, 5e-9]
    names = [parameter.name for parameter in parameters_of(shared)]
    assert {"tau_s", "tau_Q", "layers.1.tau_Q", "layers.2.tau_s"} <= set(names)
    other = build(shared, {"nonmagnet.tau_s": 4e-12, "nonmagnet.layers.2.rho": 5e-6}).device.nonmagnet.layers
    assert (other[2][0].tau_s, other[0][0].tau_s, other[1][0].rho) == pytest.approx((4e-12, 1.6e-11, 5e-6))


def test_settings_reach_layers():
    for settings in (
        ["layers.2.rho=30 uohm cm"],
        ["nonmagnet.layers.2.rho=30 uohm cm"],
        {"layers.2.rho": 3e-7},
        {"nonmagnet.layers.2.rho": 3e-7},
    ):
        assert build(check(read("layered", settings))).device.nonmagnet.layers[1][0].rho == pytest.approx(3e-7)
    two = 'layers=[{thickness = "1 um", rho = 1e-7, D = 1e-3, tau_s = 1e-12, tau_Q = 1e-12}]'
    assert len(build(check(read("layered", [two, "back=absorbing"]))).device.nonmagnet.layers) == 1
    parameters = parameters_of(check(read("layered")))
    assert [parameters[k].path for k in chosen(parameters, ["layers.2.rho", "nonmagnet.layers.1.D"], "free")] == [
        "nonmagnet.layers.2.rho", "nonmagnet.layers.1.D",
    ]  # fmt: skip
    with pytest.raises(ConfigurationError, match="free rho: the configuration has no such parameter"):
        chosen(parameters, ["rho"], "free")


PLATINUM = "layers.2.thickness=10 nm"
REFUSED = [
    (["layers.1.rho="], "nonmagnet: layer 1: rho is missing: give the resistivity"),
    (["layers.2.thickness="], 'nonmagnet: layer 2: thickness is missing: give the thickness of the layer, or "infinite" in the last one'),
    (["layers.2.lambda_s="], "nonmagnet: layer 2: tau_s or lambda_s is missing: give exactly one of them"),
    (["layers.2.lambda_s=", "layers.2.D="], "nonmagnet: layer 2: tau_s or D or lambda_s is missing: give two of them"),
    (["layers.1.tau_s=1 ps"], 'nonmagnet: layer 1: tau_s = "1 ps", D = "120 cm^2/s" and lambda_s = "350 nm" exclude each other'),
    (["layers.1.thickness=infinite"], 'nonmagnet: layer 1: thickness = "infinite": only the last layer has no end: give a length'),
    (["back=reflecting"], 'nonmagnet: layer 2: thickness = "infinite" and back = "reflecting" exclude each other'),
    ([PLATINUM], 'nonmagnet: back is missing: give "reflecting" or "absorbing", or thickness = "infinite" in the last layer'),
    ([PLATINUM, "back=metallic"], 'nonmagnet.back = "metallic": must be one of "reflecting" or "absorbing": did you mean "absorbing"?'),
    *(([f"layers.1.thickness={bad}"], f"nonmagnet.layers.1.thickness = {bad}: must be positive") for bad in (0, -1)),
    (["layers.1.thickness=inf"], 'nonmagnet.layers.1.thickness = inf: must be a finite number, or "infinite" in the last layer'),
    (["layers.1.thickness=1 T"], 'nonmagnet.layers.1.thickness = "1 T": has the wrong unit, "T"'),
    (["layers.2.D=0"], "nonmagnet.layers.2.D = 0: must be positive"),
    (["layers.2.tau_Q=1 T"], 'nonmagnet.layers.2.tau_Q = "1 T": has the wrong unit'),
    (["layers.1.S_N=1 mV/K"], 'nonmagnet: layer 1: S_N = "1 mV/K": breaks the second law, S_N^2 <= L_0: take |S_N| up to 156.5 uV/K'),
    (["layers=[]"], "nonmagnet: layers = []: give one layer at least, a table [[nonmagnet.layers]]"),
    (["layers="], "nonmagnet: layers is missing: give the layers from the contact downwards, each a table [[nonmagnet.layers]]"),
    *(([f"layers={bad}"], f"nonmagnet.layers = {bad}: must be a list of tables, [[nonmagnet.layers]]") for bad in ("3", "[3]", "{rho = 1}")),
    (["tau_s=1 ns"], 'nonmagnet: tau_s = "1 ns": has no meaning, since every layer has its own: take it out'),
    (["tau_Q=1 ns"], 'nonmagnet: tau_Q = "1 ns": has no meaning, since every layer has its own: take it out'),
    (["layers.1.tau_Q="], 'nonmagnet.layers.1.tau_Q is missing: spin heat needs it, since junction.S = "30 uV/K"'),
    (["T_0=", "layers.1.tau_Q=", "layers.2.tau_Q="], "nonmagnet.layers.1.tau_Q, nonmagnet.layers.2.tau_Q, nonmagnet.T_0 are missing"),
    (["S=", "layers.2.S_N=1 uV/K", "T_0="], 'nonmagnet.T_0 is missing: spin heat needs it, since nonmagnet.layers.2.S_N = "1 uV/K"'),
    (["nonmagnet.rho=1"], 'nonmagnet: rho = 1 ohm m: has no meaning for model = "layered", whose layers have their own: give it in each'),
    (["r_s=1"], 'nonmagnet: r_s = 1 ohm m^2: has no meaning for model = "layered": take it out'),
    (["layers.1.rh=1"], "setting layers.1.rh: unknown key: did you mean rho?"),
    (["layers.1.t=1"], "setting layers.1.t: unknown key: did you mean thickness"),
    (["layers.1.T_0=1"], "setting layers.1.T_0: unknown key: it belongs in [nonmagnet]"),
    (["lamda_s=1"], "setting lamda_s: unknown key: did you mean layers.1.lambda_s?"),
    (["rho=1"], "setting rho: must say which of 2 layers, counted from 1: write layers.1.rho to layers.2.rho"),
    (["layers.rho=1"], "setting layers.rho: must say which of 2 layers, counted from 1: write layers.1.rho to layers.2.rho"),
    *(([f"layers.{bad}.rho=1"], f"setting layers.{bad}.rho: there are 2 layers, counted from 1: write") for bad in (0, 3)),
    (["model=stack"], 'did you mean "layered"?'),
    (["detector.P_G=0.1"], 'detector: has no meaning for nonmagnet.model = "layered", only for lateral: take it out'),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_refusals(settings: list[str], message: str):
    with pytest.raises(ConfigurationError) as refused:
        build(check(read("layered", settings)))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value) and "Quantity(" not in str(refused.value)


def test_every_error_is_told_at_once():
    given = read("layered")
    given["nonmagnet"] |= {
        "back": "absorb",
        "layers": [{"rhoo": 1, "tau_s": "x", "thickness": "1 m"}, {}, {"thickness": "1 nm", "rho": 1, "D": 1}],
    }
    with pytest.raises(ConfigurationError) as refused:
        check(given)
    assert str(refused.value).split("\n") == [
        "nonmagnet.layers.1.rhoo: unknown key: did you mean rho?",
        'nonmagnet.back = "absorb": must be one of "reflecting" or "absorbing": did you mean "absorbing"?',
        'nonmagnet.layers.1.tau_s = "x": must be a number in SI (s) or a string with a unit, such as "1 ns"',
        'nonmagnet: layer 2: thickness is missing: give the thickness of the layer, or "infinite" in the last one',
        "nonmagnet: layer 2: rho is missing: give the resistivity",
        "nonmagnet: layer 1: D or lambda_s is missing: give exactly one of them",
        "nonmagnet: layer 2: tau_s or D or lambda_s is missing: give two of them",
        "nonmagnet: layer 3: tau_s or lambda_s is missing: give exactly one of them",
        "nonmagnet.layers.1.tau_Q, nonmagnet.layers.2.tau_Q, nonmagnet.layers.3.tau_Q are missing: spin heat needs them, since "
        'junction.S = "30 uV/K": give them, or take junction.S out',
    ]
    with pytest.raises(ConfigurationError) as refused:
        check(read("film") | {"nonmagnet": {**read("film")["nonmagnet"], "layers": [{"rho": 1}]}})
    assert str(refused.value) == 'nonmagnet: layers = [{rho = 1}]: has no meaning for model = "film", only for layered: take it out'
    with pytest.raises(ConfigurationError, match=r"there are no layers: give nonmagnet\.layers, a list of tables, first"):
        read("film", ["layers.1.rho=1"])


ALL = ("theta=50 deg", "B_sat=3 T", "exchange_field=5 mT", "G_i=1e10 S/m^2", "eta_mix=1.3", "I=", "V=10 mV", "Delta_T_0=1 K")
OPTIONS = {
    "fields": ("linear", ALL),
    "stray": ("closed", ("field.stray.kind=gaussian", "field.stray.sigma=0.5 T")),
    "turning": ("closed", ("start=", "stop=", "field.B=2 T", "theta_start=0 deg", "theta_stop=180 deg")),
    "S_N": ("finite_volume", ("layers.1.S_N=10 uV/K",)),
    "relaxation": ("finite_volume", ("relaxation_s=[[1, 0, 0], [0, 1, 0], [0, 0, 2]]", "theta=50 deg")),
    "cold": ("closed", ("S=", "T_0=", "layers.1.tau_Q=", "layers.2.tau_Q=")),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "S_N" else pytest.mark.heavy) for name in OPTIONS])
def test_options_combine(hanle, tmp_path, name: str):
    method, settings = OPTIONS[name]
    options = [part for setting in (*settings, "points=5") for part in ("--set", setting)]
    status, out, err = hanle("simulate", "layered", *options, "--out", "result")
    assert (status, err) == (0, "")
    assert "disagree" not in out
    summary = json.loads((tmp_path / "result" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["model"], summary["method"]) == ("layered", method)
    assert all(difference < 1e-6 for difference in summary["agreement"].values() if difference is not None)
    again = check(read(tmp_path / "result" / "config.toml"))
    assert again.nonmagnet == check(read("layered", settings)).nonmagnet


def test_S_N_of_one_material_is_a_film_s():
    """Layers of one material with S_N, and a film of it, by finite volumes."""
    layer = {"thickness": 0.1e-6, "rho": 1e-5, "D": 1e-3, "tau_s": 1e-9, "tau_Q": 4e-11, "S_N": 5e-5}
    stack = written([layer, layer | {"thickness": 0.3e-6}], "absorbing", junction={"R_tun": 1e-11}, drive={"I": 1e7})
    film = copy.deepcopy(stack)
    film["nonmagnet"] = {"model": "film", "T_0": T_0, "L_0": L_0, "back": "absorbing", **(layer | {"thickness": 0.4e-6})}
    found, expected = (solve(setup.device, setup.device.injector.drive, setup.field) for setup in (build(check(stack)), build(check(film))))
    assert error(found, expected) < 1e-8


@pytest.mark.heavy
def test_stacks_compare(hanle, tmp_path):
    status, _, err = hanle("compare", "layered", "film", "--set", "points=5", "--out", "result")
    assert (status, err) == (0, "")
    rows = json.loads((tmp_path / "result" / "compare.json").read_text(encoding="utf-8"))
    assert [row["model"] for row in rows] == ["layered", "film"]
    assert rows[0]["tau_s_s"] == pytest.approx(350e-9**2 / 120e-4)
