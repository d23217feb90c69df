"""Builds, agents, people and time in any order: what must be true of jobs and builds always is."""

import asyncio
import json
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import serve_in_process

T = TypeVar("T")

FEW = st.integers(0, 11)
KEYS = st.sampled_from(["k1", "k2", "k3"])
MOST_BUILDS, MOST_WORKERS = 4, 3
EXIT_STATUSES = st.sampled_from([0, 0, 0, 1, 2, -1])
SECONDS = st.sampled_from([1, 60, 61, 180, 300, 3600])

ON_AGENT = {"assigned", "accepted", "running", "canceling", "timing_out"}
HOLDING = ON_AGENT | {"scheduled"}
GOES_ON = HOLDING | {"pending", "limited"}
LIVE = GOES_ON | {"waiting", "blocked"}
FINISHED = {"passed", "failed", "canceled", "skipped", "not_run"}
ORDERS = ["pause", "resume", "resume", "pause", "stop", "kill", "disconnect"]
REFUSALS = {400, 401, 403, 404, 409, 422, 423}
LIMIT = 1
IN_A_GROUP = "deploy"


def maybe(**values: Any) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.just(value) for name, value in values.items()}


DEPENDENCIES: dict[str, st.SearchStrategy[Any]] = {
    "depends_on": st.lists(KEYS, max_size=2, unique=True),
    **maybe(allow_dependency_failure=True),
}
COMMANDS = st.fixed_dictionaries(
    {"command": st.just("make")},
    optional={
        **DEPENDENCIES,
        "key": KEYS,
        "priority": st.integers(-1, 1),
        "parallelism": st.sampled_from([2, 2, 2, 3, 3, 0]),
        "soft_fail": st.sampled_from([True, [{"exit_status": 1}]]),
        **maybe(
            retry={"automatic": [{"exit_status": -1, "limit": 1}, {"exit_status": "*"}]},
            agents={"os": "linux"},
            cancel_on_build_failing=True,
            timeout_in_minutes=1,
        ),
    },
)
LIMITED = st.builds(
    lambda command, method: {
        **command,
        "command": IN_A_GROUP,
        "concurrency": LIMIT,
        "concurrency_group": "g",
        "concurrency_method": method,
    },
    COMMANDS,
    st.sampled_from(["ordered", "eager"]),
)
OTHERS = st.one_of(
    st.just("wait"),
    st.just({"wait": None, "continue_on_failure": True}),
    st.just({"block": "Go"}),
    st.just({"input": "Say", "key": "k3"}),
)
BROKEN = st.just({"command": "make", "skip": True})
KINDS = [COMMANDS] * 6 + [LIMITED] * 2 + [OTHERS] * 2 + [BROKEN]
STEPS = st.sampled_from(KINDS).flatmap(lambda kind: kind)
GROUPS = st.builds(
    lambda steps: {"group": "G", "steps": steps}, st.lists(STEPS, min_size=1, max_size=3)
)


def with_keys_once(steps: list[Any]) -> list[Any]:
    """The same steps; a key that is there twice stays where it is first."""
    seen: set[str] = set()

    def once(step: Any) -> Any:
        if not isinstance(step, dict):
            return step
        step = {name: value for name, value in step.items() if name != "key" or value not in seen}
        seen.update([step["key"]] if "key" in step else [])
        return step | ({"steps": list(map(once, step["steps"]))} if "steps" in step else {})

    return list(map(once, steps))


PIPELINES = st.lists(STEPS | GROUPS, min_size=1, max_size=5).map(with_keys_once)


class WholeBuilds(RuleBasedStateMachine):
    """A few agents and builds, whatever happens to them."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        serving = serve_in_process(Settings(), ManualClock())
        self.server = self.run(self.stack.enter_async_context(serving))
        self.admin = Administrator(self.server)
        self.builder = Builder(self.server)
        self.workers: list[Worker] = []
        self.taken: dict[Worker, TakenJob] = {}
        self.ended: list[TakenJob] = []
        self.finished: dict[str, str] = {}
        self.builds = 0
        self.queue_is_paused = False

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    def run(self, act: Awaitable[Any]) -> Any:
        """Have something done in the machine's event loop."""

        async def awaited() -> Any:
            return await act

        return self.runner.run(awaited())

    def attempt(self, act: Awaitable[Any]) -> Any:
        """Have something done, or refused with reason; never with a fault of the server."""
        try:
            return self.run(act)
        except Refused as refused:
            if refused.status not in REFUSALS:
                raise
            return None

    # Builds

    @initialize()
    def find_the_queue(self) -> None:
        cluster = self.builder.path("clusters", self.server.facts["cluster_id"])
        found = self.run(self.builder.caller.get(cluster))
        self.queue = f"{cluster}/queues/{found['default_queue_id']}"
        self.slug = self.run(self.builder.pipeline("steps: []"))
        for os in ("linux", "mac"):
            self.connect(os, "")

    @precondition(lambda self: self.builds < MOST_BUILDS)
    @rule(steps=PIPELINES)
    def build(self, steps: list[Any]) -> None:
        path, yaml = self.builder.path("pipelines", self.slug), json.dumps({"steps": steps})
        body = {"configuration": yaml}
        if self.attempt(self.builder.caller.patch(path, body)) is not None:
            self.builds += self.attempt(self.builder.build(self.slug)) is not None

    @precondition(lambda self: self.builds)
    @rule(which=FEW)
    def cancel(self, which: int) -> None:
        self.attempt(self.builder.cancel(self._one(self._builds(), which)))

    @precondition(lambda self: self.builds)
    @rule(which=FEW)
    def retry(self, which: int) -> None:
        jobs = [job for job in self._jobs() if job["state"] in {"failed", "canceled", "timed_out"}]
        if jobs and self.attempt(self.builder.retry(self._one(jobs, which))) is not None:
            self.finished.clear()  # one of them runs again

    @precondition(lambda self: self.builds)
    @rule(which=FEW)
    def unblock(self, which: int) -> None:
        jobs = [job for job in self._jobs() if job["type"] == "manual"]
        if jobs:
            self.attempt(self.builder.unblock(self._one(jobs, which)))

    # Agents

    @precondition(lambda self: len(self.workers) < MOST_WORKERS)
    @rule(os=st.sampled_from(["linux", "mac"]), priority=st.sampled_from(["", "1"]))
    def connect(self, os: str, priority: str) -> None:
        said: dict[str, Any] = {"meta_data": [f"os={os}"], "priority": priority}
        self.workers.append(self.run(Worker(self.server).start(**said)))

    @rule(is_started=st.booleans())
    def take_what_is_offered(self, *, is_started: bool) -> None:
        for worker in [each for each in self.workers if each not in self.taken]:
            heard = self.attempt(worker.ping())
            if heard is None or heard.get("action") == "disconnect":
                self.workers.remove(worker)
                self.attempt(worker.disconnect())
                self.connect("linux", "")
            elif "job" in heard:
                job = self.taken[worker] = self.run(worker.accept(heard["job"]["id"]))
                if is_started:
                    self.run(job.start())

    @rule(exit_statuses=st.lists(EXIT_STATUSES, min_size=1, max_size=4))
    def work(self, exit_statuses: list[int]) -> None:
        """Take and finish one job after the other."""
        if self.queue_is_paused:
            self.pause_or_resume_the_queue()
        for exit_status in exit_statuses:
            self.take_what_is_offered(is_started=True)
            if self.taken:
                self.finish(0, exit_status)

    @precondition(lambda self: self.taken)
    @rule(which=FEW)
    def abandon(self, which: int) -> None:
        """An agent that pings does not work on its job."""
        worker = self._job(which).worker
        self._leave(worker)
        self.attempt(worker.ping())

    @precondition(lambda self: self.taken)
    @rule(which=FEW, exit_status=EXIT_STATUSES)
    def finish(self, which: int, exit_status: int) -> None:
        job = self._job(which)
        self.attempt(job.start())
        self.attempt(job.finish(exit_status))
        self._leave(job.worker)

    @precondition(lambda self: self.taken)
    @rule(which=FEW, steps=PIPELINES, replace=st.booleans())
    def upload(self, which: int, steps: list[Any], *, replace: bool) -> None:
        job = self._job(which)
        self.attempt(job.start())
        self.attempt(job.upload(steps, replace=replace))

    @precondition(lambda self: self.taken)
    @rule(which=FEW)
    def promise_failure(self, which: int) -> None:
        job = self._job(which)
        said = {"exit_status": 3}
        self.attempt(_quietly(job, "PUT", f"jobs/{job.uuid}/promise_failure", said))

    @precondition(lambda self: self.taken)
    @rule(which=FEW, key=KEYS, force_after=st.sampled_from([None, 0, 60]))
    def cancel_a_step(self, which: int, key: str, force_after: int | None) -> None:
        self.attempt(self._job(which).cancel_step(key, force_after=force_after))

    @precondition(lambda self: self.workers)
    @rule(which=FEW, what=st.sampled_from(ORDERS))
    def tell(self, which: int, what: str) -> None:
        worker = self._one(self.workers, which)
        match what:
            case "pause":
                self.attempt(worker.pause())
            case "resume":
                self.attempt(worker.resume())
            case "stop":
                self.attempt(worker.stop())
            case "kill":
                self.attempt(worker.stop(force=True))
            case _:
                self.attempt(worker.disconnect())
                self._leave(worker)
                self.workers.remove(worker)

    @rule()
    def pause_or_resume_the_queue(self) -> None:
        act = "resume_dispatch" if self.queue_is_paused else "pause_dispatch"
        self.run(self.builder.caller.post(f"{self.queue}/{act}"))
        self.queue_is_paused = not self.queue_is_paused

    @rule(seconds=SECONDS, silent=st.booleans())
    def let_time_pass(self, seconds: int, *, silent: bool) -> None:
        self.run(self.admin.advance(seconds, silent=silent))

    @precondition(lambda self: self.builds == MOST_BUILDS)
    @rule()
    def run_everything_out(self) -> None:
        """With an agent that fits, and people who release what is blocked, every build ends."""
        if self.queue_is_paused:
            self.pause_or_resume_the_queue()
        for worker in list(self.workers):
            self.attempt(worker.disconnect())
            self._leave(worker)
        self.workers = [self.run(Worker(self.server).start(meta_data=["os=linux"]))]
        for _ in range(MOST_BUILDS * 20):
            self.run(self.workers[0].run_all())
            blocked = [job for job in self._jobs() if job.get("unblockable")]
            if not blocked:
                break
            self.attempt(self.builder.unblock(blocked[0]))
        assert {build["state"] for build in self._builds()} <= FINISHED

    # What is always true

    @invariant()
    def what_must_be_true_is(self) -> None:
        builds = self._builds()
        jobs = [job for build in builds for job in build["jobs"]]
        commands = [job for job in jobs if job["type"] == "script"]
        self._every_agent_has_at_most_one_job(commands)
        self._no_job_waits_for_an_agent_that_is_idle(commands)
        self._groups_keep_their_limits(commands)
        for build in builds:
            self._is_finished_once_or_goes_on(build)
        self._tokens_of_ended_jobs_are_dead(commands)

    def _every_agent_has_at_most_one_job(self, jobs: list[dict[str, Any]]) -> None:
        having = [job["agent"]["id"] for job in jobs if job["state"] in ON_AGENT]
        assert len(having) == len(set(having))

    def _no_job_waits_for_an_agent_that_is_idle(self, jobs: list[dict[str, Any]]) -> None:
        if self.queue_is_paused:
            return
        busy = {job["agent"]["id"] for job in jobs if job["state"] in ON_AGENT}
        agents = self.run(self.builder.caller.get(self.builder.path("agents")))
        for agent in agents:
            is_idle = agent["connection_state"] == "connected" and agent["id"] not in busy
            if is_idle and not agent["paused"]:
                tags = {*agent["meta_data"]}
                waiting = [job for job in jobs if job["state"] == "scheduled"]
                assert not [job for job in waiting if {*job["agent_query_rules"]} <= tags]

    def _groups_keep_their_limits(self, jobs: list[dict[str, Any]]) -> None:
        group = [job for job in jobs if job["command"] == IN_A_GROUP]
        holding = [job for job in group if job["state"] in HOLDING]
        assert len(holding) <= LIMIT
        if any(job["state"] == "limited" for job in group):
            assert any(job["state"] in HOLDING | {"waiting"} for job in group)

    def _is_finished_once_or_goes_on(self, build: dict[str, Any]) -> None:
        states = {job["state"] for job in build["jobs"]}
        if build["state"] in FINISHED and not build["blocked"]:
            assert not states & LIVE, (build["state"], states)
            moment = build["finished_at"]
            assert moment is not None
            assert self.finished.setdefault(build["id"], moment) == moment
        elif build["blocked"]:
            assert not states & GOES_ON
            assert any(job.get("unblockable") for job in build["jobs"])
        else:
            assert states & GOES_ON, (build["state"], states)

    def _tokens_of_ended_jobs_are_dead(self, jobs: list[dict[str, Any]]) -> None:
        states = {job["id"]: job["state"] for job in jobs}
        held = {id(job): job for job in (*self.taken.values(), *self.ended)}
        for job in held.values():
            if states.get(job.uuid) not in ON_AGENT:
                answer = self.run(job.send("GET", f"jobs/{job.uuid}"))
                assert answer.status_code == 401

    # Who and what

    def _builds(self) -> list[dict[str, Any]]:
        path, query = self.builder.path("builds"), {"include_retried_jobs": "true"}
        builds: list[dict[str, Any]] = self.run(self.builder.caller.get(path, **query))
        return builds

    def _jobs(self) -> list[dict[str, Any]]:
        return [job for build in self._builds() for job in build["jobs"]]

    def _job(self, which: int) -> TakenJob:
        return self._one(list(self.taken.values()), which)

    def _leave(self, worker: Worker) -> None:
        job = self.taken.pop(worker, None)
        if job is not None:
            self.ended.append(job)

    def _one(self, several: list[T], which: int) -> T:
        return several[which % len(several)]


async def _quietly(job: TakenJob, method: str, path: str, body: Any) -> None:
    """A call whose answer has no body."""
    response = await job.send(method, path, json=body)
    if not response.is_success:
        raise Refused(response)


TestWholeBuilds = WholeBuilds.TestCase
TestWholeBuilds.settings = settings(max_examples=settings().max_examples // 5)
