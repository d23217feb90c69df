create table pipelines (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    cluster_id integer references clusters on delete set null,
    slug text not null,
    name text not null,
    description text,
    repository text not null,
    default_branch text not null,
    branch_configuration text,
    configuration text not null, -- YAML, as it was given
    skip_queued_branch_builds integer not null default 0,
    skip_queued_branch_builds_filter text,
    cancel_running_branch_builds integer not null default 0,
    cancel_running_branch_builds_filter text,
    default_command_step_timeout integer, -- minutes
    maximum_command_step_timeout integer, -- minutes
    provider text not null, -- what clones it: git, github, …
    provider_settings text not null default '{}', -- JSON object
    visibility text not null default 'private' check (visibility in ('private', 'public')),
    tags text not null default '[]', -- JSON array of strings
    color text,
    emoji text,
    allow_rebuilds integer not null default 1,
    next_build_number integer not null default 1,
    created_by integer references users on delete set null,
    created_at text not null,
    archived_at text,
    archived_by integer references users on delete set null,
    unique (organization_id, slug)
);

create index pipelines_by_cluster on pipelines (cluster_id);

create table builds (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    pipeline_id integer not null references pipelines on delete cascade,
    number integer not null,
    state text not null check (state in ('scheduled', 'running', 'failing', 'passed', 'failed',
        'blocked', 'canceling', 'canceled', 'skipped', 'not_run')),
    blocked_state text check (blocked_state in ('passed', 'failed', 'running')),
    "commit" text not null,
    branch text not null,
    tag text,
    message text,
    source text not null,
    env text not null default '{}', -- JSON object: what whoever created the build gave
    pipeline_env text not null default '{}', -- JSON object: from definition and uploads
    author text, -- JSON object: username, name, email
    pull_request text, -- JSON object: id, base, repository, labels, draft
    clean_checkout integer not null default 0,
    ignore_pipeline_branch_filters integer not null default 0,
    notify text not null default '[]', -- JSON array: kept, not delivered
    cancel_reason text,
    failure_reason text, -- why no job says that it failed
    created_by integer references users on delete set null,
    canceled_by integer references users on delete set null,
    rebuilt_from_build_id integer references builds on delete set null,
    triggered_from_job_id integer references jobs on delete set null,
    trigger_depth integer not null default 0,
    upload_count integer not null default 0,
    job_count integer not null default 0,
    created_at text not null,
    scheduled_at text,
    started_at text,
    failing_at text,
    blocked_at text,
    canceled_at text,
    finished_at text,
    unique (pipeline_id, number)
);

create index builds_by_organization on builds (organization_id, id);
create index builds_by_branch on builds (pipeline_id, branch) where finished_at is null;
create index builds_by_rebuilt_from on builds (rebuilt_from_build_id)
    where rebuilt_from_build_id is not null;
create index builds_by_triggered_from on builds (triggered_from_job_id)
    where triggered_from_job_id is not null;

create table steps (
    id integer primary key,
    uuid text not null unique,
    build_id integer not null references builds on delete cascade,
    group_id integer references steps on delete cascade,
    type text not null check (type in ('command', 'wait', 'block', 'input', 'trigger', 'group')),
    key text,
    label text,
    position integer not null, -- among the build's steps: a later upload moves what comes after
    definition text not null, -- JSON: the step as it was read; a group's without its steps
    outcome text not null default 'neutral'
        check (outcome in ('neutral', 'passed', 'soft_failed', 'hard_failed', 'errored', 'canceled')),
    is_finished integer not null default 0,
    passes_failure integer not null default 0, -- a wait that was opened although something failed
    uploaded_by_job_id integer references jobs on delete cascade
);

create index steps_by_build on steps (build_id, position);
create unique index steps_by_key on steps (build_id, key) where key is not null;
create index steps_by_group on steps (group_id) where group_id is not null;
create index steps_by_uploader on steps (uploaded_by_job_id) where uploaded_by_job_id is not null;

-- What a step waits for: another step, or a key that no step of the build has yet.
create table step_dependencies (
    id integer primary key,
    step_id integer not null references steps on delete cascade,
    on_step_id integer references steps on delete cascade,
    on_key text,
    allow_failure integer not null default 0,
    is_implicit integer not null default 0,
    unique (step_id, on_step_id)
);

create index step_dependencies_by_target on step_dependencies (on_step_id);
create index step_dependencies_by_key on step_dependencies (on_key) where on_step_id is null;

create table jobs (
    id integer primary key,
    uuid text not null unique,
    organization_id integer not null references organizations on delete cascade,
    cluster_id integer references clusters on delete set null,
    queue_id integer references queues on delete set null, -- null outside clusters, or where none fits
    pipeline_id integer not null references pipelines on delete cascade,
    build_id integer not null references builds on delete cascade,
    step_id integer not null references steps on delete cascade,
    type text not null check (type in ('script', 'waiter', 'manual', 'trigger')),
    state text not null check (state in ('pending', 'waiting', 'waiting_failed', 'blocked',
        'blocked_failed', 'unblocked', 'limited', 'scheduled', 'assigned', 'accepted', 'running',
        'finished', 'canceling', 'canceled', 'timing_out', 'timed_out', 'expired', 'skipped',
        'broken')),
    name text,
    definition text, -- JSON: a matrix job's step with its values filled in; null: as its step has it
    agent_query_rules text not null default '[]', -- JSON array of strings
    priority integer not null default 0,
    agent_id integer references agents on delete set null,
    token_digest blob unique,
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

create index jobs_by_step on jobs (step_id);
create index jobs_by_build on jobs (build_id, id);
create index jobs_by_agent on jobs (agent_id);
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

create table pipeline_uploads (
    job_id integer not null references jobs on delete cascade,
    uuid text not null,
    state text not null check (state in ('pending', 'processing', 'applied', 'rejected')),
    message text not null default '',
    pipeline text, -- JSON object, while it waits to be applied
    replaces integer not null default 0,
    created_at text not null,
    processed_at text,
    primary key (job_id, uuid)
) without rowid;

create table build_meta_data (
    build_id integer not null references builds on delete cascade,
    key text not null,
    value text not null,
    primary key (build_id, key)
) without rowid;

alter table agents add column job_id integer references jobs on delete set null; -- what it works on
alter table agents add column last_job_finished_at text;
alter table agents add column last_job_passed_at text;

create index agents_by_job on agents (job_id) where job_id is not null;
create index agents_idle on agents (organization_id, cluster_id, queue_id, priority desc,
    last_job_passed_at desc, connected_at, id)
    where connection_state = 'connected' and job_id is null and paused_at is null
    and ignore_in_dispatches = 0;

-- Changes of steps that were made, for those who send one again.
create table step_updates (
    step_id integer not null references steps on delete cascade,
    uuid text not null,
    primary key (step_id, uuid)
) without rowid;
