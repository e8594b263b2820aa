-- All-time figures of all members together are the raw counts of what members received and posted.
with members as (
    select member_key
    from {{ lake('members') }}
    where
        kind = 'person'
        and not erased
        and created_at < (select cut from {{ ref('stg_night') }})
),

standing as (
    select content.content_id, content.author_key
    from {{ lake('content') }} as content
    inner join members on content.author_key = members.member_key
    cross join {{ ref('stg_night') }} as night
    where
        content.type <> 'story'
        and content.created_at < night.cut
        and coalesce(content.deleted_at >= night.cut, true)
),

raw as (
    select
        (select count(*) from standing) as posts,
        (
            select count(*)
            from {{ lake('likes') }} as likes
            inner join standing on likes.content_id = standing.content_id
            where
                likes.member_key <> standing.author_key
                and likes.created_at < (select cut from {{ ref('stg_night') }})
        ) as likes_received,
        (
            select count(*)
            from {{ lake('follows') }} as follows
            inner join members on follows.followed_key = members.member_key
            where follows.created_at < (select cut from {{ ref('stg_night') }})
        ) as new_followers
),

served as (
    select
        coalesce(sum(posts), 0) as posts,
        coalesce(sum(likes_received), 0) as likes_received,
        coalesce(sum(new_followers), 0) as new_followers
    from {{ ref('creator_rankings') }}
    where period = 'all'
)

select
    served.*,
    raw.*
from served
cross join raw
where
    served.posts <> raw.posts
    or served.likes_received <> raw.likes_received
    or served.new_followers <> raw.new_followers
