"""Which agent gets which job."""
