"""Agents and their sessions: registration, life cycle, heartbeats, stop and pause."""
