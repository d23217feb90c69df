-- Whether a block or input step that is not released stands somewhere before a step, or in a group.
alter table steps add column is_blocked integer not null default 0;
