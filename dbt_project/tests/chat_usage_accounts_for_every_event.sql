-- Every event of the lake before the cut is in exactly one day, and so is every second that was talked.
with raw_events as (
    select
        count(*) filter (where name = 'message_sent') as messages,
        count(*) filter (where name = 'room_message_sent') as room_messages,
        count(*) filter (where name = 'secret_message_sent') as sealed_messages,
        count(*) filter (where name = 'match_ended') as anonymous_talks,
        coalesce(sum(seconds) filter (where name = 'match_ended'), 0) as anonymous_talk_seconds
    from {{ lake('events') }}
    where occurred_at < (select cut from {{ ref('stg_night') }})
),

served as (
    select
        coalesce(sum(messages), 0) as messages,
        coalesce(sum(room_messages), 0) as room_messages,
        coalesce(sum(sealed_messages), 0) as sealed_messages,
        coalesce(sum(anonymous_talks), 0) as anonymous_talks,
        coalesce(sum(anonymous_talk_seconds), 0) as anonymous_talk_seconds
    from {{ ref('chat_usage') }}
)

select
    served.*,
    raw_events.*
from served
cross join raw_events
where
    served.messages <> raw_events.messages
    or served.room_messages <> raw_events.room_messages
    or served.sealed_messages <> raw_events.sealed_messages
    or served.anonymous_talks <> raw_events.anonymous_talks
    or served.anonymous_talk_seconds <> raw_events.anonymous_talk_seconds
