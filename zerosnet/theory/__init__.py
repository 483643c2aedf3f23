"""The paper's theory, decided exactly: statements, regions of parameters, optimal methods."""
