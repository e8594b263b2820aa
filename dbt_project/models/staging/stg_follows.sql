select
    follower_key,
    followed_key,
    created_at
from {{ lake('follows') }}
where created_at < (select cut from {{ ref('stg_night') }})
