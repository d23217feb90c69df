"""The `mock_buildkite` fixture, in a project of its own and a run of its own."""

import os
import subprocess
import sys

import pytest

from tests.command_line.processes import environment

pytest_plugins = ["pytester"]

HEAVY = ("ariadne", "graphql", "starlette", "uvicorn", "aiosqlite", "msgspec", "yaml", "sqlite3")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project in which every warning is an error, and that tells which threads it left."""
    for name in set(os.environ) - set(environment()) | {"PYTEST_ADDOPTS"}:
        monkeypatch.delenv(name, raising=False)
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makeconftest(
        """
        import threading

        def pytest_unconfigure(config):
            print("threads:", *(each.name for each in threading.enumerate()))
        """
    )
    return pytester


def test_a_test_gets_a_running_server_with_its_facts_and_controls(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        import json
        import os
        import urllib.request

        import pytest

        from mock_buildkite.pytest_plugin import GraphQLError, MockBuildkite

        VIEWER = "{ viewer { user { email } } }"

        def call(mock_buildkite, method, path, token, body=None):
            request = urllib.request.Request(
                f"{mock_buildkite.agent_endpoint}/{path}",
                None if body is None else json.dumps(body).encode(),
                {"Authorization": f"Token {token}"},
                method=method,
            )
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request) as response:
                return json.load(response)

        def register(mock_buildkite, token=None):
            token = token or mock_buildkite.agent_token
            agent = call(mock_buildkite, "POST", "register", token, {"name": "runner"})
            call(mock_buildkite, "POST", "connect", agent["access_token"])
            return agent

        def test_it_has_the_fields(mock_buildkite):
            it = mock_buildkite
            assert isinstance(it, MockBuildkite)
            assert it.agent_endpoint == f"{it.url}/v3"
            assert it.graphql_endpoint == f"{it.url}/v1"
            assert it.rest_endpoint == f"{it.url}/v2"
            assert it.organization_slug == "sandbox"
            assert it.organization_id and it.cluster_id
            assert it.agent_token and it.unclustered_agent_token and it.api_access_token
            assert it.pid == os.getpid()
            assert it.env["BUILDKITE_AGENT_TOKEN"] == it.agent_token
            assert it.organizations[0]["cluster_id"] == it.cluster_id

        def test_graphql_answers_data(mock_buildkite):
            query = "query ($slug: ID!) { organization(slug: $slug) { slug } }"
            data = mock_buildkite.graphql(query, {"slug": "sandbox"})
            assert data == {"organization": {"slug": "sandbox"}}
            assert mock_buildkite.graphql(VIEWER)["viewer"]["user"]["email"]

        def test_a_graphql_error_can_be_read(mock_buildkite):
            with pytest.raises(GraphQLError) as refused:
                mock_buildkite.graphql("{ viewer { nothing } }")
            assert "{ viewer { nothing } }" in str(refused.value)
            assert "nothing" in refused.value.errors[0]["message"]

        def test_seed_adds(mock_buildkite):
            rival = {"slug": "rival", "name": "Ünïcode \\U0001f680"}
            answer = mock_buildkite.seed({"organizations": [rival]})
            [rival] = answer["organizations"]
            assert rival["name"] == "Ünïcode \\U0001f680"
            register(mock_buildkite, rival["agent_token"])
            assert [each["name"] for each in mock_buildkite.agents()] == ["runner"]

        def test_a_refused_seed_can_be_read(mock_buildkite):
            with pytest.raises(AssertionError, match="Slug"):
                mock_buildkite.seed({"organizations": [{"slug": "Not one"}]})

        def test_advance_moves_time(mock_buildkite):
            register(mock_buildkite)
            mock_buildkite.advance(7200)
            assert mock_buildkite.agents()[0]["connection_state"] == "connected"
            mock_buildkite.advance(240, silent=True)
            assert mock_buildkite.agents()[0]["connection_state"] == "lost"

        def test_reset_in_the_middle(mock_buildkite):
            token = mock_buildkite.agent_token
            register(mock_buildkite)
            mock_buildkite.reset()
            assert mock_buildkite.agents() == []
            assert mock_buildkite.agent_token == token
            register(mock_buildkite)
        """
    )

    result = project.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=7)
    # One thread reads new documents for every server that a process ever has; Python ends it.
    [left] = [line for line in result.outlines if line.startswith("threads: ")]
    assert set(left.split()[1:]) <= {"MainThread", "documents_0"}
    assert result.stderr.str() == ""


def test_each_test_finds_the_world_as_it_was_at_first_on_one_server(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        import pytest

        seen = set()

        @pytest.mark.parametrize("number", range(3))
        def test_alone(mock_buildkite, number):
            seen.add((mock_buildkite.url, mock_buildkite.agent_token))
            answer = mock_buildkite.seed({"organizations": [{"slug": "rival"}]})
            assert len(answer["organizations"][0]["clusters"]) == 1
            mock_buildkite.advance(3600)

        def test_it_was_one_server(mock_buildkite):
            assert seen == {(mock_buildkite.url, mock_buildkite.agent_token)}
        """
    )

    result = project.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=4)


def test_a_project_chooses_its_settings(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        from mock_buildkite.settings import Settings

        @pytest.fixture(scope="session")
        def mock_buildkite_settings():
            return Settings(seed="two", ping_stream=False)

        def test_it_is_told(mock_buildkite):
            slugs = [each["organization_slug"] for each in mock_buildkite.organizations]
            assert slugs == ["acme", "rival"]
        """
    )

    result = project.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)


def test_each_xdist_worker_has_a_server_of_its_own(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    project.makepyfile(
        """
        import time
        from pathlib import Path

        import pytest

        HERE = Path(__file__).parent

        @pytest.mark.parametrize("number", range(2))
        def test_alone(mock_buildkite, worker_id, number):
            (HERE / worker_id).write_text(mock_buildkite.url)
            mock_buildkite.seed({"organizations": [{"slug": "rival"}]})
            deadline = time.monotonic() + 20
            while len(list(HERE.glob("gw*"))) < 2:  # both workers are here at once
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert (HERE / worker_id).read_text() == mock_buildkite.url
        """
    )

    result = project.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", "--dist", "each")

    result.assert_outcomes(passed=4)
    urls = {path.read_text() for path in project.path.glob("gw*")}
    assert len(urls) == 2


def test_a_run_that_does_not_use_it_loads_nothing_of_the_server(project: pytest.Pytester) -> None:
    project.makepyfile(
        f"""
        import sys

        def test_light():
            assert "mock_buildkite.pytest_plugin" in sys.modules
            loaded = {{name.partition(".")[0] for name in sys.modules}}
            assert not loaded & set({HEAVY!r})
        """
    )

    result = project.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")

    result.assert_outcomes(passed=1)


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, mock_buildkite.pytest_plugin; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "mock_buildkite.pytest_plugin" in loaded
    assert not {name.partition(".")[0] for name in loaded} & set(HEAVY)
    assert not [
        name for name in loaded if name.startswith("mock_buildkite.") and "plugin" not in name
    ]
