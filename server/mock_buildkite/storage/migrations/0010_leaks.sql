-- What GitHub's secret scanning reported, and whom it was told to. Values are nowhere in it.

-- A token in a place: it stays one, however often it is reported there.
create table leaks (
    id integer primary key,
    digest blob not null,
    kind text not null,
    token_uuid text not null, -- of its agent or job, for a session or job token
    organizations text not null, -- JSON array of slugs
    reported_type text not null,
    url text not null,
    source text not null,
    action text not null check (action in ('revoked', 'already_over', 'recorded')),
    told_owner text, -- an e-mail address; null: of this place nobody was told, no organization either
    times_reported integer not null default 1,
    first_reported_at text not null,
    last_reported_at text not null,
    unique (digest, url, source, reported_type)
);
