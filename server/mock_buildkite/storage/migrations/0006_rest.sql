-- What the REST API shows and changes.

alter table api_access_tokens add column revoked_at text;

alter table clusters add column hosted_git_mirror_enabled integer not null default 0
    check (hosted_git_mirror_enabled in (0, 1));
alter table clusters add column hosted_container_cache_enabled integer not null default 0
    check (hosted_container_cache_enabled in (0, 1));

-- A maintainer's assignment has a UUID of its own.
create table cluster_maintainers_with_uuids (
    id integer primary key,
    uuid text not null unique,
    cluster_id integer not null references clusters on delete cascade,
    user_id integer not null references users on delete cascade,
    unique (cluster_id, user_id)
);

insert into cluster_maintainers_with_uuids (uuid, cluster_id, user_id)
    select
        printf('%s-%s-4%s-8%s-%s', lower(hex(randomblob(4))), lower(hex(randomblob(2))),
            substr(lower(hex(randomblob(2))), 2), substr(lower(hex(randomblob(2))), 2),
            lower(hex(randomblob(6)))),
        cluster_id, user_id
    from cluster_maintainers;

drop table cluster_maintainers;
alter table cluster_maintainers_with_uuids rename to cluster_maintainers;
