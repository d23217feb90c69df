"""The grammar of pipelines: what each kind of step may say, and what it means."""
