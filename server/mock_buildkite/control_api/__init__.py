"""The test author's controls under `/_mock`."""
