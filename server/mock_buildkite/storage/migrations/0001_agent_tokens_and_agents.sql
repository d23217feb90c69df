-- Moments are UTC ISO 8601 text with microseconds; `uuid` is what every API shows, `id` is only
-- ever used inside. Secrets are stored as their SHA-256 digest.

create table world (
    key text primary key,
    value text not null
) without rowid;

create table users (
    id integer primary key,
    uuid text not null unique,
    email text not null unique,
    name text not null,
    created_at text not null
);

create table organizations (
    id integer primary key,
    uuid text not null unique,
    slug text not null unique,
    name text not null,
    created_at text not null
);

create table organization_members (
    organization_id integer not null references organizations on delete cascade,
    user_id integer not null references users on delete cascade,
    role text not null check (role in ('admin', 'member')),
    created_at text not null,
    primary key (organization_id, user_id)
) without rowid;

create index organization_members_by_user on organization_members (user_id);

create table api_access_tokens (
    id integer primary key,
    uuid text not null unique,
    user_id integer not null references users on delete cascade,
    description text not null,
    digest blob not null unique,
    scopes text not null, -- JSON array of strings
    every_organization integer not null check (every_organization in (0, 1)),
    allowed_ip_addresses text not null,
    expires_at text,
    created_at text not null
);

create table api_access_token_organizations (
    api_access_token_id integer not null references api_access_tokens on delete cascade,
    organization_id integer not null references organizations on delete cascade,
    primary key (api_access_token_id, organization_id)
) without rowid;

create table clusters (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    name text not null,
    description text,
    emoji text,
    color text,
    default_queue_id integer references queues on delete set null,
    created_by integer references users on delete set null,
    created_at text not null,
    unique (organization_id, name)
);

create table cluster_maintainers (
    cluster_id integer not null references clusters on delete cascade,
    user_id integer not null references users on delete cascade,
    primary key (cluster_id, user_id)
) without rowid;

create table queues (
    id integer primary key,
    uuid text not null unique,
    cluster_id integer not null references clusters on delete cascade,
    key text not null,
    description text,
    retry_agent_affinity text not null default 'prefer-warmest'
        check (retry_agent_affinity in ('prefer-warmest', 'prefer-different')),
    hosted_agents text, -- JSON object: the settings of a hosted queue
    dispatch_paused_at text,
    dispatch_paused_by integer references users on delete set null,
    dispatch_paused_note text,
    created_by integer references users on delete set null,
    created_at text not null,
    unique (cluster_id, key)
);

-- An agent token without a cluster is an unclustered one.
create table agent_tokens (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    cluster_id integer references clusters on delete cascade,
    digest blob not null unique,
    derived_from text check (derived_from in ('seed', 'reveal')), -- the key that gives the value again
    description text,
    public integer not null default 0 check (public in (0, 1)),
    allowed_ip_addresses text not null default '0.0.0.0/0',
    expires_at text,
    created_by integer references users on delete set null,
    created_at text not null,
    revoked_at text,
    revoked_by integer references users on delete set null,
    revoked_reason text
);

create index agent_tokens_by_organization on agent_tokens (organization_id, cluster_id);
create index agent_tokens_by_cluster on agent_tokens (cluster_id);

create table agents (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    cluster_id integer references clusters on delete cascade,
    queue_id integer references queues on delete set null,
    agent_token_id integer not null references agent_tokens on delete cascade,
    session_token_digest blob not null unique,
    connection_state text not null check (connection_state in
        ('never_connected', 'connected', 'stopping', 'lost', 'disconnected', 'stopped')),
    name text not null,
    hostname text not null,
    os text not null,
    arch text not null,
    version text not null,
    build text not null,
    user_agent text not null,
    pid text not null,
    machine_id text not null,
    priority integer,
    tags text not null, -- JSON array of strings, as on the wire: `meta_data`
    features text not null, -- JSON array of strings
    script_eval_enabled integer not null check (script_eval_enabled in (0, 1)),
    ignore_in_dispatches integer not null check (ignore_in_dispatches in (0, 1)),
    ip_address text not null,
    created_at text not null,
    connected_at text,
    disconnected_at text,
    lost_at text,
    heartbeat_at text,
    heard_at text not null, -- silence is counted from here: see sweeping.py
    has_streamed integer not null default 0 check (has_streamed in (0, 1)), -- opened a ping stream
    stopped_gracefully_at text,
    stopped_gracefully_by integer references users on delete set null,
    stop_forced_at text,
    stop_forced_by integer references users on delete set null,
    stop_reason text,
    paused_at text,
    paused_by integer references users on delete set null,
    paused_note text,
    paused_timeout_in_minutes integer,
    pause_ends_at text
);

create index agents_by_organization on agents (organization_id, connection_state);
create index agents_by_pause_end on agents (pause_ends_at) where pause_ends_at is not null;

-- Sessions that the server ended while their agents may not know: their heartbeats are still
-- answered for a while, since the real agent hangs on a refused heartbeat. One that streams leaves
-- only when its ping and its stream were both refused, so it has heard after two refusals.
create table ended_sessions (
    session_token_digest blob primary key,
    ended_at text not null,
    refusals_left integer not null
) without rowid;
