"""``python -m kefu_encoder.train.reading``."""

import sys

from kefu_encoder.train.reading.command import main

sys.exit(main())
