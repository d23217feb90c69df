"""Branch patterns against the regular expressions that say the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.pipelines import branches

BRANCHES = st.text(alphabet="ab/.", max_size=8)
PATTERNS = st.lists(st.text(alphabet="ab/.**!", min_size=1, max_size=6), max_size=4)


def fits(pattern: str, branch: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), branch) is not None


@given(PATTERNS, BRANCHES)
def test_a_branch_is_meant_by_any_pattern_and_none_with_an_exclamation_mark(
    patterns: list[str], branch: str
) -> None:
    wanted = [each for each in patterns if not each.startswith("!")]
    unwanted = [each.removeprefix("!") for each in patterns if each.startswith("!")]

    matches = branches.matches(" ".join(patterns), branch)

    is_wanted = not wanted or any(fits(each, branch) for each in wanted)
    assert matches is (is_wanted and not any(fits(each, branch) for each in unwanted))
