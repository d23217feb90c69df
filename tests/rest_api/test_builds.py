"""Builds over REST: made, told of, canceled, made again."""

from tests.builders import Builder, Worker
from tests.server import Served

YAML = """
steps:
  - command: make
    key: build
  - wait
  - command: make test
    key: test
"""


async def test_a_build_runs_from_its_creation_to_its_end(server: Served) -> None:
    builder, worker = Builder(server), await Worker(server).start()
    build = await builder.build_of(YAML)

    await worker.run(log="hello\n")
    between = await builder.job_states(build)
    await worker.run()

    assert build["state"] == "scheduled"
    assert between == {"build": "passed", "waiter": "passed", "test": "assigned"}
    assert await builder.state(build) == "passed"
