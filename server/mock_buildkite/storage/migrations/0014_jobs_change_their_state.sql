-- A job changes its state five times, and each time SQLite made a table of the 19 states to look for
-- the new one in: compared one after the other, the likely ones first, they take a tenth of that.
-- Of tokens and agents, only those that a job has are indexed now.

create table rebuilt_jobs (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    cluster_id integer references clusters on delete set null,
    queue_id integer references queues on delete set null, -- null outside clusters, or where none fits
    pipeline_id integer not null references pipelines on delete cascade,
    build_id integer not null references builds on delete cascade,
    step_id integer not null references steps on delete cascade,
    type text not null check (type in ('script', 'waiter', 'manual', 'trigger')),
    state text not null check (
        state = 'scheduled' or state = 'assigned' or state = 'accepted' or state = 'running'
        or state = 'finished' or state = 'pending' or state = 'waiting'
        or state = 'waiting_failed' or state = 'blocked' or state = 'blocked_failed'
        or state = 'unblocked' or state = 'limited' or state = 'canceling' or state = 'canceled'
        or state = 'timing_out' or state = 'timed_out' or state = 'expired' or state = 'skipped'
        or state = 'broken'
    ),
    name text,
    definition text, -- JSON: a matrix job's step with its values filled in; null: as its step has it
    agent_query_rules text not null default '[]', -- JSON array of strings
    priority integer not null default 0,
    agent_id integer references agents on delete set null,
    token_digest blob,
    token_issued_at text,
    token_expires_at text,
    created_at text not null,
    scheduled_at text not null, -- inherited from the build, or from the job that uploaded it
    runnable_at text,
    limited_at text,
    assigned_at text,
    accepted_at text,
    started_at text,
    finished_at text,
    due_at text, -- when time moves it: see jobs/falling_due.py
    exit_status integer,
    signal text,
    signal_reason text,
    chunks_failed_count integer not null default 0,
    soft_failed integer not null default 0,
    hard_failed integer not null default 0,
    broken_reason text,
    timeout_in_minutes integer,
    most_timeout_in_minutes integer, -- as far as the job itself may raise it
    promised_exit_status integer,
    promised_exit_status_at text,
    promised_exit_status_reason text,
    parallel_group_index integer,
    parallel_group_total integer,
    matrix text, -- JSON object: the values of this job
    retried_in_job_id integer references jobs on delete set null,
    retry_source_job_id integer references jobs on delete set null,
    retry_type text check (retry_type in ('automatic', 'manual')),
    retried_by integer references users on delete set null,
    retries_count integer not null default 0,
    rule_retries text not null default '[]', -- JSON array: how often each automatic rule retried it
    concurrency_group text,
    concurrency_limit integer,
    concurrency_method text check (concurrency_method in ('ordered', 'eager')),
    unblocked_by integer references users on delete set null,
    unblocked_at text,
    triggered_build_id integer references builds on delete set null,
    canceled_by integer references users on delete set null
);

insert into rebuilt_jobs select * from jobs;
drop table jobs;
alter table rebuilt_jobs rename to jobs;

create index jobs_by_step on jobs (step_id);
create index jobs_by_build on jobs (build_id, id);
create index jobs_by_agent on jobs (agent_id) where agent_id is not null;
create unique index jobs_by_token_digest on jobs (token_digest) where token_digest is not null;
create index jobs_due on jobs (due_at) where due_at is not null;
create index jobs_failed on jobs (build_id) where hard_failed = 1;
create index jobs_by_state on jobs (build_id, state, step_id);
create index jobs_unblocked on jobs (build_id) where unblocked_by is not null;
create index jobs_to_dispatch on jobs (organization_id, cluster_id, queue_id, agent_query_rules,
    priority desc, scheduled_at, id) where state = 'scheduled' and type = 'script';
create index jobs_in_concurrency_groups
    on jobs (organization_id, concurrency_group, scheduled_at, id)
    where concurrency_group is not null and state in ('waiting', 'limited', 'scheduled', 'assigned',
        'accepted', 'running', 'canceling', 'timing_out');
create index jobs_by_retry_source on jobs (retry_source_job_id)
    where retry_source_job_id is not null;
create index jobs_by_retried_in on jobs (retried_in_job_id) where retried_in_job_id is not null;
create index jobs_by_triggered_build on jobs (triggered_build_id)
    where triggered_build_id is not null;
