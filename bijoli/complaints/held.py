"""What is held here about one person: their complaints, each step that they may see, and their photos."""

from __future__ import annotations

from base64 import b64encode

from django.db.models import Q

from bijoli.complaints.models import Complaint, Entry, Follow, Photo
from bijoli.customers import holdings

NAMES = ("number", "category", "text", "place", "facts", "state", "finding", "rating", "private", "account__number")
TIMES = ("submitted_at", "promised_at", "resolved_at", "closed_at")


def speak() -> None:
    holdings.add("complaints", _complaints, ["complaints.Complaint", "complaints.Entry", "complaints.Photo"])
    holdings.add("complaints-followed", _followed, ["complaints.Follow"])


def let_go(sender: object, customer_id: int, **_: object) -> None:
    """A deleted account's own words, places and photos go; that something was complained of, and what was answered, stays."""
    mine = Complaint.objects.filter(customer_id=customer_id)
    Photo.objects.filter(complaint__in=mine).delete()
    Entry.objects.filter(complaint__in=mine, staff=False, by_id=customer_id).exclude(text="").update(text="")
    mine.update(text="", place="", facts=[])
    Follow.objects.filter(Q(customer_id=customer_id) | Q(complaint__in=mine)).delete()


def _followed(customer_id: int) -> object:
    return holdings.rows(Follow.objects.filter(customer_id=customer_id).order_by("pk"), "complaint__number")


def _complaints(customer_id: int) -> object:
    """Photos are JPEG, in base64. Our colleagues' names and their notes to each other are not this person's."""
    found = []
    for row in Complaint.objects.filter(customer_id=customer_id).order_by("pk"):
        steps = holdings.rows(row.entries.filter(inside=False).order_by("pk"), "at", "kind", "text", "staff")
        photos = [b64encode(bytes(body)).decode() for body in row.photos.order_by("pk").values_list("body", flat=True)]
        facts = holdings.rows(Complaint.objects.filter(pk=row.pk), *NAMES, *TIMES)[0]
        found.append({**facts, "steps": steps, "photos": photos})
    return found
