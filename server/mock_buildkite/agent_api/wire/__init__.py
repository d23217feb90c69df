"""The Agent API's JSON, one module for each noun: the only places that spell its fields."""
