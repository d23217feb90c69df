"""One run from its start to its end: a server, agents, a build, and what is shown of them."""

import asyncio
import io
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from mock_buildkite import introducing
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.errors import BuildkiteError
from mock_buildkite.events import Subscription
from mock_buildkite.local_run import stage as staging
from mock_buildkite.local_run import telling, watching
from mock_buildkite.local_run.agents import Agents
from mock_buildkite.local_run.errors import BrokenOffError, RefusedError
from mock_buildkite.local_run.folder import temporary_folder
from mock_buildkite.local_run.interrupts import Interrupts
from mock_buildkite.local_run.live import Around, LiveBuild
from mock_buildkite.local_run.plan import Plan, Wishes
from mock_buildkite.local_run.processes import no_descendants_left
from mock_buildkite.local_run.screen import Screen
from mock_buildkite.local_run.stage import Stage
from mock_buildkite.serving import served
from mock_buildkite.settings import Settings
from mock_buildkite.world import World

PASSED, FAILED = 0, 1


def conduct(wishes: Wishes, settings: Settings, environment: Mapping[str, str]) -> int:
    """Run what somebody asks for, in the repository at hand; the exit status.

    Raises:
        RefusedError: nothing was started.
        StartupError: the server cannot start.
    """
    import uvloop  # noqa: PLC0415 - not for `--help`

    plan = Plan.of(wishes, Path.cwd())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # jobs print what no terminal here may know
    screen = Screen(sys.stdout, environment)
    changes = plan.repository.changes()
    if changes:
        sys.stderr.write(f"{telling.left_out(changes, plan.revision)}\n")
    screen.say(telling.what_is_run(plan), telling.BOLD)
    return uvloop.run(_run_to_its_end(plan, settings, screen))


async def _run_to_its_end(plan: Plan, settings: Settings, screen: Screen) -> int:
    try:
        return await _run(plan, settings, screen)
    except asyncio.CancelledError:
        screen.say("Killed", telling.BAD)
    except BrokenOffError as error:
        screen.say(f"The agents have ended before the build\n{error}", telling.BAD)
    return FAILED


async def _run(plan: Plan, settings: Settings, screen: Screen) -> int:
    bell = Subscription()
    interrupts = Interrupts(bell)
    async with AsyncExitStack() as stack:
        stack.enter_context(interrupts.heard())
        folder = stack.enter_context(temporary_folder())
        await stack.enter_async_context(no_descendants_left())
        world, url = await stack.enter_async_context(served(settings))
        stage = await _set_up(world, plan, _copy_of(plan, folder))
        agents = Agents(plan.executable, folder, bell.ring)
        await stack.enter_async_context(
            agents.at_work(list(stage.groups), f"{url}/v3", stage.agent_token)
        )
        around = Around(
            world=world,
            stage=stage,
            agents=agents,
            screen=screen,
            interrupts=interrupts,
            bell=bell,
            answers=plan.answers,
            waits_for_others=plan.wishes.keep,
        )
        look = await LiveBuild(around).until_over()
        annotations = await world.database.read(
            lambda tx: watching.annotations_of(tx, look.build.id)
        )
        telling.show_summary(screen, look, annotations)
        if plan.wishes.keep and not interrupts.first.is_set():
            screen.say(telling.what_stays(introducing.facts(world, url), folder))
            await interrupts.first.wait()
    return PASSED if look.build.state is BuildState.PASSED else FAILED


def _copy_of(plan: Plan, folder: Path) -> Path:
    """The pipeline where the job that uploads it finds it, whatever is checked out."""
    path = folder / "pipeline" / Path(plan.pipeline.name).name
    path.parent.mkdir()
    path.write_text(plan.pipeline.text)
    return path


async def _set_up(world: World, plan: Plan, pipeline_path: Path) -> Stage:
    try:
        return await world.database.write(lambda tx: staging.set_up(tx, world, plan, pipeline_path))
    except BuildkiteError as error:
        raise RefusedError(error.message) from error
