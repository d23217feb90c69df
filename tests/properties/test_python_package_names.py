"""Names of Python packages and of their files."""

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.python_packages.model import new_file, normalized

NAMES = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,10}[a-zA-Z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}((a|b|rc)[0-9])?", fullmatch=True)
FIELDS = {":action": "file_upload"}


@given(NAMES)
def test_normalizing_twice_is_normalizing_once(name: str) -> None:
    assert normalized(normalized(name)) == normalized(name)


@given(NAMES, st.lists(st.sampled_from("-_."), min_size=1, max_size=3))
def test_runs_of_separators_are_all_the_same(name: str, separators: list[str]) -> None:
    assert normalized(f"a{''.join(separators)}{name}") == normalized(f"A-{name}")


@given(NAMES, VERSIONS, st.sampled_from([".tar.gz", ".zip"]))
def test_a_source_archive_is_that_of_the_package_it_is_called_after(
    name: str, version: str, ending: str
) -> None:
    said = {**FIELDS, "name": name, "version": version}

    assert new_file(said, f"{name}-{version}{ending}").project == normalized(name)


@given(NAMES, VERSIONS)
def test_a_wheel_is_that_of_the_package_it_is_called_after(name: str, version: str) -> None:
    said = {**FIELDS, "name": name, "version": version}
    filename = f"{normalized(name).replace('-', '_')}-{version}-py3-none-any.whl"

    assert new_file(said, filename).project == normalized(name)


@given(st.text(), st.text(), st.text())
def test_whatever_is_said_becomes_a_file_or_is_refused(
    name: str, version: str, filename: str
) -> None:
    said = {**FIELDS, "name": name, "version": version}

    try:
        new = new_file(said, filename)
    except InvalidInputError:
        return
    assert "/" not in new.filename
    assert new.project == normalized(name)
