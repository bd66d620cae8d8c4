"""Where, and by how much, the derivatives of two Lorentzians differ from the exact ones."""

from typing import Any

import numpy as np

from .jacobian import Sensitivity

#: Derivatives below this share of the largest are rounding.
_ROUNDING = 1e-13


def compared_rows(result: Sensitivity) -> list[dict[str, Any]]:
    """For every parameter, how strongly it acts, and where and by how much the Lorentzian approximation's derivative differs from it."""
    rows = []
    peak = float(np.max(np.abs(result.exact.signal))) or 1.0
    rounding = _ROUNDING * np.max(np.abs(result.exact.jacobian * result.model.scales)) / peak
    for k, parameter in enumerate(result.parameters):
        exact = result.exact.jacobian[:, k] * parameter.scale / peak
        row: dict[str, Any] = {
            "name": parameter.name,
            "value": parameter.value,
            "unit": parameter.unit,
            "largest": float(exact[np.argmax(np.abs(exact))]) if np.max(np.abs(exact)) > rounding else 0.0,
            **_place("largest_at", result, int(np.argmax(np.abs(exact)))),
            "lorentzian_off": None,
            **_place("lorentzian_off_at", result, None),
            **_place("sign_differs_from", result, None),
        }
        if result.lorentzian is not None:
            other = result.lorentzian.jacobian[:, k] * parameter.scale / peak
            off = np.abs(other - exact)
            row["lorentzian_off"] = float(np.max(off)) if np.max(off) > rounding else 0.0
            row |= _place("lorentzian_off_at", result, int(np.argmax(off)))
            # A sign counts where both are more than a thousandth of the larger.
            counts = np.minimum(np.abs(exact), np.abs(other)) > max(1e-3 * max(np.max(np.abs(exact)), np.max(np.abs(other))), rounding)
            differs = np.flatnonzero(counts & (np.sign(exact) != np.sign(other)))
            if differs.size:
                first = int(differs[np.argmin(np.abs(result.B[differs]))])
                row |= _place("sign_differs_from", result, first) | {"sign_differs_from_T": float(np.abs(result.B[first]))}
        rows.append(row)
    return rows


def _place(key: str, result: Sensitivity, index: int | None) -> dict[str, float | None]:
    """Where in the sweep something is: the field, and where that turns its angle."""
    found = {f"{key}_T": None if index is None else float(result.B[index])}
    if result.angle is not None:
        found[f"{key}_rad"] = None if index is None else float(result.angle[index])
    return found
