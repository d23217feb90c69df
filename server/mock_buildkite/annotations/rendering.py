"""Annotations as HTML: CommonMark with tables, strikethrough and bare links, then sanitised.

Emoji stay as they were written. So do links to `artifact://…`: Buildkite's REST API shows them
like that too, and only its pages lead them to artifacts.

Source: pages/pipelines/configure/annotations.md and pages/apis/rest_api/annotations.md of
Buildkite's documentation.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

MOST_TERMINALS = 10
"""How many blocks of terminal output are coloured."""

MOST_TAGS, MOST_OPEN_ELEMENTS = 20_000, 50
"""Beyond them the HTML in an annotation is shown as text."""

_TERMINAL_WORDS = {"term", "terminal"}
_ALIGNMENT = re.compile(r"text-align:\s*(left|center|right)")
_LINK_TAG = re.compile(r"<(/?)a[\s>]", re.IGNORECASE)

_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
_NEED_NO_END = {"br", "dd", "dt", "hr", "img", "li", "p"}
_NEED_NO_END |= {"tbody", "td", "tfoot", "th", "thead", "tr"}

_PHRASES = {"a", "abbr", "b", "br", "code", "del", "em", "i", "img", "ins", "kbd", "s", "samp"}
_PHRASES |= {"small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var"}
_BLOCKS = {"blockquote", "details", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre"}
_LISTS = {"dd", "dl", "dt", "li", "ol", "summary", "ul"}
_TABLES = {"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_ATTRIBUTES = {
    "*": {"class", "title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_SCHEMES = {"artifact", "http", "https", "itms-services", "mailto"}

_COLOUR = (
    "black|gray|silver|white|aqua|blue|navy|teal|green|olive|lime|yellow|orange|red|fuchsia|purple"
    "|maroon"
)
_CLASSES = rf"""
      bold|regular|italic|caps|underline|left-align|center|right-align|justify
    | align-(?:baseline|top|middle|bottom) | list-reset|truncate|fit
    | inline|block|inline-block|table|table-cell | overflow-(?:hidden|scroll|auto)
    | flex|flex-(?:column|wrap|auto|none)
    | (?:items|self)-(?:start|end|center|baseline|stretch)
    | justify-(?:start|end|center|between|around)
    | content-(?:start|end|center|between|around|stretch) | order-(?:[0-3]|last)
    | border|border-(?:top|right|bottom|left|none|{_COLOUR})|rounded | h[1-6]
    | [mp][trblxy]?[0-4] | mxn[1-4] | m[lrx]-auto | (?:(?:sm|md|lg)-)?col-(?:[1-9]|1[0-2])
    | (?:bg-)?(?:{_COLOUR}|muted) | btn|btn-(?:sm|lg|primary)
    | term|term-[fb]g[ix]?\d{{1,3}}
"""


def to_html(markdown: str) -> str:
    """The HTML of an annotation's body. It can take seconds for a very large one."""
    import nh3  # noqa: PLC0415 - not before it is wanted

    html = _markdown(with_html=True).render(markdown)
    if "<" in markdown and not _is_bounded(html):
        html = _markdown(with_html=False).render(markdown)
    return nh3.clean(
        html,
        tags=_PHRASES | _BLOCKS | _LISTS | _TABLES,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _filtered(_tag: str, attribute: str, value: str) -> str | None:
    if attribute != "class":
        return value
    is_allowed = _classes().fullmatch
    return " ".join(name for name in value.split() if is_allowed(name)) or None


def _is_bounded(html: str) -> bool:
    """Whether a parser of HTML is done with it in a time that its length explains.

    With many open elements it is not: it looks through them, or repeats them, at every tag.
    """
    tags = _TAG.findall(html)
    opened: Counter[str] = Counter()
    depth = 0
    for closing, name in tags if len(tags) <= MOST_TAGS else ():
        element = name.lower()
        if element not in _NEED_NO_END and (not closing or opened[element]):
            change = -1 if closing else 1
            opened[element] += change
            depth += change
            if depth > MOST_OPEN_ELEMENTS:
                return False
    return len(tags) <= MOST_TAGS


@cache
def _classes() -> re.Pattern[str]:
    return re.compile(_CLASSES, re.VERBOSE)


@cache
def _markdown(*, with_html: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - not before it is wanted

    markdown = MarkdownIt("commonmark", {"html": with_html}).enable(["table", "strikethrough"])
    markdown.core.ruler.push("autolinks", _link_addresses)
    markdown.core.ruler.push("alignment", _align_cells)
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("s_open", lambda *_: "<del>")
    markdown.add_render_rule("s_close", lambda *_: "</del>")
    return markdown


def _link_addresses(state: "StateCore") -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_links(block.children)


def _with_links(tokens: Sequence["Token"]) -> list["Token"]:
    """The tokens of a line, with links where they have addresses outside of any."""
    linked, depth = [], 0
    for token in tokens:
        depth += _opens_link(token)
        linked += [token] if depth > 0 or token.type != "text" else _linked(token)
    return linked


def _opens_link(token: "Token") -> int:
    """How many links a token opens; negative when it closes one."""
    if token.type == "html_inline":
        found = _LINK_TAG.match(token.content)
        return 0 if found is None else -1 if found[1] else 1
    return {"link_open": 1, "link_close": -1}.get(token.type, 0)


def _linked(text: "Token") -> list["Token"]:
    from markdown_it.token import Token  # noqa: PLC0415 - as above

    from mock_buildkite.annotations import autolinks  # noqa: PLC0415 - as above

    tokens = []
    for part in autolinks.split(text.content):
        shown = Token("text", "", 0, content=part.text)
        if part.address is None:
            tokens.append(shown)
        else:
            href: dict[str, str | int | float] = {"href": part.address}
            tokens += [Token("link_open", "a", 1, attrs=href), shown, Token("link_close", "a", -1)]
    return tokens


def _align_cells(state: "StateCore") -> None:
    """Align cells as GitHub does: styles do not stand."""
    for token in state.tokens:
        aligned = _ALIGNMENT.match(str(token.attrs.get("style", "")))
        if token.type in {"td_open", "th_open"} and aligned is not None:
            token.attrs = {"align": aligned[1]}


def _fence(
    renderer: "RendererHTML",
    tokens: Sequence["Token"],
    place: int,
    options: Any,  # noqa: ANN401 - the renderer's own
    env: Any,  # noqa: ANN401
) -> str:
    """A block of code; what a terminal printed, as a terminal shows it."""
    token = tokens[place]
    shown = env.setdefault("terminals", 0)
    if not _TERMINAL_WORDS.isdisjoint(token.info.split()[:1]) and shown < MOST_TERMINALS:
        from mock_buildkite import terminal  # noqa: PLC0415 - as above

        env["terminals"] += 1
        return f'<pre class="term"><code>{terminal.to_html(token.content)}</code></pre>\n'
    return renderer.fence(tokens, place, options, env)
