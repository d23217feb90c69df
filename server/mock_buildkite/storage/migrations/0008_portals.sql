-- Portals: stored GraphQL documents, and what opens them.

create table portals (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    slug text not null,
    name text not null,
    description text,
    query text not null, -- a GraphQL document
    allowed_ip_addresses text, -- null: anywhere
    user_invokable integer not null check (user_invokable in (0, 1)),
    created_by integer not null references users,
    created_at text not null,
    unique (organization_id, slug)
);

create table portal_secrets (
    id integer primary key,
    uuid text not null unique,
    portal_id integer not null references portals on delete cascade,
    digest blob not null unique,
    created_at text not null,
    revoked_at text
);

create index portal_secrets_by_portal on portal_secrets (portal_id);

create table portal_tokens (
    id integer primary key,
    uuid text not null unique,
    portal_id integer not null references portals on delete cascade,
    kind text not null check (kind in ('service', 'ephemeral', 'user')),
    digest blob not null unique,
    user_id integer references users on delete cascade,
    expires_at text,
    created_at text not null,
    revoked_at text,
    check ((kind = 'user') = (user_id is not null)),
    check ((kind = 'service') = (expires_at is null))
);

create index portal_tokens_by_portal on portal_tokens (portal_id);

-- What a user approves so that somebody gets a token in that user's name.
create table portal_codes (
    id integer primary key,
    portal_id integer not null references portals on delete cascade,
    digest blob not null unique,
    secret_digest blob not null,
    expires_at text not null,
    approved_by integer references users on delete cascade,
    redeemed_at text
);

create index portal_codes_by_portal on portal_codes (portal_id, expires_at);
