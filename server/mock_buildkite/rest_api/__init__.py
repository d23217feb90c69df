"""The REST API at `/v2`.

A noun is two modules: `routes/<noun>.py` has its handlers and, at its end, the list of its
endpoints; `wire/<noun>.py` spells its JSON, each field once. To add one, write the two and name the
list in `app.py`. What is left out stays refused by name: see `documented.py`.

A handler is the middle of a unit. Around it, `routing.py` takes the request off the socket, lets
`auth.py` find out who calls, with which scope and in which organization, and encodes what the
handler returns: a dict is the body, None is a 204, `pagination.page` makes a page with its `Link`
header, and an `Answer` has a status or headers of its own. What is not JSON is a Starlette
`Response`.
"""
