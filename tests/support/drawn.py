"""Figures as they are drawn, looked at."""

import itertools
import warnings

STYLES = (None, "paper", "talk", "178 mm")


def require_legible(figure, least=0.0):
    """Nothing warns, all text lies on the figure and is large enough, no label lies on a plot or on its neighbour, lines can be told apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    plots = [axes for axes in figure.axes if axes.get_visible()]
    outside = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    if figure.get_layout_engine() is not None:
        outside += [text for axes in plots for text in (axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label)]
    outside = [text for text in outside if text.get_text().strip()]
    for text in outside:
        box = text.get_window_extent(renderer)
        assert text.get_fontsize() >= least, text
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, text
        assert not any(box.shrunk(0.98, 0.9).overlaps(axes.bbox) for axes in plots), text
    for one, other in itertools.combinations(outside, 2):
        assert not one.get_window_extent(renderer).shrunk(0.98, 0.7).overlaps(other.get_window_extent(renderer).shrunk(0.98, 0.7)), (
            one,
            other,
        )
    for axes in plots:
        for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
            shown = [tick.get_window_extent(renderer) for tick in ticks if tick.get_text() and tick.get_visible()]
            assert all(tick.get_fontsize() >= least for tick in ticks)
            assert not any(one.overlaps(other) for one, other in itertools.pairwise(shown)), axes
        lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 2 and line.get_linestyle() != "None"]
        looks = {(str(line._unscaled_dash_pattern), line.get_color()) for line in lines}
        assert len(looks) == len(lines)
