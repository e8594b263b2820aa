with counted as (
    select
        day,
        count(*) filter (where name = 'room_message_sent') as room_messages,
        count(*) filter (where name = 'secret_message_sent') as sealed_messages,
        count(*) filter (where name = 'match_ended') as anonymous_talks,
        sum(seconds) filter (where name = 'match_ended') as anonymous_talk_seconds
    from {{ ref('stg_events') }}
    where name in ('room_message_sent', 'secret_message_sent', 'match_ended')
    group by day
)

select
    metrics.day,
    metrics.messages,
    cast(coalesce(counted.room_messages, 0) as bigint) as room_messages,
    cast(coalesce(counted.sealed_messages, 0) as bigint) as sealed_messages,
    cast(coalesce(counted.anonymous_talks, 0) as bigint) as anonymous_talks,
    cast(coalesce(counted.anonymous_talk_seconds, 0) as bigint) as anonymous_talk_seconds,
    cast(counted.anonymous_talk_seconds as double) / nullif(counted.anonymous_talks, 0)
        as anonymous_talk_mean_seconds
from {{ ref('daily_metrics') }} as metrics
left join counted on metrics.day = counted.day
