-- What an agent announces at once.
create table artifact_batches (
    id integer primary key,
    uuid text not null unique, -- ours: the addresses of its uploads name it
    job_id integer not null references jobs on delete cascade,
    request_id text not null, -- the agent's: the same when it asks again
    unique (job_id, request_id)
);

create table artifacts (
    id integer primary key,
    uuid text not null unique,
    batch_id integer not null references artifact_batches on delete cascade,
    job_id integer not null references jobs on delete cascade,
    build_id integer not null references builds on delete cascade,
    path text not null,
    file_size integer not null,
    sha1sum text not null, -- hexadecimal; empty: not announced, and no file yet
    sha256sum text not null, -- the same
    content_type text not null,
    state text not null check (state in ('new', 'finished', 'error', 'deleted', 'expired')),
    upload_destination text, -- null: this server
    url text, -- where it is at that destination
    part_count integer, -- null: uploaded as a form
    file text unique, -- its name among the world's files; null: not uploaded, or gone
    created_at text not null
);

create index artifacts_by_batch on artifacts (batch_id);
create index artifacts_by_job on artifacts (job_id);
create index artifacts_by_build on artifacts (build_id, path);
create index artifacts_to_expire on artifacts (created_at)
    where upload_destination is null and state in ('new', 'finished', 'error');

create table artifact_parts (
    artifact_id integer not null references artifacts on delete cascade,
    number integer not null, -- from 1
    etag text not null, -- as the header has it, with its quotation marks
    file text unique, -- null: the whole is there, and parts are needed no more
    primary key (artifact_id, number)
) without rowid;

-- Files that nothing on record has any longer, whatever took them off it. They go with the next
-- sweep: see artifacts/falling_due.py.
create table abandoned_files (
    name text primary key
) without rowid;

create trigger artifacts_abandon_file after update of file on artifacts
    when old.file is not null and new.file is not old.file
begin
    insert into abandoned_files (name) values (old.file);
end;

create trigger artifacts_abandon_file_with_row after delete on artifacts when old.file is not null
begin
    insert into abandoned_files (name) values (old.file);
end;

create trigger artifact_parts_abandon_file after update of file on artifact_parts
    when old.file is not null and new.file is not old.file
begin
    insert into abandoned_files (name) values (old.file);
end;

create trigger artifact_parts_abandon_file_with_row after delete on artifact_parts
    when old.file is not null
begin
    insert into abandoned_files (name) values (old.file);
end;
