"""The app's icons: drawn for it, 24 x 24, lines of 1.8, round ends. Put into the page where they are used, so none comes late."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

PATHS = {
    "home": '<path d="M3 11.5 12 4l9 7.5"/><path d="M5.5 10v9.5h13V10"/><path d="M10 19.5v-5h4v5"/>',
    "usage": '<path d="M4 20v-9M10 20V5M16 20v-6M21.5 20h-19"/>',
    "wallet": '<rect x="3" y="6" width="18" height="13" rx="3"/><path d="M12 10v5M9.5 12.5h5"/>',
    "bill": '<path d="M6 3.5h12V21l-3-2-3 2-3-2-3 2z"/><path d="M9.5 8.5h5M9.5 12.5h5"/>',
    "help": '<path d="M5 18l-1.5 3 4-1.4A8.5 8.5 0 1 0 5 18z"/><path d="M10 10a2.2 2.2 0 1 1 3 2c-.7.4-1 .8-1 1.6M12 16.4v.1"/>',
    "bell": '<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15z"/><path d="M10 20.5a2.2 2.2 0 0 0 4 0"/>',
    "belloff": '<path d="M8.5 6.2A6 6 0 0 1 18 11v4M6 10v6l-1.5 2H17"/><path d="M10 20.5a2.2 2.2 0 0 0 4 0M4 3.5l16 17"/>',
    "back": '<path d="m14 6-6 6 6 6"/>',
    "next": '<path d="m10 6 6 6-6 6"/>',
    "down": '<path d="m7 10 5 5 5-5"/>',
    "warn": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17v.1"/>',
    "bolt": '<path d="M13 3 5 13.5h6L10.5 21 19 10h-6z"/>',
    "boltoff": '<path d="M13.5 8.5V3l-3.6 4.7M7.5 10.5 5 13.5h6L10.5 21l4.2-5.1M16.8 13.2 19 10h-3.5M4 4l16 16"/>',
    "gauge": '<path d="M4 17a8.5 8.5 0 1 1 16 0"/><path d="m12 15 4-5"/>',
    "shield": '<path d="M12 3.5 5 6v6c0 4.5 3 7.4 7 8.5 4-1.1 7-4 7-8.5V6z"/><path d="M12 9v4M12 15.6v.1"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "meter": '<rect x="5" y="3" width="14" height="18" rx="3"/><path d="M8 7h8v4H8zM9.5 15.5h5"/>',
    "silent": '<path d="M4 20v-3M9 20v-7M14 20v-9M3.5 3.5l17 17M19 14V4"/>',
    "phone": (
        '<path d="M5 4h4l1.5 5-2.3 1.5a12 12 0 0 0 5.3 5.3'
        'L15 13.5l5 1.5v4a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z"/>'
    ),
    "office": '<path d="M5 20.5V5l8-2v17.5M13 9h6v11.5M3 20.5h18M8 8.5h2M8 12h2M8 15.5h2M16 12.5v.1M16 16v.1"/>',
    "mobile": '<rect x="6.5" y="3" width="11" height="18" rx="2.5"/><path d="M11 17.8h2"/>',
    "gear": (
        '<circle cx="12" cy="12" r="3"/><path d="M12 3v2.5M12 18.5V21M3 12h2.5'
        'M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M18.4 5.6l-1.8 1.8M7.4 16.6l-1.8 1.8"/>'
    ),
    "language": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c-5 5.5-5 11.5 0 17 5-5.5 5-11.5 0-17z"/>',
    "theme": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>',
    "leave": '<path d="M14 4H6v16h8M10 12h11M17.5 8.5 21 12l-3.5 3.5"/>',
    "trash": '<path d="M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13.5h9l1-13.5M10.5 11v5.5M13.5 11v5.5"/>',
    "share": '<path d="M12 15V3.5M8 7l4-3.5L16 7M7 11H5.5v9.5h13V11H17"/>',
    "download": '<path d="M12 4v11M8 11.5l4 4 4-4M5 19.5h14"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "cloud": '<path d="M7 18.5a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 17 7.5M19.5 11a4 4 0 0 1-.7 7.4M11 18.5h3M4 3.5l16.5 17"/>',
    "card": '<rect x="3" y="5.5" width="18" height="13.5" rx="2.5"/><path d="M3 10h18M7 15h3"/>',
    "copy": '<rect x="9" y="9" width="11" height="11.5" rx="2.5"/><path d="M15 5a2 2 0 0 0-2-1H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14q4 1.5 4 5.5"/>',
    "key": '<circle cx="8" cy="14.5" r="4.5"/><path d="m11.3 11.3 7.2-7.3M15.5 7l3 3"/>',
    "chat": '<path d="M4 5.5h16v11h-9l-4.5 4v-4H4z"/><path d="M8 9.5h8M8 12.8h5"/>',
    "camera": '<path d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4z"/><circle cx="12" cy="13.2" r="3.4"/>',
    "star": '<path d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>',
    "flame": '<path d="M12 3c1 4 5.5 5.5 5.5 11a5.5 5.5 0 0 1-11 0c0-2.5 1.3-4 2.5-5 .3 2 1 2.7 2 3 .5-3-.5-6 1-9z"/>',
}


def icon(name: str, css: str = "") -> SafeString:
    """The icon as SVG, hidden from screen readers: words always stand beside it. Raises KeyError for an unknown name."""
    css = f"icon {css}".strip()
    return mark_safe(f'<svg class="{css}" viewBox="0 0 24 24" aria-hidden="true">{PATHS[name]}</svg>')  # noqa: S308 - our own constants
