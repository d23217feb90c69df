-- What a job printed, in pieces that never overlap; where one is missing, there is a gap.
create table job_log_chunks (
    id integer primary key,
    job_id integer not null references jobs on delete cascade,
    start integer not null, -- bytes of output before it
    size integer not null check (size > 0), -- bytes of output
    content blob not null -- gzip
);

create index job_log_chunks_by_place on job_log_chunks (job_id, start, size);

-- When the headers of a log were printed, for agents that do not stamp its lines.
create table job_log_header_times (
    job_id integer not null references jobs on delete cascade,
    number integer not null, -- of the header, among the log's
    printed_at integer not null, -- Unix time in nanoseconds
    primary key (job_id, number)
) without rowid;

create table annotations (
    id integer primary key,
    uuid text not null unique,
    build_id integer not null references builds on delete cascade,
    job_id integer references jobs on delete cascade, -- null: it is the build's
    context text not null,
    style text not null check (style in ('default', 'success', 'info', 'warning', 'error')),
    priority integer not null check (priority between 1 and 10),
    body text not null, -- Markdown
    created_at text not null,
    updated_at text not null
);

create unique index annotations_of_builds on annotations (build_id, context) where job_id is null;
create unique index annotations_of_jobs on annotations (job_id, context) where job_id is not null;
create index annotations_by_build on annotations (build_id, priority desc, id);
