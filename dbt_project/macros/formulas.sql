{# Formulas that have a name. Each is defined in models/metrics.md; nothing else repeats them. #}

{# The events by which a person is active on a day. Sharing, reviewing and checking in join the list with
   the features that emit them. Receiving something is never in it. #}
{% macro active_events() -%}
    (
        'member_logged_in', 'content_posted', 'content_commented', 'content_liked', 'story_posted',
        'story_liked', 'member_followed', 'message_sent', 'room_message_sent', 'partner_checked_in'
    )
{%- endmacro %}

{# The `hot` score of a post: log10(max(s, 1)) + (created - 2020-01-01T00:00Z) / 45000 s,
   s = distinct likers + 2 x distinct repliers. #}
{% macro hot_score(likers, repliers, created_at) -%}
    (
        log10(cast(greatest({{ likers }} + 2 * {{ repliers }}, 1) as double))
        + ({{ epoch_seconds(created_at) }} - 1577836800) / cast(45000 as double)
    )
{%- endmacro %}

{# The score that creators are ranked by. #}
{% macro creator_score(likes_received, comments_received, new_followers) -%}
    ({{ likes_received }} + 2 * {{ comments_received }} + 3 * {{ new_followers }})
{%- endmacro %}
