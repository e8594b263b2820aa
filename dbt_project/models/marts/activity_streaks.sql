-- Consecutive days minus their row number give one and the same date: the name of their island.
with numbered as (
    select
        member_key,
        local_day,
        {{ days_before('local_day', 'row_number() over (partition by member_key order by local_day)') }} as island
    from (select distinct member_key, local_day from {{ ref('int_active_days') }}) as days
),

islands as (
    select
        member_key,
        count(*) as length,
        max(local_day) as last_day
    from numbered
    group by member_key, island
),

summed as (
    select
        member_key,
        max_by(length, last_day) as latest_length,
        max(length) as longest_length,
        max(last_day) as last_active_day,
        sum(length) as active_days
    from islands
    group by member_key
)

select
    summed.member_key,
    -- The streak stands until a whole local day has passed without activity; "today" is the local day of
    -- the last moment before the cut.
    cast(case
        when
            summed.last_active_day
            >= {{ days_before(local_date("night.cut - interval '1' second", 'members.zone'), 1) }}
            then summed.latest_length
        else 0
    end as integer) as current_streak,
    cast(summed.longest_length as integer) as longest_streak,
    summed.last_active_day,
    cast(summed.active_days as integer) as active_days
from summed
inner join {{ ref('stg_members') }} as members on summed.member_key = members.member_key
cross join {{ ref('stg_night') }} as night
where members.is_person and not members.is_erased
