-- As many rows as days from the first to the last, and no window smaller than the day itself.
select *
from (
    select
        count(*) as days,
        min(day) as first_day,
        max(day) as last_day,
        count(*) filter (
            where active_members > active_members_7d or active_members_7d > active_members_30d
        ) as impossible_days
    from {{ ref('daily_metrics') }}
) as spine
where
    days <> {{ dbt.datediff('first_day', 'last_day', 'day') }} + 1
    or impossible_days > 0
