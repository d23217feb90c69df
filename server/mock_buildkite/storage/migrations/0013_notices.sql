-- The mails that would have been sent, whatever they are about. No value of a token is in them.

create table notices (
    id integer primary key,
    reason text not null check (reason in ('leaked', 'organization_removed')),
    audience text not null check (audience in ('owner', 'organization')),
    recipient text not null, -- an e-mail address, or an organization's slug
    token_uuid text not null,
    organization text, -- its slug; null: the notice is about all that the token reached
    url text, -- where a leaked token was found
    sent_at text not null
);

-- Until now each place that somebody was told of said so itself.
insert into notices (reason, audience, recipient, token_uuid, organization, url, sent_at)
    select 'leaked', audience, recipient, token_uuid, organization, url, first_reported_at
    from (
        select
            id, -1 as position, 'owner' as audience, told_owner as recipient, token_uuid,
            null as organization, url, first_reported_at
        from leaks
        where told_owner is not null
        union all
        select
            leaks.id, slugs.key, 'organization', slugs.value, token_uuid, slugs.value, url,
            first_reported_at
        from leaks, json_each(organizations) as slugs
        where told_owner is not null
    )
    order by id, position;

alter table leaks drop column told_owner;
