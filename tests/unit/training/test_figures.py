from __future__ import annotations

from training.figures import BEGIN, END, FIGURES, PAGE, markdown, read


def test_the_page_shows_the_figures_that_were_measured() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = text.partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == markdown(read(FIGURES)).strip()
