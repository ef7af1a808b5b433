"""`python -m slrt`: the command line."""

from slrt.cli import main

main()
