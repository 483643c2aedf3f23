"""reports/explorer.html in a real browser: it decides as the Python side does, and fetches nothing.

Needs Chromium (Debian: ``apt-get install chromium``); skipped where there is none.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import PROJECT
from explored import explorer_html, runs_on_record

from zerosnet.commands.method import account_of
from zerosnet.experiments.rows import all_tables
from zerosnet.methods.families import ZEROSNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.paper.tables import COEFFICIENTS
from zerosnet.reporting.explorer_page import presets
from zerosnet.theory.family_tree import family_tree

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CHROMIUM = os.environ.get("ZEROSNET_BROWSER") or next(
    filter(None, map(shutil.which, _NAMES)), None
)
#: The class of the verdict's element → whether the method is zero-stable.
_VERDICTS = {"yes": True, "no": False, "": None}
pytestmark = [
    pytest.mark.skipif(
        _CHROMIUM is None,
        reason="no Chromium here: `apt-get install chromium`, or name it in ZEROSNET_BROWSER",
    ),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    # Chromium refuses its sandbox to root, as in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page at its place in a project, beside the records."""
    reports = tmp_path_factory.mktemp("project") / "reports"
    reports.mkdir()
    (reports.parent / "results").symlink_to(PROJECT / "results")
    (reports / "explorer.html").write_text(explorer_html(runs_on_record()), encoding="utf-8")
    return reports / "explorer.html"


class Opened:
    """A page, with all that it fetched and complained of."""

    def __init__(self, browser, file, **context):
        self.complaints, self.requests = [], []
        self.page = browser.new_context(**context).new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())

    def type(self, field, text):
        self.page.fill(f"#{field}", text)

    def slide(self, label, value):
        self.verdicts(label, [value])

    def verdicts(self, label, values):
        """The verdict at each place of a slider."""
        classes = self.page.get_by_label(label, exact=True).first.evaluate(
            """(slider, values) => values.map(to => {
                slider.value = to;
                slider.dispatchEvent(new Event("input"));
                return document.getElementById("verdict").getAttribute("class") || "";
            })""",
            [str(value) for value in values],
        )
        return [_VERDICTS[name] for name in classes]

    @property
    def verdict(self):
        return _VERDICTS[self.page.locator("#verdict").get_attribute("class") or ""]

    def account(self, name):
        row = self.page.locator("#account tr", has=self.page.locator(f"th:text-is('{name}')"))
        return row.locator("td").text_content()


@pytest.fixture(params=[1200, 390])
def opened(browser, file, request):
    """The page at two widths; after the test it has fetched nothing and complained of nothing."""
    one = Opened(browser, file, viewport={"width": request.param, "height": 900})
    yield one
    assert one.complaints == []
    assert [url.partition("#")[0] for url in one.requests] == [file.as_uri()]
    one.page.context.close()


def drawn_methods(count):
    """Methods made of roots, many of them on the unit circle or double, and of plain fractions."""
    draw = random.Random(24)
    on_circle = [(-1, 1), (1, 1), (1, 0, 1), (1, 1, 1), (1, Fraction(-6, 5), 1)]
    for _ in range(count):
        if draw.random() < 0.3:
            alphas = [Fraction(draw.randint(-9, 9), draw.randint(1, 5)) for _ in range(3)]
        else:
            polynomial = [Fraction(1)]
            while len(polynomial) < draw.randint(2, 5):
                root = Fraction(draw.randint(-9, 9), draw.randint(5, 9))
                factor = draw.choice([*on_circle, (-root, 1), (root * root, 0, 1)])
                product = [Fraction(0)] * (len(polynomial) + len(factor) - 1)
                for i, a in enumerate(polynomial):
                    for j, b in enumerate(factor):
                        product[i + j] += a * b
                polynomial = product
            alphas = [-c for c in reversed(polynomial[:-1])]
        yield LinearMultistep(alphas, Fraction(draw.randint(-6, 6), draw.randint(1, 4)))


def preset_methods():
    tables = all_tables(PROJECT)
    groups = presets(tables, family_tree(tables[COEFFICIENTS]))
    for numbers in dict.fromkeys(numbers for _, group in groups for _, numbers in group):
        *alphas, beta = numbers.split()
        yield LinearMultistep(alphas, beta)


def test_methods_are_judged_as_by_the_python_side(browser, file):
    methods = [*preset_methods(), *drawn_methods(80)]
    assert len(methods) > 100
    expected = [account_of(method) for method in methods]
    # Nothing is learnt from methods that are all alike.
    for decision in ("zero_stable", "strongly_zero_stable", "consistent"):
        assert {entry[decision] for entry in expected} == {True, False}
    one = Opened(browser, file)
    found = one.page.evaluate(
        """methods => methods.map(([alphas, beta]) => {
            const a = accountOf(alphas.map(fraction), fraction(beta));
            return {...a, alphas: a.alphas.map(String), beta: String(a.beta),
                    errorConstant: a.errorConstant && String(a.errorConstant)};
        })""",
        [[entry["alphas"], entry["beta"]] for entry in expected],
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert ours["alphas"] == theirs["alphas"]
        assert ours["stable"] == theirs["zero_stable"], theirs
        assert ours["strong"] == theirs["strongly_zero_stable"], theirs
        assert ("multiple" in ours["reason"]) == ("multiple" in theirs["reason"]), theirs
        assert ours["order"] == theirs["order"], theirs
        assert ours["errorConstant"] == theirs["error_constant"], theirs
        moduli = sorted((r["modulus"], r["times"]) for r in ours["roots"])
        wanted = sorted((r["modulus"], r["multiplicity"]) for r in theirs["roots"])
        assert [times for _, times in moduli] == [times for _, times in wanted], theirs
        assert [m for m, _ in moduli] == pytest.approx([m for m, _ in wanted], abs=1e-9)
        if theirs["parasitic_radius"] is None:
            assert ours["parasitic"] is None
        else:
            assert ours["parasitic"] == pytest.approx(theirs["parasitic_radius"], abs=1e-9)


def long_methods():
    """Methods whose remainders, or whose powers of a root, once were too long for the page."""
    decimals = [Fraction(37 * i % 100, 5000) for i in range(32)]
    yield LinearMultistep(decimals, 1)
    yield LinearMultistep([f"{(37 * i % 100) / 10000}" for i in range(64)], 1)
    yield LinearMultistep(["1e100"] * 16, 1)
    yield LinearMultistep(["1", "1e-300"], "1e-300")


def test_long_methods_are_judged_at_once_and_alike(browser, file):
    methods = list(long_methods())
    one = Opened(browser, file)
    one.page.set_default_timeout(30_000)
    for method in methods:
        theirs = account_of(method)
        started = time.monotonic()
        ours = one.page.evaluate(
            """([alphas, beta]) => accountOf(alphas.map(fraction), fraction(beta))""",
            [theirs["alphas"], theirs["beta"]],
        )
        assert time.monotonic() - started < 20  # minutes before; a slow machine has its time
        assert ours["stable"] == theirs["zero_stable"]
        moduli = sorted(root["modulus"] for root in ours["roots"])
        wanted = sorted(root["modulus"] for root in theirs["roots"])
        assert moduli == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_a_tiny_number_keeps_its_place_in_the_picture(opened):
    opened.page.evaluate("location.hash = '1,1e-300'")
    opened.page.wait_for_function("document.getElementById('growth').ariaLabel.includes('-300')")
    assert opened.verdict is True
    link = opened.page.get_attribute("#here", "href")
    opened.page.evaluate("link => { location.hash = link; }", link)
    assert opened.page.locator("#problem").text_content() == ""
    opened.requests.clear()
    opened.requests.append(opened.page.url)


def test_coefficients_are_added_and_taken_away(opened):
    opened.page.select_option("#preset", "1 1")
    opened.page.click("#more")
    assert opened.account("coefficients") == "(1; 1)"  # a last coefficient 0 is none
    opened.type("n1", "-1/4")
    assert opened.account("coefficients") == "(1, -1/4; 1)"
    assert opened.page.input_value("#preset") == ""  # it is another method by now
    opened.page.click("#fewer")
    assert opened.account("coefficients") == "(1; 1)"
    opened.page.click("#fewer")
    assert opened.account("coefficients") == "(1; 1)"


def test_sliding_lambda_changes_the_verdict_at_minus_one_and_a_third_alone(opened):
    step = 1 if opened.page.viewport_size["width"] > 400 else 25
    values = [Fraction(hundredth, 100) for hundredth in range(-400, 401, step)]
    found = dict(zip(values, opened.verdicts("λ", map(float, values)), strict=True))
    assert found[Fraction(0)] is None  # no method there
    for value, verdict in found.items():
        if value:
            assert verdict == is_zero_stable(ZEROSNET.at(value)), value
    for where, stable in (
        ("-1", True), ("-1.000000000000000000000001", True), ("-0.999999999999999999999999", False),
        ("1/3", False), ("0.333333333333333333333333", False), ("0.333333333333333333333334", True),
    ):  # fmt: skip
        opened.type("n0", where)
        assert opened.verdict == stable == is_zero_stable(ZEROSNET.at(where)), where


def test_a_method_of_the_paper_is_chosen_and_its_coefficients_changed(opened):
    opened.page.select_option("#preset", "-3 5 -1 4")
    assert opened.verdict is False
    assert opened.account("moduli of the roots") == "4.2361, 1.0000, 0.2361"
    assert (opened.account("order"), opened.account("error constant")) == ("2", "-1/12")
    for field, text in zip(("n0", "n1", "n2", "n3"), ("1/3", "5/9", "1/9", "16/9"), strict=True):
        opened.type(field, text)
    assert opened.verdict is True
    assert opened.account("error constant") == "11/48"
    opened.slide("α₀", "2")
    assert opened.account("coefficients") == "(2, 5/9, 1/9; 16/9)"


def test_the_gauge_moves_roots_and_ring_sideways_alone(opened):
    opened.page.select_option("#preset", "2 1")
    ring = opened.page.locator("#ring")
    x, y = ring.get_attribute("cx"), ring.get_attribute("cy")
    opened.type("c", "2")
    assert opened.account("in gauge c") == "α = (1), βₙ = 1 · c⁻ⁿ⁻¹: zero-stable (strongly)"
    assert opened.verdict is False  # the method itself is what it was
    assert float(ring.get_attribute("cx")) < float(x)
    assert float(ring.get_attribute("cy")) == pytest.approx(float(y), abs=1e-9)
    opened.page.click("#reset")
    assert ring.get_attribute("cx") == x
    opened.page.select_option("#preset", "1 1 1 1")
    opened.page.click("#unit")
    assert opened.account("in gauge c").endswith("zero-stable (strongly)")


@pytest.mark.parametrize(
    "text", ["", "one", "1/0", "1e9999", "1/2/3", "--1", "<b>", "0x10", "1_0", "1 1/2"]
)
def test_what_is_no_number_is_said_and_harmless(opened, text):
    opened.type("n0", text)
    assert opened.page.locator("#problem").text_content() != ""
    assert opened.verdict is None
    # Nothing on the page is of the method before.
    assert opened.page.locator("#roots *, #growth *, #measured *").count() == 0
    assert opened.page.get_attribute("#here", "href") is None
    opened.page.click("#unit")
    assert opened.verdict is None
    opened.type("n0", "-9/5")
    assert opened.page.locator("#problem").text_content() == ""
    assert opened.verdict is True
    opened.type("c", "-1")
    assert "above 0" in opened.page.locator("#problem").text_content()


def test_a_network_is_reached_by_keyboard_and_names_its_records(opened, file):
    opened.page.focus("#condition")
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.classList.contains('dot')")
    label = opened.page.evaluate("document.activeElement.getAttribute('aria-label')")
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.getAttribute('aria-label')") == label
    said = opened.page.locator("#point")
    assert label.rpartition(":")[0] in said.text_content()
    assert opened.account("coefficients") in label
    links = said.locator("a").all()
    assert links
    for link in links:
        assert (file.parent / link.get_attribute("href")).resolve().exists()


def test_the_list_says_the_same_as_the_picture(opened):
    for condition in range(opened.page.locator("#condition option").count()):
        opened.page.select_option("#condition", str(condition))
        dots = opened.page.locator(".dot").count()
        assert dots == opened.page.locator("#list tbody tr").count() >= 3
        places = opened.page.locator(".dot").evaluate_all(
            "dots => dots.map(d => [d.cx.baseVal.value, d.cy.baseVal.value])"
        )
        apart = [abs(complex(*a) - complex(*b)) for i, a in enumerate(places) for b in places[:i]]
        assert min(apart) > 13  # no network hides another


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"media": "print"}], ids=str)
def test_nothing_lies_beyond_the_edge(opened, media):
    opened.page.emulate_media(**media)
    for numbers in ("1 1", "3/7 22/49 38/343 27/2401 1/2401 4096/2401", "-3 5 -1 4"):
        opened.page.select_option("#preset", numbers)
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_runs_there_is_no_scale_of_accuracies(browser, tmp_path):
    page = tmp_path / "explorer.html"
    page.write_text(explorer_html([]), encoding="utf-8")
    one = Opened(browser, page)
    assert one.verdict is True
    assert "Infinity" not in one.page.locator("#measured").text_content()
    assert one.complaints == []


def test_an_address_names_a_method(browser, file):
    one = Opened(browser, Path(f"{file}"))
    one.page.goto(f"{file.as_uri()}#2,1@2")
    assert one.verdict is False
    assert one.account("in gauge c").startswith("α = (1)")
    assert one.page.get_attribute("#here", "href") == "#2,1@2"
    one.page.goto(f"{file.as_uri()}#%")
    assert one.page.locator("#problem").text_content() != ""
    assert one.complaints == []


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("1,1@1e309", "the gauge c is too large or too small"),
        ("1,1@1e-400", "the gauge c is too large or too small"),
        ("1e309,1", "a number is too large"),
        ("5", "no coefficient given"),
        (",".join(["1/70"] * 66), "too many steps"),
    ],
)
def test_what_no_picture_can_show_is_said(opened, address, problem):
    """Pictures that were drawn all the same hung the page."""
    opened.requests.clear()
    opened.page.evaluate("address => { location.hash = address; }", address)
    opened.page.wait_for_function("document.getElementById('problem').textContent !== ''")
    assert problem in opened.page.locator("#problem").text_content()
    assert opened.verdict is None
    opened.requests.append(opened.page.url)


def test_the_growth_is_said_of_the_last_block(opened):
    opened.page.select_option("#preset", "0 1")
    assert "After 30 blocks: perturbation 0," in opened.page.get_attribute("#growth", "aria-label")


def test_the_gauge_of_the_largest_modulus_is_not_too_small(opened):
    """The next ten-thousandth by the float is 1 here, whose partner is not zero-stable."""
    opened.page.select_option("#preset", "1 1")
    opened.type("n0", "1.00000000005")
    assert opened.verdict is False
    opened.page.click("#unit")
    assert opened.page.input_value("#c") == "1.0001"
    assert opened.account("in gauge c").endswith("zero-stable (strongly)")


def test_the_gauge_turns_both_lines_together(opened):
    """A weight stands at the state that its block adds to: α = β = 1 makes one line of two."""
    opened.page.select_option("#preset", "1 1")
    for c in ("1", "2", "1/2"):
        opened.type("c", c)
        state, weight = (
            opened.page.get_attribute(f"#growth path.{name}", "d") for name in ("state", "weight")
        )
        assert weight.removeprefix("M").split("L") == state.removeprefix("M").split("L")[1:]
