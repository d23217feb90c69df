"""Portals at `/organizations/{organization}/portals/{portal}`: run, and get tokens for, one.

Buildkite's are at a host of their own. What a portal runs is GraphQL's (`graphql_api`): only who
may run it, and the variables, come with a request.
"""
