"""The calls of the Agent API, one module for each noun; `agent_api.app` joins them."""
