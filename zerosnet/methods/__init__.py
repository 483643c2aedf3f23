"""Linear multistep methods as exact, self-checking values, and the root condition decided exactly.

Here: the method, the named families, zero stability.  Uses: `files`.  Used by: the paper's tables,
the theory, the networks.
"""
