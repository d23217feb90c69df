create table cluster_secrets (
    id integer primary key,
    uuid text not null unique,
    cluster_id integer not null references clusters on delete cascade,
    key text not null collate nocase,
    value blob not null, -- encrypted, as encryption.py does
    description text,
    policy text, -- YAML, as it was given
    created_by integer references users on delete set null,
    created_at text not null,
    updated_by integer references users on delete set null,
    updated_at text not null,
    last_read_at text,
    unique (cluster_id, key)
);

create table repository_tokens (
    id integer primary key,
    organization_id integer not null references organizations on delete cascade,
    repository text not null, -- its host and path
    value blob not null, -- encrypted, as encryption.py does
    unique (organization_id, repository)
);
