"""What every page needs."""

from django.conf import settings
from django.http import HttpRequest


def every_page(request: HttpRequest) -> dict[str, object]:
    return {"utility": settings.UTILITY}
