"""Portals: stored GraphQL documents, and the tokens (`bkpat_`) and secrets (`bkps_`) they open to.

What a document may say, and running it, is GraphQL's own affair (`graphql_api`).
"""
