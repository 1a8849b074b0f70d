"""`python -m familiar_completion.training` is `familiar model train`."""

import sys

from familiar_completion.training.recipe import main

sys.exit(main())
