-- The line of the uploads that are to be applied: several may have come in the same moment.
alter table pipeline_uploads add column place_in_line integer not null default 0;

create index pipeline_uploads_pending on pipeline_uploads (place_in_line) where state = 'pending';
