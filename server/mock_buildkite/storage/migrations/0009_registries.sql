-- Package registries, what opens them, and the Python packages in them.

create table registries (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    slug text not null,
    name text not null,
    ecosystem text not null,
    description text,
    emoji text,
    color text,
    public integer not null check (public in (0, 1)),
    oidc_policy text, -- as it was written, or JSON
    team_ids text not null, -- JSON array of strings
    created_at text not null,
    unique (organization_id, slug)
);

-- Values are signed again when they are wanted: neither they nor digests of them are here.
create table registry_tokens (
    id integer primary key,
    uuid text not null unique,
    registry_id integer not null references registries on delete cascade,
    description text not null,
    created_by integer not null references users,
    created_at text not null,
    revoked_at text
);

create index registry_tokens_by_registry on registry_tokens (registry_id);

create table python_files (
    id integer primary key,
    registry_id integer not null references registries on delete cascade,
    project text not null, -- its normalized name
    version text not null,
    filename text not null,
    size integer not null,
    sha256sum text not null, -- hexadecimal
    requires_python text,
    file text not null unique, -- its name among the world's files
    created_at text not null,
    unique (registry_id, filename)
);

create index python_files_by_project on python_files (registry_id, project);

create trigger python_files_abandon_file_with_row after delete on python_files
begin
    insert into abandoned_files (name) values (old.file);
end;
