"""Markdown of annotations as HTML: what stands, what is taken out, and how long it takes."""

import time

import pytest

from mock_buildkite.annotations.rendering import to_html

HOSTILE_SIZE = 256 * 1024  # what is not linear in it shows


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("Hello world!", "<p>Hello world!</p>\n"),
        ("# One\n\n* **b**", "<h1>One</h1>\n<ul>\n<li><strong>b</strong></li>\n</ul>\n"),
        ("~~gone~~", "<p><del>gone</del></p>\n"),
        (":rocket: like :tada:", "<p>:rocket: like :tada:</p>\n"),
        ("- [ ] no task", "<ul>\n<li>[ ] no task</li>\n</ul>\n"),
        ("```python\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>\n"),
        ("[c](artifact://a/b.html)", '<p><a href="artifact://a/b.html">c</a></p>\n'),
        ('<img src="artifact://i.png" height=9 >', '<img src="artifact://i.png" height="9">'),
    ],
)
def test_markdown_is_what_commonmark_makes_of_it(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


def test_tables_have_aligned_cells() -> None:
    html = to_html("|a|b|\n|:-|-:|\n|1|2|\n")

    assert '<th align="left">a</th>' in html
    assert '<td align="right">2</td>' in html


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("https://a.example/b_c?d=(e).", ["https://a.example/b_c?d=(e)"]),
        ("(http://a.example/b) www.b.example!", ["http://a.example/b", "http://www.b.example"]),
        ("**https://a.example**", ["https://a.example"]),
        ("test_app.py example.com ftp.x http://local", []),
        ("`https://a.example` xhttps://a.example http://a_b.c_d", []),
        ("[https://a.example](https://b.example)", ["https://b.example"]),
        ('<a href="https://b.example">https://a.example</a>', ["https://b.example"]),
        ("<https://a.example>", ["https://a.example"]),
    ],
)
def test_bare_addresses_are_links(markdown: str, links: list[str]) -> None:
    html = to_html(markdown)

    assert [part.partition('"')[0] for part in html.split('href="')[1:]] == links


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", ""),
        ("<style>p {}</style>x", "x"),
        ('<p style="x" onclick="y" id="z" class="bold evil p2">t', '<p class="bold p2">t</p>'),
        ('<a href="javascript:alert(1)">x</a>', "<p><a>x</a></p>\n"),
        ('<img src="data:image/png;base64,AA" onerror="x">', "<img>"),
        ("x <iframe src=x></iframe><svg><script>x</script></svg>", "<p>x </p>\n"),
        ("<details open><summary>s</summary>", '<details open=""><summary>s</summary></details>'),
        ('<pre class="term"><code>x</code></pre>', '<pre class="term"><code>x</code></pre>'),
    ],
)
def test_html_stands_as_far_as_it_is_safe(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


def test_what_a_terminal_printed_keeps_its_colours() -> None:
    html = to_html("```term\nThis is \x1b[0;31ma <test>\x1b[0m\n```\n")

    line = 'This is <span class="term-fg31">a &lt;test&gt;</span>'
    assert html == f'<pre class="term"><code>{line}\n</code></pre>\n'


def test_only_ten_such_blocks_do() -> None:
    html = to_html("```terminal\n\x1b[1mbold\n```\n\n" * 11)

    assert html.count('<span class="term-fg1">bold</span>') == 10
    assert html.count("<pre>") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "markdown",
    [
        "<div>",
        "<div></x>",
        "<a1></a1>",
        "".join(f"<b title={number}>" for number in range(40)) + "<p>x" * 100,
        "[a](",
        "> ",
        "*a _b ",
        "http://a.b&amp;)))",
        "|a|b|\n|-|-|\n",
        "```\x1b[31m",
        "<!--",
    ],
    ids=lambda markdown: markdown[:9],
)
def test_a_hostile_body_takes_seconds_at_most(markdown: str) -> None:
    body = (markdown * HOSTILE_SIZE)[:HOSTILE_SIZE]
    begun = time.process_time()

    to_html(body)

    assert time.process_time() - begun < 30
