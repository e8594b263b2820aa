select
    as_of,
    cut
from {{ lake('night') }}
