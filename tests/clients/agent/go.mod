// The build never uses this file: each agent release has its own
// agent-<version>.mod, chosen with -modfile. The go command still wants a file
// of this name, to see where the module's root is.
module mockbuildkite.test/clients/agent

go 1.26
