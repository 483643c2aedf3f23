"""``python -m zerosnet method``: what the theory says of a method, for people and as JSON."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from zerosnet.commands.shared import in_json, json_argument
from zerosnet.files.errors import SuiteError

if TYPE_CHECKING:
    from zerosnet.methods.multistep import LinearMultistep

#: Option → family of methods that it gives the parameter of.
_FAMILY_OPTIONS = {"alpha": "euler", "k": "lm-printed", "lambda": "zerosnet"}


def add_parser(commands: Any) -> None:
    """Add the command ``method`` to the command line."""
    parser = commands.add_parser(
        "method",
        help="order, roots and zero stability of a method",
        description="Give coefficients (method 1/3 5/9 1/9 --beta 16/9), a family's parameter, or "
        "a name.  Fractions and decimals are read exactly.",
    )
    method_arguments(parser)
    parser.add_argument("--gauge", metavar="c", help="and its gauge partner: roots divided by c")
    json_argument(parser)
    parser.set_defaults(func=_method)


def method_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the ways of naming a method."""
    # Lets argparse take "-1/3" for a number rather than for an option.
    parser._negative_number_matcher = re.compile(r"^-[\d.]")
    parser.add_argument("alphas", nargs="*", metavar="ALPHA", help="α₀ α₁ … of eq. (2)")
    parser.add_argument("--beta", action=_Once, help="β of eq. (2); needed with coefficients")
    parser.add_argument(
        "--lambda", dest="lambda_", action=_Once, metavar="λ", help="ZeroSNet, eq. (10)"
    )
    parser.add_argument("--k", action=_Once, metavar="k", help="LM, eq. (8) as printed")
    parser.add_argument("--alpha", action=_Once, metavar="α", help="Euler with a weight, eq. (7)")
    parser.add_argument("--name", action=_Once, help="preresnet, zerosnet-opt, leapfrog, revnet")


class _Once(argparse.Action):
    """An option that is given once: of two, the first would be lost without a word."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            raise SuiteError(
                f"{option_string} is given twice; several coefficients stand before the options, "
                "as in `method 4/3 -1/3 --beta 2/3`"
            )
        setattr(namespace, self.dest, values)


def _method(arguments: argparse.Namespace) -> int:
    method = chosen_method(arguments)
    account = account_of(method)
    if arguments.gauge is not None:
        account["gauge"] = gauge_of(method, arguments.gauge)
    if arguments.json:
        print(in_json(account))
    else:
        print(as_text(account))
    return 0


def chosen_method(arguments: argparse.Namespace) -> LinearMultistep:
    """The method that a person names.

    Raises:
        SuiteError: none or several are named, or a coefficient is no number.
    """
    from zerosnet.methods.families import FAMILIES, method_named
    from zerosnet.methods.multistep import LinearMultistep, exact

    given = {
        "alpha": arguments.alpha,
        "k": arguments.k,
        "lambda": arguments.lambda_,
        "name": arguments.name,
        "coefficients": arguments.alphas or None,
    }
    ways = [way for way, value in given.items() if value is not None]
    if len(ways) != 1:
        raise SuiteError(
            f"{len(ways) or 'no'} methods are named: give one, as coefficients with --beta or by "
            "--lambda, --k, --alpha or --name"
        )
    (way,) = ways
    if way == "coefficients":
        if arguments.beta is None:
            for i, alpha in enumerate(arguments.alphas):
                exact(alpha, f"α{i}")  # what is no number is the nearer mistake
            raise SuiteError("β is missing: add --beta, such as --beta 16/9")
        return LinearMultistep(arguments.alphas, arguments.beta)
    if arguments.beta is not None:
        raise SuiteError(f"--beta goes with coefficients, not with --{way}")
    if way == "name":
        return method_named(arguments.name)
    return FAMILIES[_FAMILY_OPTIONS[way]].at(given[way])


def account_of(method: LinearMultistep) -> dict[str, Any]:
    """Everything that the theory says of a method, JSON-able; fractions as text."""
    from zerosnet.methods.families import FAMILIES, NAMED
    from zerosnet.methods.stability import (
        parasitic_radius,
        polynomial_text,
        root_condition,
        roots_of,
    )

    condition = root_condition(method)
    constant = method.error_constant
    reproduces_constants = sum(method.alphas) == 1
    members = {
        f"{family.title} ({family.source})": f"{family.symbol} = {value}"
        for family in FAMILIES.values()
        if (value := family.parameter_of(method)) is not None
    }
    return {
        "alphas": [str(alpha) for alpha in method.alphas],
        "beta": str(method.beta),
        "steps": method.steps,
        "names": [named.name for named in NAMED.values() if named == method],
        "families": members,
        "characteristic_polynomial": polynomial_text(method.characteristic_polynomial),
        "factors": [{"factor": str(factor), "place": factor.place} for factor in condition.factors],
        "roots": [
            {
                "re": round(root.value.real, 12),
                "im": round(root.value.imag, 12),
                "modulus": round(root.modulus, 12),
                "multiplicity": root.multiplicity,
            }
            for root in roots_of(method.characteristic_polynomial)
        ],
        "zero_stable": condition.holds,
        "strongly_zero_stable": condition.is_strong,
        "reason": condition.reason,
        "parasitic_radius": round(parasitic_radius(method), 12) if reproduces_constants else None,
        "paper": _in_the_paper(method),
        "consistent": method.is_consistent,
        "order": method.order,
        "error_constant": None if constant is None else str(constant),
    }


def gauge_of(method: LinearMultistep, c: str) -> dict[str, Any]:
    """The partner of a method that makes the same pre-activated network, JSON-able.

    Raises:
        SuiteError: c is no number above 0.
    """
    from zerosnet.methods.multistep import exact
    from zerosnet.methods.stability import root_condition
    from zerosnet.theory.gauge import gauge_partner

    partner = gauge_partner(method, c)
    condition = root_condition(partner)
    return {
        "c": str(exact(c, "c")),
        "alphas": [str(alpha) for alpha in partner.alphas],
        "beta": str(partner.beta),
        "branch_growth": str(1 / exact(c, "c")),
        "zero_stable": condition.holds,
        "reason": condition.reason,
    }


def _in_the_paper(method: LinearMultistep) -> list[str]:
    """Where the paper speaks of a method, and what it says; nothing outside a checkout."""
    from zerosnet.files.paths import paper_folder, project_root
    from zerosnet.methods.families import EULER, LM_PRINTED
    from zerosnet.paper.tables import (
        COEFFICIENTS,
        TABLE_1,
        TABLE_2,
        load_tables,
        method_of_row,
        moduli_of,
    )

    try:
        root = project_root()
    except SuiteError:
        return []
    tables = load_tables(paper_folder(root) / "tables")
    said = []
    for row in tables[COEFFICIENTS].rows:
        if method_of_row(row) == method:
            moduli = ", ".join(moduli_of(row))
            said.append(f"table 10: moduli {moduli}, zero-stable: {row['zero_stable_paper']}")
    for name, number, family, column in (
        (TABLE_1, 1, EULER, "alpha"),
        (TABLE_2, 2, LM_PRINTED, "k"),
    ):
        said += [
            f"table {number}: {family.symbol} = {row[column]}, zero-stable: "
            f"{row['zero_stable_paper']}, {row['test_acc_mean_pct']} % on {row['dataset']}"
            for row in tables[name].rows
            if family.at(row[column]) == method
        ]
    return said


def as_text(account: dict[str, Any]) -> str:
    """The account for people."""
    title = ", ".join(account["names"]) or "method"
    coefficients = ", ".join(account["alphas"])
    lines = [
        f"{title}: α = ({coefficients}), β = {account['beta']}, {account['steps']} step(s)",
        *(f"  member of {family}: {value}" for family, value in account["families"].items()),
        f"characteristic polynomial  {account['characteristic_polynomial']}",
        f"  = {' · '.join(f['factor'] for f in account['factors'])} (up to a constant)",
        "roots",
    ]
    for root in account["roots"]:
        imaginary = (
            f" {'−' if root['im'] < 0 else '+'} {abs(root['im']):.4f}i" if root["im"] else ""
        )
        times = f", {root['multiplicity']} times" if root["multiplicity"] > 1 else ""
        value = f"{root['re']:.4f}{imaginary}"
        lines.append(f"  {value:20} modulus {root['modulus']:.4f}{times}")
    stable = "yes" if account["zero_stable"] else "no"
    strong = " (strongly)" if account["strongly_zero_stable"] else ""
    lines.append(f"zero-stable   {stable}{strong}: {account['reason']}")
    if account["parasitic_radius"] is not None:
        lines.append(f"parasitic     largest modulus {account['parasitic_radius']:.4f}")
    lines += [f"the paper     {said}" for said in account["paper"]]
    if account["consistent"]:
        constant = account["error_constant"]
        lines.append(
            f"consistent    yes, order {account['order']}"
            + (f", error constant {constant}" if constant else "")
        )
    else:
        lines.append("consistent    no: its limit, if it has one, solves another equation")
    if partner := account.get("gauge"):
        stable = "zero-stable in it" if partner["zero_stable"] else "not zero-stable in it"
        lines += [
            f"gauge         c = {partner['c']}: α = ({', '.join(partner['alphas'])}), the n-th "
            f"block’s branch weighed by {partner['beta']} · ({partner['branch_growth']})^(n+1)",
            f"              the same pre-activated network, {stable} ({partner['reason']})",
        ]
    return "\n".join(lines)
