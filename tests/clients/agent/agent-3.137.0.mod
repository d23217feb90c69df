module mockbuildkite.test/clients/agent

go 1.26.5

require github.com/buildkite/agent/v3 v3.137.0

// A linter the agent names as a build tool. It is no part of the binary, and
// not every module proxy serves its host, so it stays out of the module graph.
exclude drjosh.dev/assertzapper v0.3.2

// The agent's glob library comes from that same host, so we bring our own. It
// only picks files from disk: whatever talks to a server is the agent's code.
replace drjosh.dev/zzglob => ./zzglob
