"""The batch side of Athena: whole results as Arrow tables, for functions that rewrite the lake.

awswrangler takes two seconds to import, so nothing on the API path may import this module's caller.
"""

from typing import TYPE_CHECKING

from chalicelib.aws.literals import bind_literals
from chalicelib.kit.settings import Settings
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope

if TYPE_CHECKING:
    import pyarrow


class AthenaBatch:
    """Reads what is too large for Engine.run: Athena writes Parquet (UNLOAD), which is then read
    side by side."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, team: Scope, statement: Statement) -> "pyarrow.Table":
        """The rows of a statement, in no promised order; without rows it has no columns either.

        Raises awswrangler.exceptions.QueryFailed.
        """
        import awswrangler
        import boto3
        import pyarrow

        try:
            frame = awswrangler.athena.read_sql_query(
                bind_literals(statement),
                database=self._settings.database,
                workgroup=self._settings.workgroup,
                ctas_approach=False,
                unload_approach=True,
                s3_output=f"s3://{self._settings.results_bucket}/batch/{team}/",
                dtype_backend="pyarrow",
                boto3_session=boto3.Session(region_name=self._settings.region),
            )
        except awswrangler.exceptions.EmptyDataFrame:
            return pyarrow.table({})
        return pyarrow.Table.from_pandas(frame, preserve_index=False)
