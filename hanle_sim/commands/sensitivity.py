"""`sensitivity`: derivatives of a curve, and what a measurement of it determines."""

from pathlib import Path
from typing import Any

from ..configuration import Source, check, read
from ..output.look import DEFAULT, Look
from ..runtime import Progress
from ..sensitivity_analysis.report import Report, sensitivity


def sensitivity_and_write(
    config: Source, out: Path | None, *, figure_format: str, progress: Progress, look: Look = DEFAULT, **options: Any
) -> tuple[Report, Path]:
    """Analyse and write; returns what was found and the directory."""
    from ..output.sensitivity import write_report
    from ..output.store import directory_name, target_of

    configuration = check(read(config, options.get("settings", ())))
    target = target_of(out, f"{directory_name(configuration.name)}-sensitivity")
    report = sensitivity(config, progress=progress, **options)
    write_report(report, target, figure_format, look)
    return report, target
