"""Builds from their beginning to their end, seen as the commands that ran and what came of it."""

from typing import Any

from tests.builders import Builder, Worker


async def run_out(
    builder: Builder, worker: Worker, build: dict[str, Any], **exit_statuses: int
) -> tuple[list[str], str]:
    """Run all there is to run on one agent: the commands in their order, and the build's state.

    A command exits with 0 unless its name is given another status.
    """
    commands = []
    while (offered := (await worker.ping()).get("job")) is not None:
        job = await (await worker.accept(offered["id"])).start()
        commands.append(job.command)
        await job.finish(exit_statuses.get(job.command, 0))
    return commands, await builder.state(build)


async def run(builder: Builder, worker: Worker, yaml: str, **exit_statuses: int) -> tuple[str, str]:
    """Make a build and run it out: the commands as one text, and the build's state."""
    build = await builder.build_of(yaml)
    commands, state = await run_out(builder, worker, build, **exit_statuses)
    return " ".join(commands), state
