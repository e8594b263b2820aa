with recent as (
    select
        span.window_name,
        content.content_id,
        content.author_key,
        content.created_at
    from {{ ref('stg_content') }} as content
    cross join {{ ref('stg_night') }} as night
    cross join (values ('24h', 1), ('7d', 7)) as span (window_name, days)
    where
        content.is_public
        and content.created_at >= night.cut - span.days * interval '1' day
),

fresh as (
    select distinct content_id, author_key from recent
),

likers as (
    select
        fresh.content_id,
        count(distinct likes.member_key) as likers
    from fresh
    inner join {{ ref('stg_likes') }} as likes on fresh.content_id = likes.content_id
    where likes.member_key <> fresh.author_key
    group by fresh.content_id
),

repliers as (
    select
        fresh.content_id,
        count(distinct comments.author_key) as repliers
    from fresh
    inner join {{ ref('stg_comments') }} as comments on fresh.content_id = comments.content_id
    where comments.author_key <> fresh.author_key
    group by fresh.content_id
),

scored as (
    select
        recent.window_name,
        recent.content_id,
        recent.author_key,
        coalesce(likers.likers, 0) as likers,
        coalesce(repliers.repliers, 0) as repliers,
        recent.created_at,
        {{ hot_score('coalesce(likers.likers, 0)', 'coalesce(repliers.repliers, 0)', 'recent.created_at') }} as score
    from recent
    left join likers on recent.content_id = likers.content_id
    left join repliers on recent.content_id = repliers.content_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by window_name
            order by score desc, created_at desc, content_id asc
        ) as position
    from scored
)

select
    cast(window_name as {{ dbt.type_string() }}) as window_name,
    cast(position as integer) as rank,
    content_id,
    author_key,
    cast(score as double) as score,
    cast(likers as bigint) as likers,
    cast(repliers as bigint) as repliers,
    cast(created_at as timestamp) as created_at
from ranked
where position <= {{ var('ranks_kept') }}
