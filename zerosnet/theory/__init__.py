"""The paper's theory, decided exactly: statements, regions of parameters, optimal methods.

Here also: the formulas of activated gradients and deformed losses.  Uses: `files`, `methods`,
`paper`; never torch.  Used by: the networks' counts, the training's recipe, the judges, the
reports.
"""
