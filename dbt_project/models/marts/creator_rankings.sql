with receptions as (
    select content.author_key as member_key, 'like' as what, likes.created_at as at
    from {{ ref('stg_likes') }} as likes
    inner join {{ ref('stg_content') }} as content on likes.content_id = content.content_id
    where likes.member_key <> content.author_key

    union all

    select content.author_key as member_key, 'comment' as what, comments.created_at as at
    from {{ ref('stg_comments') }} as comments
    inner join {{ ref('stg_content') }} as content on comments.content_id = content.content_id
    where comments.author_key <> content.author_key

    union all

    select followed_key as member_key, 'follower' as what, created_at as at
    from {{ ref('stg_follows') }}

    union all

    select author_key as member_key, 'post' as what, created_at as at
    from {{ ref('stg_content') }}
),

-- Days before the cut from which a reception counts; null is from the beginning.
periods as (
    select
        span.period,
        night.cut - span.days * interval '1' day as since
    from {{ ref('stg_night') }} as night
    cross join (values ('day', 1), ('week', 7), ('month', 30), ('all', null)) as span (period, days)
),

counted as (
    select
        periods.period,
        receptions.member_key,
        count(*) filter (where what = 'like') as likes_received,
        count(*) filter (where what = 'comment') as comments_received,
        count(*) filter (where what = 'follower') as new_followers,
        count(*) filter (where what = 'post') as posts
    from receptions
    inner join periods on periods.since is null or receptions.at >= periods.since
    group by periods.period, receptions.member_key
),

scored as (
    select
        counted.*,
        {{ creator_score('likes_received', 'comments_received', 'new_followers') }} as score
    from counted
    inner join {{ ref('stg_members') }} as members on counted.member_key = members.member_key
    where members.is_person and not members.is_erased
)

select
    cast(period as {{ dbt.type_string() }}) as period,
    cast(row_number() over (
        partition by period
        order by score desc, likes_received desc, posts desc, member_key asc
    ) as integer) as rank,
    member_key,
    cast(score as bigint) as score,
    cast(likes_received as bigint) as likes_received,
    cast(comments_received as bigint) as comments_received,
    cast(new_followers as bigint) as new_followers,
    cast(posts as bigint) as posts
from scored
