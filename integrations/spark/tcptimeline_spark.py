"""What spark-submit runs: `spark-submit tcptimeline_spark.py INPUT... -o OUT`.

Without the package installed, the folder beside this file is used, on the driver and, as an archive, on
the executors.
"""

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "src"

try:
    import tcptimeline_tables  # noqa: F401
except ImportError:
    sys.path.insert(0, str(SOURCE))

from tcptimeline_tables.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
