"""Which values a report may mean: what was found, or the tokens inside it."""

from mock_buildkite.token_forms import recognising, values

LONGEST_TEXT = 4096
"""How far into a text that is no token itself tokens are looked for."""


def candidates(found: str) -> tuple[str, ...]:
    """The values that something found may be or contain, the likeliest first."""
    text = found.strip()
    whole = (text,) if values.is_presentable(text) else ()
    recognised = recognising.recognise(text) if whole else None
    if recognised is not None and recognised.form is not recognising.Form.PREFIX:
        return whole
    # One space in the place of many: a search from each of them would take its time.
    line = " ".join(text[:LONGEST_TEXT].split())
    inside = (line[each.start : each.end] for each in recognising.find(line))
    return tuple(dict.fromkeys((*whole, *inside)))
