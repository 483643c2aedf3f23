"""The command line, a file a group of commands.

Uses: every wing.  Used by: ``python -m zerosnet``.
"""
