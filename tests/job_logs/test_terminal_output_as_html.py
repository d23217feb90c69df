"""What a terminal shows of a job's output, as HTML."""

import pytest

from mock_buildkite.terminal import to_html

E = "\x1b"
MOMENT = "2017-07-14T02:40:00.123Z"


def in_class(name: str, text: str) -> str:
    return f'<span class="{name}">{text}</span>'


@pytest.mark.parametrize(
    ("output", "html"),
    [
        ("", ""),
        ("one\r\ntwo", "one\ntwo\n"),
        ("one\n\ntwo\n", "one\n&nbsp;\ntwo\n"),
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;\n"),
        ("trailing  \n", "trailing\n"),
        (f"a{E}[31mred{E}[0mb", f"a{in_class('term-fg31', 'red')}b\n"),
        (
            f"{E}[1;31;44mx{E}[22;39;49my",
            f"{in_class('term-fg31 term-bg44 term-fg1', 'x')}y\n",
        ),
        (
            f"{E}[38;5;200mx{E}[48:5:7my",
            f"{in_class('term-fgx200', 'x')}{in_class('term-fgx200 term-bgx7', 'y')}\n",
        ),
        (f"{E}[38;2;1;2;3;9mx", f"{in_class('term-fg9', 'x')}\n"),
        (
            f"{E}[91mx{E}[103my",
            f"{in_class('term-fgi91', 'x')}{in_class('term-fgi91 term-bgi103', 'y')}\n",
        ),
        (f"{E}[2m{E}[1mx{E}[mend", f"{in_class('term-fg1', 'x')}end\n"),
        (f"{E}[31mone\ntwo", f"{in_class('term-fg31', 'one')}\n{in_class('term-fg31', 'two')}\n"),
        (" 9%\r10%\r\n", "10%\n"),
        (f"long line\rshort{E}[K\n", "short\n"),
        (f"abc{E}[1K\n", "&nbsp;\n"),
        ("ab\bc\n", "ac\n"),
        (f"a{E}[3Cb{E}[2Dc{E}[1Gd", "d  cb\n"),
        (f"x{E}[99999Cy\n", "x" + " " * 158 + "y\n"),
        (f"one\ntwo{E}[1FO", "One\ntwo\n"),
        (f"one\ntwo{E}[2J", "&nbsp;\n&nbsp;\n"),
        (f"one\ntwo{E}[3Jx", "   x\n"),
        (f"one{E}[Hx", "one\nx\n"),
        (f"{E}[?25l{E}]0;title\x07{E}(Bx\x07", "x\n"),
        (f"{E}]8;;https://a.b/?c&d{E}\\x{E}]8;;{E}\\y", '<a href="https://a.b/?c&amp;d">x</a>y\n'),
        (f"{E}]8;;javascript:x\x07x", "x\n"),
        (f"{E}]1339;url='artifact://a\\;b';content=c\x07", '<a href="artifact://a;b">c</a>\n'),
        (f"{E}]1338;url=https://a.b;alt=c\x07", '<a href="https://a.b">c</a>\n'),
        (f"{E}_bk;t=1500000000123\x07x", f'<time datetime="{MOMENT}">{MOMENT}</time>x\n'),
        (f"{E}_bk;t=no\x07x{E}_bk;t={'9' * 20}\x07", "x\n"),
        (f"{E}[{'9' * 5000}mx{E}[", "x\n"),
    ],
)
def test_the_screen_is_what_was_left_on_it(output: str, html: str) -> None:
    assert to_html(output) == html
