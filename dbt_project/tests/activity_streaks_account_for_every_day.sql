-- The active days of all members together are the distinct member days of the lake.
with raw as (
    select count(*) as active_days
    from (
        select distinct
            events.actor_key,
            coalesce(events.local_day, cast(events.occurred_at as date)) as local_day
        from {{ lake('events') }} as events
        inner join {{ lake('members') }} as members on events.actor_key = members.member_key
        cross join {{ ref('stg_night') }} as night
        where
            members.kind = 'person'
            and not members.erased
            and members.created_at < night.cut
            and events.occurred_at < night.cut
            and events.name in {{ active_events() }}
    ) as days
),

served as (
    select
        coalesce(sum(active_days), 0) as active_days,
        count(*) filter (where current_streak > longest_streak) as impossible_streaks
    from {{ ref('activity_streaks') }}
)

select
    served.*,
    raw.active_days as raw_active_days
from served
cross join raw
where served.active_days <> raw.active_days or served.impossible_streaks > 0
