select distinct
    actor_key as member_key,
    day,
    local_day
from {{ ref('stg_events') }}
where
    actor_kind = 'person'
    and name in {{ active_events() }}
