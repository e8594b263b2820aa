select
    content_id,
    member_key,
    created_at
from {{ lake('likes') }}
where created_at < (select cut from {{ ref('stg_night') }})
