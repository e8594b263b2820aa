{# What DuckDB and Spark say differently. Models use these and otherwise stay in the SQL both understand. #}

{# Seconds since 1970-01-01T00:00Z of a UTC timestamp, with its fraction. #}
{% macro epoch_seconds(moment) -%}
    {{- adapter.dispatch('epoch_seconds', 'plaza')(moment) -}}
{%- endmacro %}

{% macro duckdb__epoch_seconds(moment) -%} epoch({{ moment }}) {%- endmacro %}

{% macro spark__epoch_seconds(moment) -%}
    (unix_micros(cast({{ moment }} as timestamp)) / 1000000.0d)
{%- endmacro %}


{# `count` days before a date. #}
{% macro days_before(day, count) -%}
    {{- adapter.dispatch('days_before', 'plaza')(day, count) -}}
{%- endmacro %}

{% macro duckdb__days_before(day, count) -%} ({{ day }} - cast({{ count }} as integer)) {%- endmacro %}

{% macro spark__days_before(day, count) -%} date_sub({{ day }}, cast({{ count }} as int)) {%- endmacro %}


{# The calendar day that a UTC timestamp falls on in an IANA time zone. #}
{% macro local_date(moment, zone) -%}
    {{- adapter.dispatch('local_date', 'plaza')(moment, zone) -}}
{%- endmacro %}

{% macro duckdb__local_date(moment, zone) -%}
    cast(timezone({{ zone }}, timezone('UTC', {{ moment }})) as date)
{%- endmacro %}

{% macro spark__local_date(moment, zone) -%}
    cast(from_utc_timestamp(cast({{ moment }} as timestamp), {{ zone }}) as date)
{%- endmacro %}


{# Rows `day` from one date to another, both included; no rows when either is null. #}
{% macro days_between(first_day, last_day) -%}
    {{- adapter.dispatch('days_between', 'plaza')(first_day, last_day) -}}
{%- endmacro %}

{% macro duckdb__days_between(first_day, last_day) -%}
    cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__days_between(first_day, last_day) -%}
    explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day))
{%- endmacro %}
