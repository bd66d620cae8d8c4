"""Files as laboratories write them: simulated curves, and tables of them in any layout."""

from pathlib import Path

import numpy as np

#: Units of fields and signals by what they are in tesla, and in the unit beside, of their own table.
FIELDS = {"T": 1.0, "mT": 1e-3, "G": 1e-4, "Oe": 1e-4, "kOe": 0.1, "Gauss": 1e-4, "A/m": 4e-7 * np.pi, "kA/m": 4e-4 * np.pi}
SIGNALS = {
    "V": (1.0, "V"), "mV": (1e-3, "V"), "uV": (1e-6, "V"), "µV": (1e-6, "V"), "ohm": (1.0, "ohm"), "mOhm": (1e-3, "ohm"),
    "Ohm": (1.0, "ohm"), "kOhm": (1e3, "ohm"), "nA": (1e-9, "A"), "Volts": (1.0, "V"),
}  # fmt: skip


def lorentzian(x: np.ndarray, width: float, seed: int = 1, noise: float = 0.01) -> np.ndarray:
    """A peak on an offset, with noise."""
    return 3 + 1 / (1 + (x / width) ** 2) + noise * np.random.default_rng(seed).standard_normal(len(x))


def cell(value: float, digits: int, decimal: str = ".") -> str:
    """A number as a program writes it; nothing for NaN."""
    return "" if np.isnan(value) else f"{value:.{digits}g}".replace(".", decimal)


def written(values: np.ndarray, digits: int) -> np.ndarray:
    """The numbers that are in a file to so many digits."""
    return np.array([float(f"{value:.{digits}g}") for value in values])


def table(columns, headings=(), delimiter="\t", decimal=".", digits=7, newline="\n") -> str:
    """A table of columns of any length."""
    length = max(len(column) for column in columns)
    padded = [np.append(column, np.full(length - len(column), np.nan)) for column in columns]
    lines = [delimiter.join(headings)] if len(headings) else []
    lines += [delimiter.join(cell(column[row], digits, decimal) for column in padded) for row in range(length)]
    return newline.join(lines) + newline


def file_of(folder: Path, text: str, name: str = "sample.dat", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
