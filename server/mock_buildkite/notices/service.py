"""Sending mails, as far as they are sent, and reading all that were."""

from mock_buildkite.notices import model, store

about_leak = model.about_leak
about_removal = model.about_removal
send = store.insert_all
list_all = store.list_all
