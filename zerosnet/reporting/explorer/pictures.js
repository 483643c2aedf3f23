// The three pictures, as SVG that is drawn anew on every change.

const element = (name, attributes = {}, ...inside) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};

function canvas(id, height, title) {
  const svg = document.getElementById(id), width = Math.max(280, svg.parentElement.clientWidth - 34);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", title);
  svg.replaceChildren();
  const add = (...rest) => svg.appendChild(element(...rest));
  const write = (x, y, text, more = {}) => add("text", { x, y, "text-anchor": "middle", class: "soft", ...more }, text);
  return { width, height, add, write };
}

const shown = (x) => Number(x.toPrecision(4)).toString().replace("-", "−");

/** Roots of the method, filled, and in the gauge, hollow. */
function drawRoots(account, c) {
  const said = account.roots.map((r) => `modulus ${r.modulus.toFixed(4)}`).join(", ");
  const { width, height, add, write } = canvas("roots", 300, `Roots: ${said}`);
  const reach = Math.max(1, account.radius, account.radius / c) * 1.15;
  const scale = (height / 2 - 16) / reach, x0 = width / 2, y0 = height / 2;
  const at = (r, by = 1) => [x0 + (scale * r.re) / by, y0 - (scale * r.im) / by];
  add("path", { d: `M0 ${y0}H${width}M${x0} 0V${height}`, class: "axis" });
  add("circle", { cx: x0, cy: y0, r: scale, class: "circle" });
  write(x0 + scale + 12, y0 + 16, "1");
  write(width, y0 - 6, "Re ρ", { "text-anchor": "end" });
  write(x0 + 6, 12, "Im ρ", { "text-anchor": "start" });
  for (const root of account.roots) {
    const [x, y] = at(root);
    if (root.principal) add("rect", { x: x - 6, y: y - 6, width: 12, height: 12, class: "principal" });
    else add("circle", { cx: x, cy: y, r: 6, class: "parasitic" });
    if (root.times > 1) write(x + 14, y - 8, `${root.times}×`);
    if (c !== 1) {
      const [u, v] = at(root, c);
      add("circle", { cx: u, cy: v, r: 8, class: "moved" });
    }
  }
}

/** Decimal logarithms of a perturbation and of the branch weight, block by block. */
function drawGrowth(account, c) {
  const blocks = 30, beta = Math.abs(account.beta.toNumber()), turn = Math.log10(c);
  const lines = {
    state: growth(account.alphas, blocks).map((e, n) => [n, Math.log10(e) - n * turn]),
    weight: Array.from({ length: blocks }, (_, n) => [n + 1, Math.log10(beta) - (n + 1) * turn]),
  };
  const last = (line) => {
    const y = line.at(-1)[1];
    return y === -Infinity ? "0" : Number.isFinite(y) ? `10^${y.toFixed(1)}` : "beyond a float";
  };
  const title = `After ${blocks} blocks: perturbation ${last(lines.state)}, branch weight ${last(lines.weight)}`;
  for (const name of Object.keys(lines)) lines[name] = lines[name].filter(([, y]) => Number.isFinite(y));
  const { width, height, add, write } = canvas("growth", 300, title);
  const all = [...lines.state, ...lines.weight].map(([, y]) => y);
  const low = Math.floor(Math.min(-1, ...all)), high = Math.ceil(Math.max(1, ...all));
  const x = (n) => 50 + (n / blocks) * (width - 66), y = (v) => 14 + ((high - v) / (high - low)) * (height - 56);
  const every = Math.max(1, Math.ceil((high - low) / 6));
  for (let v = Math.ceil(low / every) * every; v <= high; v += every) {
    add("path", { d: `M${x(0)} ${y(v)}H${x(blocks)}`, class: "grid" });
    const label = write(44, y(v) + 4, "10", { "text-anchor": "end" });
    label.append(element("tspan", { dy: -5, "font-size": 10 }, String(v).replace("-", "−")));
  }
  for (let n = 0; n <= blocks; n += 10) write(x(n), height - 24, String(n));
  write(x(blocks / 2), height - 6, "block n");
  for (const [name, line] of Object.entries(lines)) {
    if (line.length) add("path", { d: `M${line.map(([n, v]) => `${x(n)} ${y(v)}`).join("L")}`, class: name });
    for (const [n, v] of line)
      if (name === "state") add("circle", { cx: x(n), cy: y(v), r: 3, class: name });
      else add("path", { d: `M${x(n)} ${y(v) - 4}l4 4l-4 4l-4 -4z`, class: name, style: "fill:var(--orange);stroke:none" });
  }
}

const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];  // viridis
function colour(share) {
  const at = Math.min(0.9999, Math.max(0, share)) * (STOPS.length - 1), i = Math.floor(at);
  return `rgb(${STOPS[i].map((a, k) => Math.round(a + (at - i) * (STOPS[i + 1][k] - a))).join(",")})`;
}

/** Trained networks by the modulus of their largest root and the weight of their blocks. */
function drawMeasured(points, here, choose) {
  const title = `${points.length} trained networks, by largest root and branch weight`;
  const { width, height, add, write } = canvas("measured", 400, title);
  const range = (values) => [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
  const [left, right] = range([0.45, 4.5, here.x, ...points.map((p) => p.radius)]);
  const [bottom, top] = range([0.2, 2.2, here.y, ...points.map((p) => p.weight)]);
  const x = (v) => 52 + (Math.log(v / left) / Math.log(right / left)) * (width - 66);
  const y = (v) => 30 + (Math.log(top / v) / Math.log(top / bottom)) * (height - 112);
  const ticks = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16];
  for (const v of ticks.filter((t) => t >= left && t <= right)) {
    add("path", { d: `M${x(v)} ${y(bottom)}V${y(top)}`, class: v === 1 ? "circle" : "grid" });
    write(x(v), height - 64, String(v));
  }
  for (const v of ticks.filter((t) => t >= bottom && t <= top)) {
    add("path", { d: `M${x(left)} ${y(v)}H${x(right)}`, class: v === 1 ? "circle" : "grid" });
    write(46, y(v) + 4, `×${v}`, { "text-anchor": "end" });
  }
  write(x(Math.sqrt(left * right)), height - 46, "modulus of the largest root");
  write(0, 12, width < 500 ? "branch weight over the state, block to block" : "weight of a block's branch relative to the state, from block to block", { "text-anchor": "start" });
  const from = Math.max(left, 1 / top), to = Math.min(right, 1 / bottom);
  add("path", { d: `M${x(from)} ${y(1 / from)}L${x(to)} ${y(1 / to)}`, class: "circle", "stroke-dasharray": "4 4" });
  const accuracies = points.map((p) => p.accuracy), low = Math.min(...accuracies), high = Math.max(...accuracies);
  const placed = [], marks = add("g");
  for (const point of [...points].sort((a, b) => a.accuracy - b.accuracy)) {
    const home = [x(point.radius), y(point.weight)], place = free(...home, placed);
    placed.push(place);
    if (place[0] !== home[0]) marks.before(element("path", { d: `M${home}L${place}`, class: "circle" }));
    const dot = marks.appendChild(element("circle", {
      cx: place[0], cy: place[1], r: 7, class: "dot", tabindex: 0, role: "button",
      fill: colour((point.accuracy - low) / (high - low || 1)),
      "aria-label": `${point.name}: ${point.accuracy.toFixed(1)} %`,
    }));
    for (const event of ["pointerenter", "focus", "click"]) dot.addEventListener(event, () => choose(point, dot, event === "click"));
    dot.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose(point, dot, true); } });
  }
  add("circle", { cx: x(here.x), cy: y(here.y), r: 13, class: "moved", id: "ring" });
  if (!points.length) return;  // no accuracy, no scale of colours
  const bar = width < 500 ? 80 : 160, start = width / 2 - bar / 2;
  for (let i = 0; i < 20; i++) add("rect", { x: start + (i * bar) / 20, y: height - 26, width: bar / 20 + 0.5, height: 12, fill: colour(i / 19) });
  write(start - 6, height - 15, `${low.toFixed(1)} %`, { "text-anchor": "end" });
  write(start + bar + 6, height - 15, `${high.toFixed(1)} %`, { "text-anchor": "start" });
}

/** The nearest place to (x, y) at which a dot covers none of the others. */
function free(x, y, placed) {
  for (let ring = 0; ; ring++)
    for (let k = 0; k < Math.max(1, 6 * ring); k++) {
      const angle = (k * Math.PI) / (3 * Math.max(1, ring));
      const place = [x + 15 * ring * Math.cos(angle), y + 15 * ring * Math.sin(angle)];
      if (placed.every(([u, v]) => Math.hypot(place[0] - u, place[1] - v) > 14)) return place;
    }
}
