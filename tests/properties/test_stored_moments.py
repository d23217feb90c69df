"""Moments as they are stored: their texts are in the order of time, and lose nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.clock import from_text, to_text

MOMENTS = st.datetimes(timezones=st.just(UTC))
NEIGHBOURS = st.builds(
    lambda moment, microseconds: (moment, moment + timedelta(microseconds=microseconds)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds have no zone; what is drawn has
    st.integers(-2, 2),
)


@given(MOMENTS)
def test_a_moment_comes_back_as_it_was(moment: datetime) -> None:
    read = from_text(to_text(moment))

    assert read == moment
    assert read.tzinfo == UTC


@given(st.tuples(MOMENTS, MOMENTS) | NEIGHBOURS)
def test_texts_are_in_the_order_of_their_moments(moments: tuple[datetime, datetime]) -> None:
    one, other = moments

    texts = [to_text(one), to_text(other)]

    assert (texts[0] < texts[1]) is (one < other)
    assert len(texts[0]) == len(texts[1])
