"use strict";
// Fractions of whole numbers of any length, polynomials over them, and what the theory decides of a
// method: the same decisions as `python -m zerosnet method`, without a rounding; moduli are floats.
// A polynomial is its list of coefficients from ρ⁰ upwards.

const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };

class Fraction {
  constructor(n, d = 1n) {
    if (d === 0n) throw new Error("the denominator is zero");
    const g = gcd(n, d) * (d < 0n ? -1n : 1n);
    this.n = n / g;
    this.d = d / g;
  }
  plus(o) { return new Fraction(this.n * o.d + o.n * this.d, this.d * o.d); }
  minus(o) { return new Fraction(this.n * o.d - o.n * this.d, this.d * o.d); }
  times(o) { return new Fraction(this.n * o.n, this.d * o.d); }
  over(o) { return new Fraction(this.n * o.d, this.d * o.n); }
  get isZero() { return this.n === 0n; }
  abs() { return this.n < 0n ? new Fraction(-this.n, this.d) : this; }
  is(o) { return this.n === o.n && this.d === o.d; }
  exceeds(o) { return this.n * o.d > o.n * this.d; }
  toNumber() {
    // Both parts may be longer than any float: 60 bits more than the quotient's are kept.
    const sign = this.n < 0n ? -1 : 1, n = this.n < 0n ? -this.n : this.n;
    const shift = Math.max(0, 60 + this.d.toString(2).length - n.toString(2).length);
    // In two steps, as 2 ** 1024 is no float.
    const half = Math.floor(shift / 2);
    return (sign * Number((n << BigInt(shift)) / this.d)) / 2 ** half / 2 ** (shift - half);
  }
  toString() { return this.d === 1n ? `${this.n}` : `${this.n}/${this.d}`; }
}

const whole = (k) => new Fraction(BigInt(k));
const ZERO = whole(0), ONE = whole(1);
// What is larger leaves the range of floats on the way into a picture.
const LARGEST = new Fraction(10n ** 100n, 1n);
const sum = (list) => list.reduce((a, b) => a.plus(b), ZERO);

/** A number as people write it, exactly: "5/9", "0.825", "-2", "1e-3". */
function fraction(text) {
  const written = String(text).trim().replaceAll("−", "-").replace(/\s*\/\s*/, "/");
  const found = /^([+-]?)(?:(\d+)\/(\d+)|(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?)$/i.exec(written);
  if (!found || !/\d/.test(written.split(/e/i)[0]) || written.length > 400)
    throw new Error(`“${written.slice(0, 20)}” is no number; give one such as 5/9 or 0.825`);
  const [, sign, n, d, before, after, power] = found;
  const scale = BigInt(power ?? 0) - BigInt((after ?? "").length);
  const value = n !== undefined
    ? new Fraction(BigInt(n), BigInt(d))
    : new Fraction(
        BigInt((before ?? "") + (after ?? "")) * (scale > 0n ? 10n ** scale : 1n),
        scale < 0n ? 10n ** -scale : 1n,
      );
  return sign === "-" ? ZERO.minus(value) : value;
}

function trimmed(p) {
  let top = p.length;
  while (top > 1 && p[top - 1].isZero) top--;
  return p.slice(0, top);
}

const derivative = (p) => (p.length < 2 ? [ZERO] : p.slice(1).map((c, k) => c.times(whole(k + 1))));

/** Quotient and remainder of two polynomials. */
function divided(p, q) {
  let rest = trimmed(p);
  q = trimmed(q);
  const quotient = Array(Math.max(1, rest.length - q.length + 1)).fill(ZERO);
  while (rest.length >= q.length && !(rest.length === 1 && rest[0].isZero)) {
    const at = rest.length - q.length, factor = rest.at(-1).over(q.at(-1));
    quotient[at] = factor;
    rest = rest.map((c, k) => (k < at ? c : c.minus(factor.times(q[k - at]))));
    rest = trimmed(rest.length > 1 ? rest.slice(0, -1) : rest);
    if (q.length === 1 && at === 0) break;
  }
  return [quotient, rest];
}

/** The coefficients times their common denominator, as whole numbers. */
function wholeMultiple(p) {
  const all = p.reduce((d, c) => (d / gcd(d, c.d)) * c.d, 1n);
  return p.map((c) => c.n * (all / c.d));
}

/** The greatest common divisor with leading coefficient 1. */
function common(p, q) {
  // Collins 1967: remainders of whole polynomials, divided by what is known to divide them.  Over
  // fractions every remainder is twice as long: 16 coefficients took a minute.
  let [f, g] = [p, q].map((x) => wholeMultiple(trimmed(x))), top = 1n, known = 1n;
  if (f.length < g.length) [f, g] = [g, f];
  while (g.length > 1) {
    const apart = f.length - g.length, of = g.at(-1);
    let rest = f.map((c) => c * of ** BigInt(apart + 1));
    for (let at = apart; at >= 0; at--) {
      const factor = rest.pop() / of;
      rest = rest.map((c, k) => (k < at ? c : c - factor * g[k - at]));
    }
    while (rest.length && rest.at(-1) === 0n) rest.pop();
    const divisor = top * known ** BigInt(apart);
    [f, g, top] = [g, rest.map((c) => c / divisor), of];
    known = apart > 1 ? top ** BigInt(apart) / known ** BigInt(apart - 1) : apart ? top : known;
  }
  // What is left over is zero or a number.
  return g.length && g[0] !== 0n ? [ONE] : f.map((c) => new Fraction(c, f.at(-1)));
}

/** [square-free polynomial, multiplicity of its roots], for all roots (Yun's algorithm). */
function squareFree(p) {
  const parts = [];
  let repeated = common(p, derivative(p)), simple = divided(p, repeated)[0];
  for (let times = 1; simple.length > 1; times++) {
    const next = common(simple, repeated), part = divided(simple, next)[0];
    if (part.length > 1) parts.push([part, times]);
    [simple, repeated] = [next, divided(repeated, next)[0]];
  }
  return parts;
}

const size = (whole) => (whole < 0n ? -whole : whole);

/** Miller's Schur–Cohn recursion (1971) over whole numbers; where it stops it asks `ended`. */
function schurCohn(p, ended) {
  let f = wholeMultiple(trimmed(p));
  for (let step = 0, divisor = 1n; f.length > 1; step++) {
    const n = f.length, [low, top] = [f[0], f[n - 1]];
    // From the third step on, the leading coefficient before divides all: numbers stay short.
    const next = f.map((c, i) => (top * c - low * f[n - 1 - i]) / divisor).slice(1);
    if (next.every((c) => c === 0n)) return ended(f);
    if (size(top) <= size(low)) return false;
    [f, divisor] = [next, step ? top : 1n];
  }
  return true;
}

/** Whether every root lies inside the unit circle. */
const isSchur = (p) => schurCohn(p, () => false);

/** Whether the root condition holds: no root outside the circle, those on it simple. */
const rootConditionHolds = (p) => schurCohn(p, (f) => isSchur(derivative(f.map((c) => new Fraction(c)))));

const sizeOf = (z) => Math.hypot(...z);
const times = ([a, b], [x, y]) => [a * x - b * y, a * y + b * x];
const plus = ([a, b], [x, y]) => [a + x, b + y];
const minus = ([a, b], [x, y]) => [a - x, b - y];
const inverse = ([x, y]) => { const m = Math.hypot(x, y); return [x / m / m, -y / m / m]; };

/** Moduli near those of the roots of Σ c_k ρ^k: the slopes of its Newton polygon (Bini 1996). */
function moduliNear(c) {
  const corners = [], moduli = [];
  const slope = ([i, a], [k, b]) => (b - a) / (k - i);
  c.forEach((x, k) => {
    if (x === 0) return;
    const corner = [k, Math.log(Math.abs(x))];
    while (corners.length > 1 && slope(corners.at(-2), corner) >= slope(...corners.slice(-2))) corners.pop();
    corners.push(corner);
  });
  for (let i = 1; i < corners.length; i++) {
    const size = Math.exp(-slope(corners[i - 1], corners[i]));
    for (let k = corners[i - 1][0]; k < corners[i][0]; k++) moduli.push(size);
  }
  return moduli;
}

/** p/p′ of Σ c_k ρ^k at z; from the other end where |z| > 1, so that no power overflows. */
function newtonStep(c, z) {
  const n = c.length - 1, turned = sizeOf(z) > 1, at = turned ? inverse(z) : z;
  let value = [0, 0], slope = [0, 0];
  for (let k = 0; k <= n; k++) {
    slope = plus(times(slope, at), value);
    value = plus(times(value, at), [c[turned ? k : n - k], 0]);
  }
  if (!turned) return times(value, inverse(slope));
  const share = times(times(slope, inverse(value)), at);  // p′/p = (n − q′/q at 1/z, over z) / z
  return times(z, inverse(minus([n, 0], share)));
}

/** Roots of a square-free polynomial as [re, im]; floats, for pictures and printed moduli only. */
function numericRoots(p) {
  const all = p.map((x) => x.over(p.at(-1)).toNumber());
  const zeros = all.findIndex((x) => x !== 0), c = all.slice(zeros);
  const roots = moduliNear(c).map((size, k) => [size * Math.cos(2.4 * k + 0.4), size * Math.sin(2.4 * k + 0.4)]);
  const moving = new Set(roots.keys());
  // Aberth's iteration; a root that stands still is not moved again.
  for (let round = 0; round < 200 && moving.size; round++)
    for (const i of moving) {
      const newton = newtonStep(c, roots[i]);
      const push = roots.reduce((s, z, j) => (i === j ? s : plus(s, inverse(minus(roots[i], z)))), [0, 0]);
      const move = times(newton, inverse(minus([1, 0], times(newton, push))));
      // Where the value is zero nothing is left to divide: the root stands.
      if (Number.isFinite(move[0] + move[1])) roots[i] = minus(roots[i], move);
      if (!(sizeOf(move) > 4e-16 * sizeOf(roots[i]))) moving.delete(i);
    }
  const real = (z) => (Math.abs(z[1]) < 1e-12 * Math.max(1, Math.abs(z[0])) ? [z[0], 0] : z);
  return [...Array.from({ length: zeros }, () => [0, 0]), ...roots.map(real)];
}

/** C_q of the method: what a step leaves over of h^q y^(q) (see multistep.py). */
function residual(alphas, beta, q) {
  let factorial = 1n;
  for (let k = 2n; k <= BigInt(q); k++) factorial *= k;
  const past = sum(alphas.map((a, i) => a.times(new Fraction(BigInt(-i) ** BigInt(q)))));
  const taylor = ONE.minus(past).times(new Fraction(1n, factorial));
  return q === 1 ? taylor.minus(beta) : taylor;
}

/** Everything that the page says of (α₀, …, α_{d−1}; β), given as fractions. */
function accountOf(alphas, beta) {
  alphas = trimmed(alphas);
  const p = [...alphas.map((a) => ZERO.minus(a)).reverse(), ONE];
  const keepsConstants = sum(alphas).is(ONE);
  const parasitic = keepsConstants ? divided(p, [whole(-1), ONE])[0] : p;
  const parts = squareFree(p), stable = rootConditionHolds(p);
  const within = stable || rootConditionHolds(parts.map(([f]) => f).reduce(product));
  const roots = parts.flatMap(([part, times]) => {
    const one = sum(part).isZero;
    const others = one ? divided(part, [whole(-1), ONE])[0] : part;
    return [
      ...(one ? [{ re: 1, im: 0, modulus: 1, times, principal: true }] : []),
      ...(others.length > 1 ? numericRoots(others) : []).map(([re, im]) => (
        { re, im, modulus: Math.hypot(re, im), times, principal: false })),
    ];
  }).sort((a, b) => b.modulus - a.modulus || b.re - a.re || b.im - a.im);
  let order = -1;
  while (order < alphas.length + 1 && residual(alphas, beta, order + 1).isZero) order++;
  const outside = "a root lies outside the unit circle";
  return {
    alphas, beta, roots, order, stable, within,
    strong: stable && (keepsConstants ? isSchur(parasitic) : isSchur(p)),
    reason: stable ? "no root outside the unit circle, and those on it are simple"
      : within ? "a root on the unit circle is multiple" : outside,
    radius: Math.max(...roots.map((r) => r.modulus)),
    parasitic: keepsConstants
      ? Math.max(0, ...roots.filter((r) => !r.principal || r.times > 1).map((r) => r.modulus)) : null,
    errorConstant: order >= 1 && !beta.isZero ? residual(alphas, beta, order + 1).over(beta) : null,
    label: `(${alphas.join(", ")}; ${beta})`,
  };
}

function product(p, q) {
  const found = Array(p.length + q.length - 1).fill(ZERO);
  p.forEach((a, i) => q.forEach((b, j) => { found[i + j] = found[i + j].plus(a.times(b)); }));
  return found;
}

/** The same function of pixels and parameters in another gauge: roots over c. */
const inGauge = (alphas, c) => {
  let power = ONE;
  return alphas.map((a) => a.over((power = power.times(c))));
};

/** |e_n| for n = 0 … blocks: a perturbation of size 1 of the state in block 0, and f switched off. */
function growth(alphas, blocks) {
  const a = alphas.map((x) => x.toNumber()), e = [1];
  while (e.length <= blocks) e.push(a.reduce((s, x, i) => s + x * (e[e.length - 1 - i] ?? 0), 0));
  return e.map(Math.abs);
}
