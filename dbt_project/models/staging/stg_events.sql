select
    event_id,
    name,
    actor_key,
    actor_kind,
    seconds,
    cast(occurred_at as date) as day,
    coalesce(local_day, cast(occurred_at as date)) as local_day
from {{ lake('events') }}
where occurred_at < (select cut from {{ ref('stg_night') }})
