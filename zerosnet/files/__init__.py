"""What every part of the suite needs to read and write files, and to speak to its user.

Here: the one kind of error, paths, YAML and JSON read strictly, files that are whole or not there,
checksums, progress.  Uses: nothing of the suite.  Used by: every other wing.
"""
