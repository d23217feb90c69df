"""The GraphQL API at `/v1` and `/graphql`."""
