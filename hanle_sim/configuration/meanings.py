"""What was meant by an unknown name: by its meaning first, then by its spelling, among what a section and its model take."""

import difflib
import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..text import toml_of
from .nonmagnets import MODELS
from .sections import place_of, sections, without_number, written_at

#: Other words for a key; those of one or two letters as they are written, the others whatever their case and underscores.
_WORDS = {
    "junction.P_G": "P p pol P_spin P1 P2 P0 Pt PT P_T P_i P_I P_j P_J P_c P_F P_FM P_inj P_det TSP polarization polarisation "
    "spin_polarization spin_polarisation tunnel_polarization tunnel_polarisation tunnelling_spin_polarisation "
    "tunneling_spin_polarization gamma beta",
    "junction.P_L": "P_S P_th P_thermo seebeck_polarization seebeck_polarisation thermoelectric_polarisation",
    "junction.S": "S_J S_T S_tun seebeck seebeck_coefficient thermopower S_0",
    "junction.R_tun": "R RA Rc RC R_T R_c R_i R_I R_J R_b R_B TR resistance tunnel_resistance contact_resistance resistance_area "
    "R_contact R_barrier R_junction R_tunnel barrier_resistance junction_resistance interface_resistance G conductance "
    "tunnel_conductance G_tun",
    "junction.kappa_el": "kappa k kappa_e heat_conductance thermal_conductance electronic_heat_conductance",
    "junction.kappa_ph": "phonon_heat_conductance phonon_conductance kappa_phonon kappa_lattice",
    "junction.P_kappa": "P_k P_Q P_heat",
    "junction.eta_mix": "eta G_r G_mix mixing_conductance spin_mixing_conductance",
    "junction.G_i": "G_imag G_im Gi imaginary_mixing_conductance",
    "junction.magnetisation": "m M magnetization magnetisation_direction magnetization_direction easy_axis",
    "junction.contact_area": "A a area junction_area size contact_size",
    "nonmagnet.model": "type kind geometry nonmagnet",
    "nonmagnet.tau_s": "tau t_s T1 T2 T_1 T_2 tau_sf tau_spin spin_lifetime lifetime spin_relaxation_time relaxation_time tau_sp T_s",
    "nonmagnet.tau_Q": "tau_H tau_q tau_e tau_heat tau_SH tau_sh spin_heat_relaxation_time heat_relaxation_time lambda_Q lambda_heat l_Q",
    "nonmagnet.T_0": "T t0 T_N T_b temperature temp bath_temperature temperature_K kelvin T_bath",
    "nonmagnet.g": "g_N g_s lande lande_factor landé g_factor g_value gfactor",
    "nonmagnet.L_0": "lorenz lorenz_number lorentz_number",
    "nonmagnet.relaxation_s": "relaxation relaxation_tensor gamma_s anisotropy",
    "nonmagnet.relaxation_Q": "gamma_Q",
    "nonmagnet.r_s": "r R R_s R_N R_S r_N rs spin_resistance R_spin r_spin R_sf",
    "nonmagnet.alpha": "a",
    "nonmagnet.r_Q": "R_Q rq spin_heat_resistance",
    "nonmagnet.D": "D_s D_N Ds diffusion diffusion_constant diffusion_coefficient diffusivity mobility mu diff_const",
    "nonmagnet.lambda_s": "lambda l_s L_s λ λs ls lambda_N lambda_sf lambda_sd l_sf l_sd lsf spin_diffusion_length diffusion_length",
    "nonmagnet.rho": "resistivity rho_N conductivity sigma sigma_N bulk_resistivity",
    "nonmagnet.R_sq": "R R_s RS rho sheet_resistance square_resistance R_sheet R_square R_box resistivity channel_resistance "
    "conductivity sigma",
    "nonmagnet.S_N": "S seebeck seebeck_coefficient thermopower S_bulk S_b",
    "nonmagnet.back": "boundary backside back_boundary bottom surface",
    "nonmagnet.velocity": "v v_d drift drift_velocity speed E electric_field",
    "nonmagnet.contact_width": "w W width w_c length L contact_length w_F w_FM",
    "nonmagnet.channel_width": "w W width w_N w_ch channel",
    "nonmagnet.distance": "L l d x length separation spacing gap detector_distance channel_length contact_distance L_ch",
    "nonmagnet.thickness": "t d h L width t_N d_N film_thickness height depth",
    "nonmagnet.left_end": "left end left_edge left_length",
    "nonmagnet.right_end": "right end right_edge right_length",
    "nonmagnet.configuration": "state alignment orientation parallel antiparallel",
    "drive.I": "i J j I0 I_0 I_c current current_density bias_current I_dc I_inj injection_current",
    "drive.V": "U v V0 voltage bias bias_voltage V_dc V_b",
    "drive.Delta_T_0": "dT DT Delta_T deltaT temperature_difference thermal_bias delta T_F",
    "field.start": "from begin first min B_min B_start B_begin H_min field_start minimum range B_range",
    "field.stop": "to end last max B_max B_stop B_end H_max field_stop maximum field magnetic_field H b range B_range",
    "field.points": "n N num number count steps step samples n_points npoints num_points B_points dB resolution",
    "field.values": "list fields B_values B_list field_values",
    "field.path": "vectors field_vectors B_vectors trajectory",
    "field.B": "H b magnitude field_magnitude B_0",
    "field.theta_start": "angle_start phi_start start_angle",
    "field.theta_stop": "angle_stop phi_stop stop_angle theta_end angle_end",
    "field.theta": "angle phi tilt alpha beta field_angle polar_angle th θ",
    "field.direction": "dir axis b_hat B_direction field_direction orientation n_hat",
    "field.B_sat": "Bs B_s B_d B_K H_K M_s Ms saturation saturation_field H_sat H_s demagnetising_field demagnetizing_field mu_0_M",
    "field.exchange_field": "exchange B_ex H_ex B_exchange B_xc",
    "field.stray": "stray_field stray_fields hyperfine roughness",
    "field.stray.kind": "model type distribution",
    "field.stray.sigma": "rms std B_rms standard_deviation spread B_stray strength delta_B",
    "field.stray.values": "samples fields list",
    "field.stray.amplitude": "B B_0 magnitude strength B_stray",
    "field.stray.wavelength": "lambda period correlation_length",
    "field.stray.height": "h d z depth distance",
    "name": "title label run id",
    "junction": "contact tunnel_junction barrier tunnel injector ferromagnet electrode interface",
    "nonmagnet": "channel semiconductor metal normal normal_metal material n film bulk lumped lateral device",
    "drive": "bias current voltage source excitation driving",
    "field": "magnetic_field sweep b fields",
    "detector": "second_contact detection",
}
#: Other words for a choice; a nonmagnet's section has its own.
_CHOICES = {
    "reflecting": "reflective closed free insulating vacuum mirror open",
    "absorbing": "absorber sink metallic ohmic grounded",
    "parallel": "P p up same",
    "antiparallel": "AP ap anti down opposite",
    "gaussian": "normal gauss random",
    "samples": "values list sampled",
    "roughness": "rough sinusoidal sine",
    "paper": "default publication",
}


def _folded(word: str) -> str:
    bare = word.replace("_", "").replace("-", "").replace(" ", "")
    return bare if len(bare) <= 2 else bare.lower()


@functools.cache
def _meanings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    models = {name: section.other_words for name, section in MODELS.items()}
    for key, words in (_WORDS | models | _CHOICES).items():
        for word in words.split():
            found.setdefault(_folded(word), []).append(key)
    return found


def taken(section: str, written: Mapping[str, Any]) -> list[str]:
    """The keys that a section takes: of a nonmagnet those of its model and the like, all where that isn't known, none where the section
    itself isn't taken.
    """
    home, _, name = section.rpartition(".")
    if home and name not in taken(home, written):
        return []
    place = place_of(section)
    kind = place.variants.of(written_at(written, section))
    return list(place.fields if kind is None else kind.model_fields)


def _meant(name: str, section: str, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Sections and keys that an unknown key of a section may stand for, likeliest first: here before elsewhere, by meaning before by
    spelling, last what belongs to another model.
    """
    section = without_number(section)
    here = taken(section, written)
    if not section and not isinstance(written.get(name), Mapping):  # a value above the tables is no table
        here = [key for key in here if key not in sections()]
    elsewhere = {other: taken(other, written) for other in sections() if other not in (section, "detector")}
    means = [key.rpartition(".")[::2] for key in _meanings().get(_folded(name), [])]
    yield from ((section, key) for key in here if _folded(key) == _folded(name))
    yield from ((section, key) for where, key in means if where == _home(section) and key in here)
    yield from ((other, name) for other, keys in elsewhere.items() if name in keys or (not section and name in place_of(other).fields))
    yield from ((where, key) for where, key in means if key in elsewhere.get(where, ()))
    yield from ((section, key) for key in closest(name, here, 0.6))
    yield from ((other, key) for other, keys in elsewhere.items() for key in closest(name, keys, 0.8))
    yield from ((other, name) for other in elsewhere if name in place_of(other).fields)
    if not means:
        yield from ((other, key) for other in (section, *elsewhere) if other for key in closest(name, place_of(other).fields, 0.8))
    yield from ((where, key) for where, key in means if where in sections())


def _home(section: str) -> str:
    """The section whose other words for keys are meant in one: a detector's are the junction's, a list's those of the table it is in."""
    if section == "detector":
        return "junction"
    return section.rpartition(".")[0] if section in sections() and sections()[section].is_list else section


def unknown_key(name: str, section: str, written: Mapping[str, Any], in_full: bool = False) -> tuple[str, str | None]:
    """The end of a message about an unknown key, and the key of the same section that was meant, if any.

    Arguments:
        name: the unknown key.
        section: its section; "" above all sections, or where it was left out.
        written: the configuration.
        in_full: whether to write the key that was meant with its section, as for one whose section was left out.
    """
    section, found = without_number(section), next(_meant(name, section, written), None)
    if found is None:
        homes = [section] if not in_full else [home for home in sections() if home != "detector"]
        keys = ", ".join(key for home in homes for key in taken(home, written))
        return f": {f'[{section}] takes' if section else 'known are'} {keys}", None
    (where, key), models = found, _models(*found, written)
    what = key + _described(name, where, key) + models
    if in_full:
        home = f"{where.rpartition('.')[2]}.1" if where in sections() and sections()[where].is_list else where
        return f": did you mean {f'{home}.{what}'.lstrip('.')}?", None
    if where == section:
        return f": did you mean {what}?", None if models else key
    if key == name:
        return f": it belongs in [{where}]{models}", None
    return f": did you mean {key}{_described(name, where, key)}, in [{where}]{models}?", None


def _described(name: str, section: str, key: str) -> str:
    """What a key is, where it is spelt unlike the name given for it."""
    description = place_of(section).fields[key].description
    return f", the {description}" if description and not closest(name, [key], 0.7) else ""


def _models(section: str, key: str, written: Mapping[str, Any]) -> str:
    """Which models take a key that the configuration's does not."""
    if key in taken(section, written):
        return ""
    place = place_of(section)
    if not place.variants.key:
        return _models(*section.rpartition(".")[::2], written)
    homes = [toml_of(choice) for choice, kind in place.variants.tables.items() if key in kind.model_fields]
    return f", for {place.variants.key} = {' or '.join(homes)}"


def closest(name: str, known: Collection[str], cutoff: float) -> list[str]:
    """The known name that is spelt most like another, whatever the case and the underscores, if any is."""
    folded = {candidate.lower().replace("_", ""): candidate for candidate in reversed(list(known))}
    if len(name) < 2:  # a letter is like too many
        return []
    close = difflib.get_close_matches(name.lower().replace("_", ""), folded, 1, cutoff)
    return [folded[one] for one in close]


def likeliest(name: str, known: Collection[str]) -> str | None:
    """The known name that another stands for, by meaning first, then by spelling."""
    for key in _meanings().get(_folded(name), []):
        found = next((candidate for candidate in known if candidate in (key, key.rpartition(".")[2])), None)
        if found:
            return found
    return next(iter(closest(name, known, 0.6)), None)
