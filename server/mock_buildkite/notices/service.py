"""Sending notices, as far as they are sent, and reading the mails that they were."""

from mock_buildkite.notices import model, store

send = store.insert_all
list_all = store.list_all
mails = model.mails
