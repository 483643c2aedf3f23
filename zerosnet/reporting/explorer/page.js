// What stands on the page and what moves it.  DATA comes from the suite: presets and runs.

const DATA = /*{data}*/;
const by = (id) => document.getElementById(id);

// The families of methods.py, by the same formulas; `whatIs` lists the numbers that one sets.
const FAMILIES = {
  zerosnet: { title: "λ of ZeroSNet, eq. (10)", symbol: "λ", low: -4, high: 4, start: "-9/5", at(x) {
    if (x.isZero) throw new Error("λ = 0: ZeroSNet has no method there");
    const more = ONE.plus(x), four = x.times(whole(4));
    return [more.times(whole(3)).over(four), whole(-1).over(x), more.over(four),
      x.times(whole(3)).minus(ONE).over(x.times(whole(2)))];
  } },
  "lm-printed": { title: "k of LM-ResNet, β = 2k + 1 as printed in eq. (8)", symbol: "k", low: -2, high: 2, start: "-1/2",
    at: (k) => [ONE.minus(k), k, k.times(whole(2)).plus(ONE)] },
  "lm-consistent": { title: "k of LM-ResNet, β = 1 + k", symbol: "k", low: -2, high: 2, start: "-1/2",
    at: (k) => [ONE.minus(k), k, ONE.plus(k)] },
  lm: { title: "k of LM-ResNet, β = 1", symbol: "k", low: -2, high: 2, start: "1/2", at: (k) => [ONE.minus(k), k, ONE] },
  euler: { title: "α of PreResNet, eq. (7)", symbol: "α", low: -1, high: 3, start: "1", at: (a) => [a, ONE] },
};

/** Numbers of a method: as many as `python -m zerosnet method` takes, 64 steps and β. */
const MOST = 65;

/** The page's state: what was typed, and what it means. */
const state = { family: "zerosnet", typed: ["-9/5"], c: "1" };

const coefficients = () => {
  const numbers = state.typed.map(fraction);
  const found = state.family === "coefficients" ? numbers : FAMILIES[state.family].at(numbers[0]);
  if (found.length < 2) throw new Error("no coefficient given: a method needs at least α₀ and β");
  if (found.length > MOST) throw new Error(`too many steps for this page: ${MOST - 1} at most`);
  if (found.some((x) => x.abs().exceeds(LARGEST))) throw new Error("a number is too large for this page");
  return found;
};

function gauge() {
  const c = fraction(state.c);
  if (!c.exceeds(ZERO)) throw new Error("the gauge c is a number above 0");
  if (c.exceeds(LARGEST) || ONE.over(c).exceeds(LARGEST)) throw new Error("the gauge c is too large or too small");
  return c;
}

/** Sliders and fields for the numbers of the family; each pair shows one number. */
function layOut() {
  const { symbol, low, high } = FAMILIES[state.family] ?? {};
  const steps = state.typed.length - 1, digits = "₀₁₂₃₄₅₆₇₈₉";
  const names = symbol ? [symbol] : [...Array.from({ length: steps }, (_, i) => `α${[...String(i)].map((d) => digits[d]).join("")}`), "β"];
  by("sliders").replaceChildren(...names.map((name, i) => {
    const row = document.createElement("div");
    row.className = "row";
    row.innerHTML = `<label for="n${i}"></label><input type="range" step="0.01"><input id="n${i}" autocomplete="off" spellcheck="false">`;
    const [label, slider, field] = row.children;
    label.textContent = name;
    slider.setAttribute("aria-label", name);
    [slider.min, slider.max] = [low ?? -5, high ?? 5];
    field.value = state.typed[i];
    const follow = () => { try { slider.value = fraction(field.value).toNumber(); } catch { /* said by show() */ } };
    follow();
    slider.addEventListener("input", () => { field.value = state.typed[i] = slider.value; show(); });
    field.addEventListener("input", () => { state.typed[i] = field.value; follow(); show(); });
    return row;
  }));
}

function rows(table, entries) {
  by(table).tBodies[0].replaceChildren(...entries.map(([head, ...cells]) => {
    const row = document.createElement("tr");
    const first = document.createElement(table === "account" ? "th" : "td");
    first.append(head);
    row.append(first, ...cells.map((cell) => {
      const made = document.createElement("td");
      made.append(...[cell].flat());
      return made;
    }));
    return row;
  }));
}

const verdict = (a) => (a.stable ? `zero-stable${a.strong ? " (strongly)" : ""}` : "not zero-stable");

function show() {
  let account, c;
  try {
    const numbers = coefficients();
    c = gauge();
    account = accountOf(numbers.slice(0, -1), numbers.at(-1));
  } catch (error) {
    by("problem").textContent = error.message;
    by("verdict").textContent = "no method";
    by("verdict").className = "";
    rows("account", []);
    for (const id of ["roots", "growth", "measured"]) {
      by(id).replaceChildren();
      by(id).removeAttribute("aria-label");
    }
    by("here").removeAttribute("href");
    return;
  }
  by("problem").textContent = "";
  // A method that was changed is not what the list named, and can be chosen there again.
  if (by("preset").value !== state.typed.join(" ")) by("preset").value = "";
  const says = `${account.stable ? "✓ Zero-stable" : "✗ Not zero-stable"}${account.strong ? ", strongly" : ""}: ${account.reason}.`;
  if (by("verdict").textContent !== says) by("verdict").textContent = says;
  by("verdict").className = account.stable ? "yes" : "no";
  const moduli = account.roots.map((r) => r.modulus.toFixed(4) + (r.times > 1 ? ` (${r.times} times)` : "")).join(", ");
  const other = c.is(ONE) ? account : accountOf(inGauge(account.alphas, c), account.beta);
  rows("account", [
    ["coefficients", account.label],
    ["moduli of the roots", moduli],
    ["parasitic", account.parasitic === null ? "Σα is not 1: no root is the principal one" : `at most ${account.parasitic.toFixed(4)}`],
    ["order", account.order >= 1 ? `${account.order}` : "not consistent"],
    ["error constant", account.errorConstant === null ? "none" : `${account.errorConstant}`],
    ["in gauge c", c.is(ONE) ? "the same" : `α = (${other.alphas.map((a) => short(a)).join(", ")}), βₙ = ${short(account.beta)} · c⁻ⁿ⁻¹: ${verdict(other)}`],
  ]);
  by("here").href = `#${[...account.alphas, account.beta].join(",")}${c.is(ONE) ? "" : `@${c}`}`;
  const factor = c.toNumber();
  drawRoots(account, factor);
  drawGrowth(account, factor);
  const radius = Math.min(1e3, Math.max(1e-3, account.radius));
  drawMeasured(chosen().points, { x: radius / factor, y: 1 / radius }, point);
}

const short = (value) => (value.toString().length < 12 ? `${value}` : shown(value.toNumber()));
const chosen = () => DATA.conditions[by("condition").value || 0] ?? { points: [] };

const link = (point, [seed, accuracy, key]) => {
  const made = document.createElement("a");
  made.href = `../results/${point.profile}/runs/${key}/training.json`;
  made.textContent = `seed ${seed}: ${accuracy === null ? "diverged" : `${accuracy} %`}`;
  return made;
};
const links = (point) => point.runs.flatMap((run, i) => (i ? [", ", link(point, run)] : [link(point, run)]));

/** Show a network's runs; `use` takes its coefficients for the page's method, too. */
function point(network, dot, use) {
  document.querySelector(".dot.chosen")?.classList.remove("chosen");
  dot.classList.add("chosen");
  const heading = document.createElement("strong");
  heading.textContent = `${network.name}: ${network.accuracy.toFixed(1)} %. `;
  by("point").replaceChildren(heading, `Largest root ${shown(network.radius)}, branch weight ×${shown(network.weight)} from block to block. `, ...links(network));
  if (!use) return;
  // The picture is drawn anew, with its dots in the same order: the focus stays on this one.
  const at = [...document.querySelectorAll(".dot")].indexOf(dot);
  take(network.numbers);
  document.querySelectorAll(".dot")[at]?.focus();
}

function newCondition() {
  rows("list", [...chosen().points].sort((a, b) => b.accuracy - a.accuracy).map((p) => [
    p.name, shown(p.radius), `×${shown(p.weight)}`, `${p.accuracy.toFixed(1)} %`, links(p)]));
}

/** Take coefficients, "α₀ … β", for the page's method. */
function take(numbers, c) {
  state.typed = numbers.split(" ");
  state.family = by("family").value = "coefficients";
  if (c !== undefined) setGauge(c);
  layOut();
  show();
}

function setGauge(c) {
  state.c = by("c").value = c;
  try { by("c-slider").value = fraction(c).toNumber(); } catch { /* said by show() */ }
}

function options(select, entries) {
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
}

function start() {
  options(by("family"), [...Object.entries(FAMILIES).map(([name, f]) => [name, f.title]), ["coefficients", "all coefficients α₀ … and β"]]);
  options(by("condition"), DATA.conditions.map((condition, i) => [i, condition.title]));
  by("preset").append(new Option("a method of the paper or of its neighbours …", ""));
  for (const [title, presets] of DATA.presets) {
    const group = document.createElement("optgroup");
    group.label = title;
    group.append(...presets.map(([text, numbers]) => new Option(text, numbers)));
    by("preset").append(group);
  }
  by("preset").addEventListener("change", () => { if (by("preset").value) take(by("preset").value); });
  // Another number of coefficients: α₀ … come first, so the new one is the oldest state's.
  const steps = (change) => {
    try { state.typed = coefficients().map(String); } catch { if (state.family !== "coefficients") return; }
    state.family = by("family").value = "coefficients";
    change(state.typed);
    layOut();
    show();
  };
  by("more").addEventListener("click", () => steps((typed) => { if (typed.length < MOST) typed.splice(-1, 0, "0"); }));
  by("fewer").addEventListener("click", () => steps((typed) => { if (typed.length > 2) typed.splice(-2, 1); }));
  by("family").addEventListener("change", () => {
    let before = ["1/3", "5/9", "1/9", "16/9"];
    try { before = coefficients().map(String); } catch { /* what was typed is no method */ }
    state.family = by("family").value;
    state.typed = state.family === "coefficients" ? before : [FAMILIES[state.family].start];
    layOut();
    show();
  });
  by("c").addEventListener("input", () => { setGauge(by("c").value); show(); });
  by("c-slider").addEventListener("input", () => { state.c = by("c").value = by("c-slider").value; show(); });
  by("reset").addEventListener("click", () => { setGauge("1"); show(); });
  by("unit").addEventListener("click", () => {
    // The modulus is a float; that no root of the partner lies outside is decided exactly.
    try {
      const numbers = coefficients(), alphas = numbers.slice(0, -1), beta = numbers.at(-1);
      const { radius } = accountOf(alphas, beta);
      let c = Math.ceil(radius * 1e4 - 1e-6);
      const outside = () => !accountOf(inGauge(alphas, fraction(String(c / 1e4))), beta).within;
      for (let tries = 0; c > 0 && tries < 100 && outside(); tries++) c++;
      if (radius > 0) setGauge(String(c / 1e4));
    } catch { /* said by show() */ }
    show();
  });
  by("condition").addEventListener("change", () => { newCondition(); show(); });
  const fromAddress = () => {
    let address = location.hash.slice(1);
    try { address = decodeURIComponent(address); } catch { /* what is no address is no number either */ }
    const [numbers, c] = address.split("@");
    if (numbers) take(numbers.replaceAll(",", " "), c ?? "1");
  };
  addEventListener("hashchange", fromAddress);
  let width = 0;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; show(); } });
  setGauge("1");
  layOut();
  newCondition();
  show();
  fromAddress();
}

start();
