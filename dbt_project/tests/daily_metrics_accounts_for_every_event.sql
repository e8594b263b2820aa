-- Every event of the lake before the cut is in exactly one day, and every member joined on exactly one.
with raw_events as (
    select
        count(*) filter (where name = 'content_posted') as posts,
        count(*) filter (where name = 'content_liked') as likes,
        count(*) filter (where name = 'content_commented') as comments,
        count(*) filter (where name = 'message_sent') as messages,
        count(*) filter (where name = 'member_followed') as follows
    from {{ lake('events') }}
    where occurred_at < (select cut from {{ ref('stg_night') }})
),

raw_members as (
    select count(*) as new_members
    from {{ lake('members') }}
    where kind = 'person' and created_at < (select cut from {{ ref('stg_night') }})
),

served as (
    select
        coalesce(sum(posts), 0) as posts,
        coalesce(sum(likes), 0) as likes,
        coalesce(sum(comments), 0) as comments,
        coalesce(sum(messages), 0) as messages,
        coalesce(sum(follows), 0) as follows,
        coalesce(sum(new_members), 0) as new_members
    from {{ ref('daily_metrics') }}
)

select
    served.*,
    raw_events.*,
    raw_members.*
from served
cross join raw_events
cross join raw_members
where
    served.posts <> raw_events.posts
    or served.likes <> raw_events.likes
    or served.comments <> raw_events.comments
    or served.messages <> raw_events.messages
    or served.follows <> raw_events.follows
    or served.new_members <> raw_members.new_members
