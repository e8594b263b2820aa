select
    content_id,
    author_key,
    visibility = 'public' as is_public,
    created_at
from {{ lake('content') }}
cross join {{ ref('stg_night') }} as night
where
    type <> 'story'
    and created_at < night.cut
    and (deleted_at is null or deleted_at >= night.cut)
