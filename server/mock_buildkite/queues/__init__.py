"""Cluster queues: keys, the default queue, and which queue an agent's tags name."""
