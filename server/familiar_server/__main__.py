"""`python -m familiar_server` is `familiar`."""

from familiar_server.cli import main

raise SystemExit(main())
