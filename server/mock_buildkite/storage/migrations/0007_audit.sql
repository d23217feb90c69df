-- Who did what to which token, and what is known of their use.

create table audit_events (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    type text not null,
    actor_type text,
    actor_uuid text,
    actor_name text,
    subject_type text not null,
    subject_uuid text not null,
    subject_name text,
    context text, -- JSON object
    data text not null, -- JSON object
    occurred_at text not null
);

create index audit_events_of_an_organization on audit_events (organization_id, id);

alter table agent_tokens add column first_used_at text;

alter table api_access_tokens add column first_used_at text;
alter table api_access_tokens add column last_used_at text;
alter table api_access_tokens add column last_used_from text;

-- Organizations that took themselves away from a token: nobody gives it to them again.
create table api_access_token_removals (
    api_access_token_id integer not null references api_access_tokens on delete cascade,
    organization_id integer not null references organizations on delete cascade,
    removed_at text not null,
    primary key (api_access_token_id, organization_id)
) without rowid;
