"""`python -m familiar_server` is the command `familiar`."""

from familiar_server.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
