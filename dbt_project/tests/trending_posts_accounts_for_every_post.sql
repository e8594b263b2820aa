-- Each window ranks as many posts as the lake has eligible ones, up to the number of ranks kept.
with eligible as (
    select
        count(*) filter (where content.created_at >= night.cut - interval '1' day) as posts_24h,
        count(*) filter (where content.created_at >= night.cut - interval '7' day) as posts_7d
    from {{ lake('content') }} as content
    cross join {{ ref('stg_night') }} as night
    where
        content.visibility = 'public'
        and content.type <> 'story'
        and content.created_at < night.cut
        and coalesce(content.deleted_at >= night.cut, true)
),

served as (
    select
        count(*) filter (where window_name = '24h') as posts_24h,
        count(*) filter (where window_name = '7d') as posts_7d
    from {{ ref('trending_posts') }}
)

select
    served.*,
    eligible.*
from served
cross join eligible
where
    served.posts_24h <> least(eligible.posts_24h, {{ var('ranks_kept') }})
    or served.posts_7d <> least(eligible.posts_7d, {{ var('ranks_kept') }})
