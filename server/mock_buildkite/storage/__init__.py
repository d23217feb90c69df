"""The database: one connection, its transactions, and the numbered migrations."""
