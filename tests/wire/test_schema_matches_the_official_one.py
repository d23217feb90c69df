"""Our SDL against Buildkite's, with the checker that lies beside the checkout."""

import asyncio
import sys

import pytest

from tests.conftest import CHECKOUT

CHECKER = CHECKOUT.parent / "shared" / "contract" / "check_schema.py"


@pytest.mark.skipif(not CHECKER.exists(), reason=f"{CHECKER} is not there")
async def test_it_declares_nothing_that_the_official_one_does_not_have_so() -> None:
    checker = await asyncio.create_subprocess_exec(
        sys.executable,
        CHECKER,
        "--descriptions",
        CHECKOUT / "schema",
        stdout=asyncio.subprocess.PIPE,
    )

    printed, _ = await asyncio.wait_for(checker.communicate(), timeout=60)

    *found, summary = printed.decode().splitlines()
    assert checker.returncode == 0
    assert [line for line in found if line.startswith(("ERROR", "WARN"))] == []
    assert summary.startswith("SUMMARY 0 errors, 0 warnings")
