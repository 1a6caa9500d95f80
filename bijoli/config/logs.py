"""How the processes log: LOGGING for Django, the same for gunicorn's own process, which never loads Django."""

from __future__ import annotations

import logging.config
from typing import Any

from bijoli.config import env

FORMATS = {"json": "bijoli.monitor.logs.lines.Json", "text": "bijoli.monitor.logs.lines.Text"}


def settings() -> dict[str, Any]:
    """Everything to standard error, through the guard of monitor/logs. Raises ImproperlyConfigured for an unknown format or level."""
    chosen = env.choice("BIJOLI_LOG_FORMAT", "text", tuple(FORMATS), "how a log line looks: text for people, json for machines")
    level = env.choice("BIJOLI_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"), "DEBUG, INFO, WARNING or ERROR")
    foreign = "WARNING" if level in {"DEBUG", "INFO"} else level  # Django's DEBUG shows SQL with its values
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMATS[chosen]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": foreign},
        "loggers": {
            "bijoli": {"level": level},
            "gunicorn": {"level": level, "handlers": [], "propagate": True},
            "django": {"level": foreign, "handlers": []},  # Django's own handlers would print, and mail, whole requests
            "django.server": {"level": foreign, "handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # 4xx are told by the request's own line, without the address
        },
    }


def configure() -> None:
    """For a process without Django."""
    logging.config.dictConfig(settings())
