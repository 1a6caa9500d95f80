"""Parts of templates that are rendered once: for each value of what they depend on, and never with another's."""

from __future__ import annotations

from django.template import Context, Template
from django.template.base import Node

COUNTED: list[str] = []


class Counting(str):
    """A value that tells when it is rendered."""

    def __str__(self) -> str:
        COUNTED.append("rendered")
        return super().__str__()


def test_a_part_is_rendered_once_for_each_value_it_depends_on() -> None:
    page = Template("{% load once %}{% once language theme %}{{ language }} {{ theme }}{% endonce %} {{ name }}")
    said = [page.render(Context({"language": lang, "theme": theme, "name": lang + theme})) for lang in "be" for theme in "ld" for _ in "12"]
    assert said == ["b l bl", "b l bl", "b d bd", "b d bd", "e l el", "e l el", "e d ed", "e d ed"]


def test_what_is_kept_is_not_rendered_again() -> None:
    page = Template("{% load once %}{% once language %}{{ words }}{% endonce %}")
    COUNTED.clear()
    for _ in range(3):
        assert page.render(Context({"language": "bn", "words": Counting("x")})) == "x"
    assert len(COUNTED) == 1


def test_no_more_is_kept_than_languages_and_themes_need() -> None:
    page = Template("{% load once %}{% once n %}{{ n }}{% endonce %}")
    assert [page.render(Context({"n": n})) for n in range(200)] == [str(n) for n in range(200)]
    (node,) = [one for one in page.nodelist if isinstance(one, Node) and hasattr(one, "kept")]
    assert len(node.kept) == 64
