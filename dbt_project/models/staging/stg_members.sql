select
    member_key,
    kind = 'person' as is_person,
    coalesce(zone, 'UTC') as zone,
    erased as is_erased,
    cast(created_at as date) as created_day
from {{ lake('members') }}
where created_at < (select cut from {{ ref('stg_night') }})
