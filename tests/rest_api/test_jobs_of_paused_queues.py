"""Jobs wait in a queue whose dispatch is paused, and go to idle agents when it is not any more."""

from tests.builders import Builder, Worker
from tests.rest_api.actors import Caller
from tests.server import Served

YAML = "steps: [{command: first}, {command: second}]"


async def test_idle_agents_get_the_jobs_of_a_queue_once_it_is_resumed(
    server: Served, caller: Caller, cluster: str
) -> None:
    (queue,) = await caller.get(f"{cluster}/queues")
    path = caller.to(queue["url"])
    lesser = await Worker(server).start("lesser", priority="1")
    better = await Worker(server).start("better", priority="5")

    await caller.post(f"{path}/pause_dispatch")
    await Builder(server).build_of(YAML)
    while_paused = [await worker.ping() for worker in (lesser, better)]
    await caller.post(f"{path}/resume_dispatch")

    assert while_paused == [{}, {}]
    assert (await better.take()).command == "first"
    assert (await lesser.take()).command == "second"
