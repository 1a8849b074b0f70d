"""What the repository is: facts of its files, the graph between them, and answers that say how sure they are.

The lowest room of the house: it imports none of the others and never executes, imports or installs anything of the
repository that it reads.
"""
