"""Draws the app's icons, once, when their drawing changes: `python -m tools.icons [#accent]`. Needs Chromium and Playwright.

A bolt between two lines of a meter's dial. Maskable icons keep it inside the safe circle of 80 %; the badge is white on nothing,
as Android asks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "bijoli" / "web" / "static" / "web"
BOLT = "M56 14 24 55h22l-4 31 34-43H53z"
ARC = "M16.5 67A38 38 0 0 1 27 20M83.5 33A38 38 0 0 1 73 80"
ICONS = {  # name: (pixels, shape, share of the drawing)
    "icon-192.png": (192, "rounded", 0.66),
    "icon-512.png": (512, "rounded", 0.66),
    "maskable-192.png": (192, "full", 0.54),
    "maskable-512.png": (512, "full", 0.54),
    "apple-touch-icon.png": (180, "full", 0.62),
    "badge-96.png": (96, "none", 0.94),
}


def drawing(shape: str, share: float, accent: str) -> str:
    """The icon as SVG of 100 x 100."""
    ground = {
        "rounded": f'<rect width="100" height="100" rx="23" fill="{accent}"/>',
        "full": f'<rect width="100" height="100" fill="{accent}"/>',
        "none": "",
    }[shape]
    shift = 50 - 50 * share
    arc = (
        ""
        if shape == "none"
        else f'<path d="{ARC}" fill="none" stroke="#fff" stroke-opacity=".45" stroke-width="5" stroke-linecap="round"/>'
    )
    bolt = f'<g transform="translate({shift} {shift}) scale({share})">{arc}<path d="{BOLT}" fill="#fff"/></g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100%" height="100%">{ground}{bolt}</svg>'


def draw(accent: str) -> None:
    """Writes each PNG, and the browser tab's SVG, into the app's static folder."""
    (FOLDER / "icon.svg").write_text(drawing("rounded", 0.66, accent))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for name, (pixels, shape, share) in ICONS.items():
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            page.set_content(f"<style>*{{margin:0}}svg{{display:block}}</style>{drawing(shape, share, accent)}")
            page.screenshot(path=FOLDER / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    draw(sys.argv[1] if len(sys.argv) > 1 else "#0b6b66")
