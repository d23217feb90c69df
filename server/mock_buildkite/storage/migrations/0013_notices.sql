-- What owners of tokens, and organizations, would have been told. No value of a token is in it.

create table notices (
    id integer primary key,
    reason text not null check (reason in ('leaked', 'organization_removed')),
    owner text not null, -- an e-mail address
    token_uuid text not null,
    organizations text not null, -- JSON array of slugs
    url text, -- where a leaked token was found
    sent_at text not null
);

-- Until now each place that somebody was told of said so itself.
insert into notices (reason, owner, token_uuid, organizations, url, sent_at)
    select 'leaked', told_owner, token_uuid, organizations, url, first_reported_at
    from leaks
    where told_owner is not null
    order by id;

alter table leaks drop column told_owner;
