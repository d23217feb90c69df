"""Finding tokens in files, whatever files they are."""

import json
import os
from pathlib import Path

import pytest

from mock_buildkite.ids import SystemIds
from mock_buildkite.token_forms import values
from mock_buildkite.token_forms.recognising import Form
from mock_buildkite.token_tools import samples, scanning
from mock_buildkite.token_tools.scanning import Finding, Unread, scan
from tests.command_line.processes import run

IDS = SystemIds()


def sample(name: str, form: Form = Form.EXACT) -> str:
    """A value of a kind, which no file of ours can hold: it would be taken for a leaked one."""
    kind = next(each for each in samples.MINTED if each.name == name)
    return next(each.value for each in samples.draw(IDS, kind, 1) if each.form is form)


def test_every_kind_is_found_in_its_place(tmp_path: Path) -> None:
    names = [kind.name for kind in samples.MINTED]
    file = tmp_path / "all.env"
    file.write_text("".join(f"# {name}\nX={sample(name)}\n" for name in names))

    found = [each for each in scan([file]) if isinstance(each, Finding)]

    assert [(each.kind, each.line, each.column) for each in found] == [
        (name, 2 * number + 2, 3) for number, name in enumerate(names)
    ]
    assert {each.confidence for each in found} == {"high"}


def test_how_sure_a_finding_is(tmp_path: Path) -> None:
    prefix = "bk" + "aa_"
    file = tmp_path / "log.txt"
    file.write_text(
        f"exact {sample('agent-token')}\n"
        f"older token: {sample('agent-token', Form.OLDER)}\n"
        f"only the prefix {prefix}{'x' * 30}.\n"
        f"commit {'0a' * 20}\n"
        f"too short {prefix}x\n"
    )

    found = [(each.line, each.confidence) for each in scan([file]) if isinstance(each, Finding)]

    assert found == [(1, "high"), (2, "low"), (3, "medium")]


def test_a_finding_does_not_have_the_secret(tmp_path: Path) -> None:
    made = [sample(kind.name) for kind in samples.MINTED]
    made.append(sample("api-access-token", Form.OLDER))
    file = tmp_path / "secrets.txt"
    file.write_text("".join(f"token={value}\n" for value in made))

    text = str(list(scan([file])))

    assert text.count("[REDACTED]") == len(made)
    assert not any(value[-20:] in text for value in made)


@pytest.mark.parametrize("block", [scanning.BLOCK, values.LONGEST, 97])
@pytest.mark.parametrize("gap", [0, 1, 62, 63, 64, 65, 4000, 4090, 4096, 9000])
def test_tokens_are_found_however_the_blocks_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, gap: int
) -> None:
    monkeypatch.setattr(scanning, "BLOCK", block)
    file = tmp_path / "file"
    file.write_text(f"{'x' * gap}\n {sample('session-token')}" * 12)

    found = [each for each in scan([file]) if isinstance(each, Finding)]

    assert [(each.line, each.column) for each in found] == [(line, 2) for line in range(2, 14)]


def test_files_that_are_no_text_are_looked_at(tmp_path: Path) -> None:
    value = sample("api-access-token")
    (tmp_path / "a.bin").write_bytes(b"\0\xff\xfe\n" + value.encode() + b"\0")
    (tmp_path / "b.txt").write_text(f"from PowerShell\n{value}\n", encoding="utf-16")
    (tmp_path / "c.txt").write_bytes(b"\xe9\xe8 " + value.encode())

    found = [each for each in scan([tmp_path]) if isinstance(each, Finding)]

    places = [(Path(each.path).name, each.line) for each in found]
    assert places == [("a.bin", 2), ("b.txt", 2), ("c.txt", 1)]


def test_links_are_followed_where_they_are_named_and_each_file_is_read_once(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "leak.txt").write_text(sample("agent-token"))
    (folder / "loop").symlink_to(folder)
    (folder / "again.txt").symlink_to(folder / "leak.txt")
    os.link(folder / "leak.txt", folder / "zz-same.txt")
    named = tmp_path / "named"
    named.symlink_to(folder / "leak.txt")

    in_folder = [each for each in scan([folder]) if isinstance(each, Finding)]
    by_link = [each for each in scan([named, folder]) if isinstance(each, Finding)]

    assert [Path(each.path).name for each in in_folder] == ["leak.txt"]
    assert [each.path for each in by_link] == [str(named)]


def test_what_is_no_file_is_left_out_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    missing = tmp_path / "missing"

    assert list(scan([tmp_path])) == []
    assert list(scan([missing])) == [Unread(str(missing), "No such file or directory")]


def test_the_folder_of_git_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    (git / "config").write_text(f"url = https://x:{sample('api-access-token')}@github.com/a/b")

    assert list(scan([tmp_path])) == []
    assert len(list(scan([git]))) == 1


def test_hostile_text_takes_no_more_than_a_moment(tmp_path: Path) -> None:
    file = tmp_path / "hostile.txt"
    file.write_text(
        "token" + " " * 300_000 + "-bkaj_eyJ" * 20_000 + "bkpt_" * 60_000 + "token='" * 40_000
    )

    list(scan([file]))  # the whole run has a time limit


def test_the_command_ends_with_1_when_it_finds_something(tmp_path: Path) -> None:
    value = sample("portal-secret")
    (tmp_path / "deploy.sh").write_text(f"#!/bin/sh\ncurl -d secret={value}\n")

    ended = run("token", "scan", tmp_path)

    assert ended.returncode == 1
    place = f"{tmp_path}/deploy.sh:2:16"
    assert ended.stdout == f"{place}: portal-secret (high confidence) bkps_MA_[REDACTED]\n"
    assert value not in ended.stdout + ended.stderr


def test_the_command_ends_with_0_when_there_is_nothing_and_2_when_it_cannot_look(
    tmp_path: Path,
) -> None:
    (tmp_path / "clean.txt").write_text("nothing here")

    clean, blind = run("token", "scan", tmp_path), run("token", "scan", tmp_path / "missing")

    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "")
    assert blind.returncode == 2
    assert blind.stderr.endswith("/missing: No such file or directory\n")


def test_the_command_tells_the_same_as_json(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(sample("job-token"))

    ended = run("token", "scan", "--json", file, tmp_path / "missing")

    assert ended.returncode == 1
    assert json.loads(ended.stdout) == {
        "findings": [
            {
                "path": str(file),
                "line": 1,
                "column": 1,
                "kind": "job-token",
                "form": "exact",
                "confidence": "high",
                "masked": "bkaj_[REDACTED]",
            }
        ],
        "unread": [{"path": f"{tmp_path}/missing", "reason": "No such file or directory"}],
    }
