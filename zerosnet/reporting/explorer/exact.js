"use strict";
// Fractions of whole numbers of any length, polynomials over them, and what the theory decides of a
// method: the same decisions as `python -m zerosnet method`, without a rounding anywhere.
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
    const shift = BigInt(Math.max(0, 60 + this.d.toString(2).length - n.toString(2).length));
    return sign * Number((n << shift) / this.d) / 2 ** Number(shift);
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
  if (!found || !/\d/.test(written.split(/e/i)[0]) || written.length > 200)
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

/** The greatest common divisor with leading coefficient 1. */
function common(p, q) {
  [p, q] = [trimmed(p), trimmed(q)];
  while (!(q.length === 1 && q[0].isZero)) [p, q] = [q, divided(p, q)[1]];
  return p.map((c) => c.over(p.at(-1)));
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

// Miller 1971: the Schur–Cohn recursion over the rationals.
const reduced = (f) => {
  const k = f[0].over(f.at(-1)), n = f.length;
  return f.map((c, i) => c.minus(k.times(f[n - 1 - i]))).slice(1);
};
const shrinks = (f) => f.at(-1).abs().exceeds(f[0].abs());

/** Whether every root lies inside the unit circle. */
function isSchur(p) {
  let f = trimmed(p);
  for (; f.length > 1; f = reduced(f)) if (!shrinks(f)) return false;
  return true;
}

/** Whether the root condition holds: no root outside the circle, those on it simple. */
function rootConditionHolds(p) {
  for (let f = trimmed(p); f.length > 1; ) {
    const next = reduced(f);
    if (next.every((c) => c.isZero)) return isSchur(derivative(f));
    if (!shrinks(f)) return false;
    f = next;
  }
  return true;
}

/** Roots of a square-free polynomial as [re, im]; floats, for pictures and printed moduli only. */
function numericRoots(p) {
  const c = p.map((x) => x.over(p.at(-1)).toNumber()), n = c.length - 1;
  const times = ([a, b], [x, y]) => [a * x - b * y, a * y + b * x];
  const over = ([a, b], [x, y]) => { const m = x * x + y * y; return [(a * x + b * y) / m, (b * x - a * y) / m]; };
  const value = (z) => c.reduceRight(([a, b], x) => { const [u, v] = times([a, b], z); return [u + x, v]; }, [0, 0]);
  const size = Math.max(1e-9, ...c.slice(0, -1).map((x, i) => Math.abs(x) ** (1 / (n - i))));
  let roots = Array.from({ length: n }, (_, k) => {
    const angle = (2 * Math.PI * k) / n + 0.4;
    return [size * Math.cos(angle), size * Math.sin(angle)];
  });
  for (let round = 0, step = 1; round < 500 && step > 0; round++) {
    step = 0;
    roots.forEach((z, i) => {
      const apart = roots.reduce((a, w, j) => (i === j ? a : times(a, [z[0] - w[0], z[1] - w[1]])), [1, 0]);
      const move = over(value(z), apart);
      if (!Number.isFinite(move[0] + move[1])) return;
      roots[i] = [z[0] - move[0], z[1] - move[1]];
      if (Math.hypot(...move) > 1e-16 * Math.hypot(...z)) step = 1;
    });
  }
  const real = (z) => (Math.abs(z[1]) < 1e-12 * Math.max(1, Math.abs(z[0])) ? [z[0], 0] : z);
  return roots.map(real);
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
    alphas, beta, roots, order, stable,
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
