module mockbuildkite.test/clients/agent

go 1.26

require github.com/buildkite/agent/v3 v3.62.0
