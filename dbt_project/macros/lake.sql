{# Where a table of the lake is, for the engine at hand. Calling source() keeps the lineage. #}

{% macro lake(table) -%}
    {%- do source('lake', table) -%}
    {{- adapter.dispatch('lake', 'plaza')(table) -}}
{%- endmacro %}

{% macro lake_path() -%}
    {{- env_var('PLAZA_LAKE', 'var/lake') -}}
{%- endmacro %}

{% macro duckdb__lake(table) -%}
    read_parquet('{{ lake_path() }}/{{ table }}/*/*.parquet', hive_partitioning = false)
{%- endmacro %}

{% macro spark__lake(table) -%}
    parquet.`{{ lake_path() }}/{{ table }}`
{%- endmacro %}
