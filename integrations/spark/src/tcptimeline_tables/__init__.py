"""Snapshots and captures of many hosts, read by tcptimeline on a Spark cluster, as Parquet tables."""

from .tables import TABLES, rows
from .work import Work, find_work

__all__ = ["TABLES", "Work", "find_work", "rows"]
__version__ = "0.2.0"
