// Draws clouds as small lit balls into canvases that turn together; tabs choose what their colors tell. No library.
(() => {
const {tabs, start, shapes, colors, parts} = JSON.parse(document.getElementById('look-data').textContent);
const START = {yaw: -35 * Math.PI / 180, pitch: 20 * Math.PI / 180, zoom: 1};
const LIGHT = [-0.45, 0.62, 0.64];
const $ = id => document.getElementById(id);
let view = {...START}, tab = tabs[0], waiting = false, pointed = {shape: shapes[0], patch: 0};
const chosen = Object.fromEntries(tabs.map(one => [one.key, one.start]));
const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const figures = [...document.querySelectorAll('.view')].map((figure, i) => ({
  canvas: figure.querySelector('canvas'), caption: figure.querySelector('figcaption'), shape: shapes[i],
  name: figure.querySelector('figcaption').textContent, ids: null,
}));

const HEAT = colors.heat.map(rgb);
// The cosine of a patch's features and those of the patch that was pointed at.
function alike(shape, patch) {
  const one = shape.codes[patch], other = pointed.shape.codes[pointed.patch];
  let dot = 0, a = 1e-9, b = 1e-9;
  one.forEach((value, i) => { dot += value * other[i]; a += value * value; b += other[i] * other[i]; });
  return dot / Math.sqrt(a * b);
}

// What is drawn of a shape in the open tab: lists of [points, color of the n-th point, whether it has a patch].
function layersOf(shape) {
  const one = hex => { const color = rgb(hex); return () => color; };
  if (tab.key === 'shape') return [[shape.points, one(colors.plain), true]];
  if (tab.key === 'rebuilt') {
    const option = chosen.rebuilt;
    if (option === 2) return [[shape.points, one(colors.plain), true]];
    const seen = [shape.visible, one(option ? colors.faint : colors.plain), false];
    return option ? [seen, [shape.rebuilt, one(colors.added), false]] : [seen];
  }
  if (tab.key === 'alike') {
    const paint = shape.codes.map((_, patch) => HEAT[Math.max(0, Math.round(63 * alike(shape, patch)))]);
    return [[shape.points, n => paint[shape.owner[n]], true]];
  }
  const paint = shape.paints[tab.key][chosen[tab.key] || 0].map(rgb);
  return [[shape.points, n => paint[shape.owner[n]], true]];
}

// The pixels of a ball: where they lie, how far they stand out, how much light they get.
function ball(radius) {
  const stamp = [];
  for (let y = -Math.ceil(radius); y <= radius; y++) for (let x = -Math.ceil(radius); x <= radius; x++) {
    const rest = radius * radius - x * x - y * y;
    if (rest < 0) continue;
    const out = Math.sqrt(rest);
    const lit = (LIGHT[0] * x - LIGHT[1] * y + LIGHT[2] * out) / radius;
    stamp.push([x, y, out, 0.82 + 0.36 * Math.max(0, lit)]);
  }
  return stamp;
}

function draw(figure) {
  const {canvas, shape} = figure, scale = Math.min(2, devicePixelRatio || 1);
  const side = Math.max(8, Math.round(canvas.clientWidth * scale));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext('2d'), image = context.createImageData(side, side), pixels = image.data;
  const depth = new Float32Array(side * side).fill(-1e9), ids = figure.ids = new Int32Array(side * side).fill(-1);
  const unit = side * 0.47 * view.zoom, middle = side / 2;
  const [cy, sy, cp, sp] = [Math.cos(view.yaw), Math.sin(view.yaw), Math.cos(view.pitch), Math.sin(view.pitch)];
  for (const [points, colorOf, owned] of layersOf(shape)) {
    const count = points.length / 3;
    const stamp = ball(Math.max(1.4, Math.min(0.034, 1.15 / Math.sqrt(count)) * unit));
    for (let n = 0; n < count; n++) {
      const x = points[3 * n] / parts, y = points[3 * n + 1] / parts, z = points[3 * n + 2] / parts;
      const right = x * cy + z * sy, near = z * cy - x * sy;
      const high = y * cp - near * sp, front = (y * sp + near * cp);
      const px = Math.round(middle + right * unit), py = Math.round(middle - high * unit);
      const [red, green, blue] = colorOf(n), paler = 0.2 * (1 - front) / 2;
      for (const [dx, dy, out, lit] of stamp) {
        const u = px + dx, v = py + dy;
        if (u < 0 || v < 0 || u >= side || v >= side) continue;
        const at = v * side + u, d = front * unit + out;
        if (d <= depth[at]) continue;
        depth[at] = d;
        ids[at] = owned ? n : -1;
        const k = 4 * at, light = Math.min(1, lit + paler), white = Math.min(1, Math.max(0, lit + paler - 1));
        const shade = channel => channel * light + (255 - channel * light) * white;
        pixels[k] = shade(red); pixels[k + 1] = shade(green); pixels[k + 2] = shade(blue); pixels[k + 3] = 255;
      }
    }
  }
  context.putImageData(image, 0, 0);
}
function drawAll() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; figures.forEach(draw); });
}

function open(key) {
  tab = tabs.find(one => one.key === key) || tabs[0];
  for (const button of $('look-tabs').children) {
    button.classList.toggle('on', button.dataset.tab === tab.key);
    button.setAttribute('aria-selected', button.dataset.tab === tab.key);
  }
  $('look-note').textContent = tab.note;
  $('look-options').replaceChildren(...tab.options.map((name, i) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.classList.toggle('on', i === chosen[tab.key]);
    button.addEventListener('click', () => { chosen[tab.key] = i; open(tab.key); });
    return button;
  }));
  figures.forEach(figure => { figure.caption.textContent = figure.name; });
  drawAll();
}
$('look-tabs').addEventListener('click', event => { if (event.target.dataset.tab) open(event.target.dataset.tab); });

// The patch under the pointer, and its share of the attention.
function tell(figure, event) {
  const {canvas, ids, shape} = figure, box = canvas.getBoundingClientRect(), side = canvas.width;
  const u = Math.floor((event.clientX - box.left) / box.width * side);
  const v = Math.floor((event.clientY - box.top) / box.height * side);
  const n = ids && u >= 0 && v >= 0 && u < side && v < side ? ids[v * side + u] : -1;
  const patch = n < 0 ? -1 : shape.owner[n], rows = shape.shares[tab.key];
  const share = patch >= 0 && rows ? ` · ${rows[chosen[tab.key]][patch].toFixed(2)} of an even share` : '';
  if (tab.key === 'alike' && patch >= 0 && (pointed.shape !== shape || pointed.patch !== patch)) {
    pointed = {shape, patch};
    drawAll();
  }
  figure.caption.textContent = figure.name + (patch >= 0 ? ` · patch ${patch}${share}` : '');
}
function turn(yaw, pitch) {
  view.yaw += yaw;
  view.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, view.pitch + pitch));
  drawAll();
}
for (const figure of figures) {
  const canvas = figure.canvas;
  let from = null;
  canvas.addEventListener('pointerdown', event => {
    from = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', event => {
    if (!from) return tell(figure, event);
    turn((event.clientX - from[0]) * 0.01, (event.clientY - from[1]) * 0.01);
    from = [event.clientX, event.clientY];
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { from = null; });
  canvas.addEventListener('pointerleave', () => { figure.caption.textContent = figure.name; });
  canvas.addEventListener('wheel', event => {
    event.preventDefault();
    view.zoom = Math.max(0.4, Math.min(8, view.zoom * Math.exp(-event.deltaY * 0.0015)));
    drawAll();
  }, {passive: false});
  canvas.addEventListener('dblclick', () => { view = {...START}; drawAll(); });
  canvas.addEventListener('keydown', event => {
    const step = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1]}[event.key];
    if (!step) return;
    event.preventDefault();
    turn(...step);
  });
}
new ResizeObserver(drawAll).observe(document.querySelector('.views'));
open(tabs.some(one => one.key === location.hash.slice(1)) ? location.hash.slice(1) : start);
})();
