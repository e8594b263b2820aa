with counted as (
    select
        day,
        count(*) filter (where name = 'content_posted') as posts,
        count(*) filter (where name = 'content_liked') as likes,
        count(*) filter (where name = 'content_commented') as comments,
        count(*) filter (where name = 'message_sent') as messages,
        count(*) filter (where name = 'member_followed') as follows
    from {{ ref('stg_events') }}
    group by day
),

joined as (
    select
        created_day as day,
        count(*) as new_members
    from {{ ref('stg_members') }}
    where is_person
    group by created_day
),

active_days as (
    select
        member_key,
        day,
        lead(day) over (partition by member_key order by day) as next_day
    from (select distinct member_key, day from {{ ref('int_active_days') }}) as distinct_days
),

active as (
    select
        day,
        count(*) as active_members
    from active_days
    group by day
),

-- A member active on a day counts in the trailing window for 7 (30) days from then, or until active again:
-- one step up and one step down, whose running sum is the number of distinct members in the window.
steps as (
    {%- for width in [7, 30] %}
    select day, {{ width }} as width, 1 as step from active_days
    union all
    select
        least({{ days_before('day', -width) }}, coalesce(next_day, {{ days_before('day', -width) }})) as day,
        {{ width }} as width,
        -1 as step
    from active_days
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

stepped as (
    select
        day,
        sum(step) filter (where width = 7) as step_7d,
        sum(step) filter (where width = 30) as step_30d
    from steps
    group by day
),

bounds as (
    select min(day) as first_day from (select day from counted union all select day from joined) as seen
),

spine as (
    select {{ days_between('bounds.first_day', 'night.as_of') }} as day
    from bounds
    cross join {{ ref('stg_night') }} as night
)

select
    spine.day,
    cast(coalesce(active.active_members, 0) as bigint) as active_members,
    cast(coalesce(sum(stepped.step_7d) over days_so_far, 0) as bigint) as active_members_7d,
    cast(coalesce(sum(stepped.step_30d) over days_so_far, 0) as bigint) as active_members_30d,
    cast(coalesce(joined.new_members, 0) as bigint) as new_members,
    cast(coalesce(counted.posts, 0) as bigint) as posts,
    cast(coalesce(counted.likes, 0) as bigint) as likes,
    cast(coalesce(counted.comments, 0) as bigint) as comments,
    cast(coalesce(counted.messages, 0) as bigint) as messages,
    cast(coalesce(counted.follows, 0) as bigint) as follows
from spine
left join counted on spine.day = counted.day
left join joined on spine.day = joined.day
left join active on spine.day = active.day
left join stepped on spine.day = stepped.day
window days_so_far as (order by spine.day rows between unbounded preceding and current row)
