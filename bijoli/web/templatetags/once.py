"""Parts of a template that are the same for everybody: rendered once a process for each value of what they depend on."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

register = template.Library()
MOST = 64  # kept for each part: languages x themes and the like, never a person's own values


class OnceNode(template.Node):
    """Thread-safe as a dict is: two threads may render the same part at the same time, to the same end."""

    child_nodelists = ("inside",)

    def __init__(self, inside: NodeList, depends: list[FilterExpression]) -> None:
        self.inside, self.depends = inside, depends
        self.kept: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        key = tuple(one.resolve(context) for one in self.depends)
        found = self.kept.get(key)
        if found is None:
            found = self.inside.render(context)
            if len(self.kept) < MOST:
                self.kept[key] = found
        return found


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    """`{% once LANGUAGE theme %}...{% endonce %}`: names all that the inside depends on beside the utility and the build."""
    depends = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    inside = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(inside, depends)
