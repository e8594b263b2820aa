select
    comment_id,
    content_id,
    author_key,
    created_at
from {{ lake('comments') }}
cross join {{ ref('stg_night') }} as night
where
    created_at < night.cut
    and (deleted_at is null or deleted_at >= night.cut)
