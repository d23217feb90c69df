"""How a build comes to be: its number, its meta-data, the steps its pipeline begins with."""

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build, NewBuild
from mock_buildkite.builds.origins import known_variables
from mock_buildkite.events import BuildScheduled
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.overtaking import overtake
from mock_buildkite.workflow.planning import Planner


def create(motion: Motion, pipeline: Pipeline, new: NewBuild) -> Build:
    """Make a build with the steps of its pipeline's configuration, all set to go on.

    Raises:
        InvalidInputError: the configuration cannot become the steps of this build.
    """
    from mock_buildkite.pipelines import reading  # noqa: PLC0415 - not for the start

    tx, world = motion.tx, motion.world
    number = pipelines.take_build_number(tx, pipeline.id)
    build = builds.insert(tx, world.ids.uuid(), pipeline, number, new)
    meta_data.put(tx, build.id, new.meta_data)
    variables = {**build.env, **known_variables(tx, pipeline, build)}
    definition = reading.read_yaml(pipeline.configuration, variables)
    builds.update(
        tx,
        build.id,
        {"pipeline_env": to_json(definition.env), "notify": to_json(definition.notify or [])},
    )
    build = builds.find(tx, build.id)
    planner = Planner(tx, world, pipeline, build)
    planned = planner.plan(definition.steps, after=0)
    planner.complete()
    tx.tell(BuildScheduled(build.uuid))
    motion.steps.extend(step.id for step in planned)
    motion.builds[build.id] = None
    overtake(motion, pipeline, build)
    return builds.find(tx, build.id)
