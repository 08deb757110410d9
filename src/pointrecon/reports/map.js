// The map: pictures, outlines and names above the points of map_points.js; zoom, filter, colors, pins.
(() => {
const $ = id => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer;
const {ids, sources, clusters, size, across} = data;
const count = ids.length, raw = new Uint16Array(bytes(data.xy));
const near = new Uint32Array(bytes(data.near)), X = i => raw[2 * i] / 65535, Y = i => raw[2 * i + 1] / 65535;
const columns = data.columns.map(column => column.words
  ? {...column, codes: new Uint16Array(bytes(column.codes))}
  : {...column, numbers: new Float32Array(bytes(column.numbers))});
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const RAMP = ['#443a83', '#31688e', '#21908c', '#35b779', '#8fd744', '#fde725'], GRAY = '#8c95a1';
const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
const make = (tag, put = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), put);
  element.append(...inside);
  return element;
};
const short = value => value === 0 ? '0' : Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3
  ? value.toExponential(2) : String(+value.toPrecision(4));

// --- what is there to use
const search = make('input', {type: 'search', placeholder: 'filter by text', ariaLabel: 'filter by text'});
const choice = make('select', {ariaLabel: 'color by'}, ...columns.map((column, i) =>
  make('option', {value: i, textContent: column.name})));
const check = (name, on) => make('input', {type: 'checkbox', id: name, checked: on});
const withPictures = check('pictures', !!size), withClusters = check('outlines', clusters.length > 1);
const legend = make('div', {id: 'legend'}), told = make('p', {className: 'sub'});
const tools = make('div', {id: 'tools', className: 'panel'},
  make('h1', {textContent: data.title}), make('p', {className: 'sub', textContent: data.about}), search,
  make('label', {}, 'color', choice),
  make('div', {className: 'checks'}, make('label', {}, withPictures, 'pictures'), make('label', {}, withClusters, 'clusters')),
  legend, told);
if (!size) withPictures.parentElement.remove();
if (!columns.length) choice.parentElement.remove();
const dots = make('canvas'), above = make('canvas');
const stage = make('div', {id: 'stage', tabIndex: 0, ariaLabel: 'map of shapes: drag to move, wheel to zoom'}, dots, above);
const pins = make('div', {id: 'pins', className: 'panel'}), tip = make('div', {id: 'tip'});
const button = (sign, title, act) => make('button', {textContent: sign, title, onclick: act});
document.body.append(stage, tools, pins, tip, make('div', {className: 'zoom'},
  button('+', 'nearer', () => zoomAt(width / 2, height / 2, 1.6)),
  button('−', 'farther', () => zoomAt(width / 2, height / 2, 1 / 1.6)), button('⤢', 'all', () => whole())));

// --- pictures: a sheet is read when one of its pictures is first shown; those shown longest ago are let go
const sheets = new Map();
function sheet(number) {
  let image = sheets.get(number);
  sheets.delete(number);
  if (!image) {
    image = new Image();
    image.src = `data:image/${data.kind};base64,` + $('sheet-' + number).textContent;
    image.decode().then(() => { image.ready = true; redraw(); }, () => {});
    if (sheets.size > 80) sheets.delete(sheets.keys().next().value);
  }
  sheets.set(number, image);
  return image;
}
const cut = i => ({number: Math.floor(i / across ** 2), x: i % across * size,
  y: Math.floor(i % across ** 2 / across) * size});
function thumb(i, pixels = Math.max(96, size)) {
  const {number, x, y} = cut(i), image = sheet(number), scale = pixels / size;
  const box = make('span', {className: 'thumb'});
  Object.assign(box.style, {width: size * scale + 'px', height: size * scale + 'px',
    backgroundImage: `url(${image.src})`, backgroundPosition: `${-x * scale}px ${-y * scale}px`,
    backgroundSize: `${across * size * scale}px auto`});
  return box;
}

// --- colors and filters
let column = columns[Math.max(0, columns.findIndex(one => one.name === 'class'))];
const chosen = new Set(), color = new Uint8Array(4 * count), passes = new Uint8Array(count).fill(1);
const ramp = RAMP.map(rgb), byWord = new Map();
const grouped = columns.find(one => one.name === 'cluster'), named = new Set();  // clusters with shapes that pass
function share(value) {
  const at = column.log ? Math.log : Number;
  return Math.min(1, Math.max(0, (at(value) - at(column.low)) / (at(column.high) - at(column.low) || 1)));
}
function paintOf(i) {
  if (!column) return rgb(GRAY);
  if (column.words) return byWord.get(column.codes[i]);
  const value = column.numbers[i];
  if (!(value === value)) return rgb(GRAY);
  const at = share(value) * (ramp.length - 1), low = Math.min(Math.floor(at), ramp.length - 2), part = at - low;
  return ramp[low].map((from, k) => Math.round(from + part * (ramp[low + 1][k] - from)));
}
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), texts = columns.filter(one => one.words);
  for (let i = 0; i < count; i++) {
    let fits = !chosen.size || chosen.has(column.codes[i]);
    if (fits && words.length) {
      const text = [ids[i], sources ? sources[i] : '', ...texts.map(one => one.words[one.codes[i]])].join(' ').toLowerCase();
      fits = words.every(word => text.includes(word));
    }
    passes[i] = fits ? 1 : 0;
  }
  paint();
}
function paint() {
  byWord.clear();
  if (column?.words) column.words.forEach((word, code) => byWord.set(code, rgb(word ? column.colors[code] : GRAY)));
  let left = 0;
  named.clear();
  for (let i = 0; i < count; i++) {
    color.set(paintOf(i), 4 * i);
    color[4 * i + 3] = passes[i] ? 225 : 22;
    left += passes[i];
    if (passes[i] && grouped) named.add(grouped.words[grouped.codes[i]]);
  }
  told.textContent = left < count ? `${left.toLocaleString()} of ${count.toLocaleString()} shown` : '';
  drawing.painted();
  redraw();
}
function showLegend() {
  legend.replaceChildren();
  if (!column) return;
  if (!column.words) {
    const ends = column.log ? [column.low, Math.sqrt(column.low * column.high), column.high]
      : [column.low, (column.low + column.high) / 2, column.high];
    const bar = make('div', {className: 'ramp'});
    bar.style.background = `linear-gradient(90deg,${RAMP.join()})`;
    legend.append(bar, make('div', {className: 'ends'}, ...ends.map(end => make('span', {textContent: short(end)}))));
    return;
  }
  const many = new Uint32Array(column.words.length);
  column.codes.forEach(code => many[code]++);
  column.words.forEach((word, code) => {
    const dot = make('i');
    dot.style.background = word ? column.colors[code] : GRAY;
    const line = make('button', {title: word, onclick: () => {
      chosen.has(code) ? chosen.delete(code) : chosen.add(code);
      [...legend.children].forEach((other, at) => other.classList.toggle('off', chosen.size > 0 && !chosen.has(at)));
      filter();
    }}, dot, make('span', {textContent: word || 'not known'}), make('small', {textContent: many[code].toLocaleString()}));
    legend.append(line);
  });
}
choice.onchange = () => { column = columns[choice.value]; chosen.clear(); showLegend(); filter(); };
search.oninput = filter;
withPictures.onchange = withClusters.onchange = () => redraw();

// --- where one looks
let width = 1, height = 1, scale = 1, middle = [0.5, 0.5], dpr = 1, fit = 1;
const px = x => (x - middle[0]) * scale + width / 2, py = y => (y - middle[1]) * scale + height / 2;
function whole() {
  const aside = width > 900 ? 310 : 0;
  scale = fit = 0.94 * Math.max(120, Math.min(width - aside, height));
  middle = [0.5 - aside / 2 / scale, 0.5];
  redraw();
}
function zoomAt(x, y, by) {
  const to = Math.min(fit * 400, Math.max(fit / 2, scale * by)), ratio = 1 / scale - 1 / to;
  middle = [middle[0] + (x - width / 2) * ratio, middle[1] + (y - height / 2) * ratio];
  scale = to;
  redraw();
}
function resized() {
  const first = width === 1;
  [width, height, dpr] = [innerWidth, innerHeight, devicePixelRatio || 1];
  for (const canvas of [dots, above]) [canvas.width, canvas.height] = [width * dpr, height * dpr];
  first ? whole() : redraw();
}
const radius = () => Math.min(7, Math.max(1.4, 26 / Math.sqrt(count / 40 + 20) * (scale / fit) ** 0.35));

// --- above the points
const pen = above.getContext('2d'), pinned = new Set(), drawing = drawnPoints(dots, raw, color);
let hover = -1, boxes = [], waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; drawAbove(); });
}
const paintText = (i, alpha = 1) => `rgba(${color[4 * i]},${color[4 * i + 1]},${color[4 * i + 2]},${alpha})`;
function drawAbove() {
  pen.setTransform(dpr, 0, 0, dpr, 0, 0);
  pen.clearRect(0, 0, width, height);
  drawing.draw({middle, scale, width, height, dpr, radius: radius()}, pen);
  if (withClusters.checked) clusters.forEach(outline);
  boxes = [];
  if (size && withPictures.checked) drawPictures();
  for (const i of [...pinned, ...(hover >= 0 ? [hover] : [])]) {
    pen.beginPath();
    pen.arc(px(X(i)), py(Y(i)), radius() + 4, 0, 7);
    pen.lineWidth = 2.5;
    pen.strokeStyle = css('--ink');
    pen.stroke();
  }
  if (withClusters.checked) names();
}
function outline(cluster) {
  pen.lineJoin = 'round';
  pen.fillStyle = pen.strokeStyle = paintText(cluster.shown, 0.08);
  pen.lineWidth = 14;
  for (const hull of cluster.outlines) {
    pen.beginPath();
    hull.forEach(([x, y], at) => {  // rounded: through the middles of the sides
      const [to, down] = hull[(at + 1) % hull.length], end = [px((x + to) / 2), py((y + down) / 2)];
      at ? pen.quadraticCurveTo(px(x), py(y), ...end) : pen.moveTo(...end);
    });
    pen.quadraticCurveTo(px(hull[0][0]), py(hull[0][1]), px((hull[0][0] + hull[1][0]) / 2), py((hull[0][1] + hull[1][1]) / 2));
    pen.stroke();
    pen.fill();
  }
}
function names() {  // below the picture of the most typical shape where that is shown
  const taken = [], shown = new Map(boxes.map(([i, x, y, side]) => [i, [x + side / 2, y + side + 9]]));
  pen.font = '600 12px system-ui, sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.lineJoin = 'round';
  for (const {name: whole, middle: [x, y], shown: one} of clusters) {
    const name = whole.length > 30 ? whole.slice(0, 29) + '…' : whole;
    if (grouped && !named.has(whole)) continue;
    const at = shown.get(one) ?? [px(x), py(y)], half = pen.measureText(name).width / 2 + 4;
    if (at[0] < 0 || at[0] > width || at[1] < 0 || at[1] > height) continue;
    const covers = ([, left, top, side]) => Math.abs(left + side / 2 - at[0]) < half + side / 2 && at[1] > top - 8 && at[1] < top + side + 8;
    if (!shown.has(one) && boxes.some(covers)) continue;
    if (taken.some(other => Math.abs(other[0] - at[0]) < half + other[2] && Math.abs(other[1] - at[1]) < 17)) continue;
    taken.push([...at, half]);
    pen.lineWidth = 4;
    pen.strokeStyle = css('--bg');
    pen.strokeText(name, ...at);
    pen.fillStyle = css('--ink');
    pen.fillText(name, ...at);
  }
}
function drawPictures() {  // as many as have room, the first ones first
  const side = Math.max(44, Math.round(0.66 * size)), step = side + 4, tall = side + 20;
  const across = Math.ceil(width / step) + 3, taken = new Map();
  const free = (x, y, cell) => {
    for (let row = -1; row <= 1; row++) for (let column = -1; column <= 1; column++) {
      const other = taken.get(cell + row * across + column);
      if (other && Math.abs(other[0] - x) < step && Math.abs(other[1] - y) < tall) return false;
    }
    return true;
  };
  for (let i = 0, looked = 0; i < count && looked < 6000; i++) {
    if (!passes[i]) continue;
    const x = px(X(i)), y = py(Y(i));
    if (x < 0 || y < 0 || x > width || y > height) continue;
    looked++;
    const cell = (Math.floor(y / tall) + 1) * across + Math.floor(x / step) + 1;
    if (!free(x, y, cell)) continue;
    taken.set(cell, [x, y]);
    boxes.push([i, x - side / 2, y - side / 2, side]);
  }
  const ground = css('--card');
  for (const [i, x, y] of boxes) {
    const {number, x: from, y: down} = cut(i), image = sheet(number);
    pen.beginPath();
    pen.roundRect(x, y, side, side, 8);
    pen.fillStyle = ground;
    pen.globalAlpha = 0.96;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 1.6;
    pen.strokeStyle = paintText(i);
    pen.stroke();
    if (image.ready) pen.drawImage(image, from, down, size, size, x + 2, y + 2, side - 4, side - 4);
  }
}

// --- pointing
function nearest(x, y) {
  for (const [i, left, top, side] of boxes) if (x >= left && x <= left + side && y >= top && y <= top + side) return i;
  let best = -1, far = Math.max(12, radius() + 4) ** 2;
  for (let i = 0; i < count; i++) {
    const dx = px(X(i)) - x, dy = py(Y(i)) - y, gap = dx * dx + dy * dy;
    if (gap < far && passes[i]) { far = gap; best = i; }
  }
  return best;
}
function facts(i) {
  const list = make('dl'), add = (name, value) => list.append(make('dt', {textContent: name}), make('dd', {textContent: value}));
  if (sources && sources[i] && sources[i] !== ids[i]) add('file', sources[i]);
  for (const one of columns) {
    const value = one.words ? one.words[one.codes[i]] : one.numbers[i];
    if (value !== '' && value === value) add(one.name, one.words ? value : short(value));
  }
  return list;
}
function similar(i) {
  const list = make('div', {className: 'near'});
  for (const other of near.subarray(i * data.each, i * data.each + Math.min(data.each, 6)))
    list.append(make('button', {title: ids[other], onclick: () => { middle = [X(other), Y(other)]; pin(other, true); }},
      size ? thumb(other, 46) : ids[other]));
  return list;
}
const card = i => [...(size ? [thumb(i)] : []), make('div', {className: 'name', textContent: ids[i]})];
function point(x, y) {
  const found = x === null ? -1 : nearest(x, y);
  stage.classList.toggle('over', found >= 0);
  if (found !== hover) {
    hover = found;
    if (hover >= 0) {
      const words = columns.filter(one => ['class', 'cluster'].includes(one.name)).map(one => one.words[one.codes[hover]]);
      tip.replaceChildren(...card(hover), make('small', {textContent: [...new Set(words)].filter(Boolean).join(' · ')}));
    }
    redraw();
  }
  tip.style.display = hover >= 0 ? 'block' : 'none';
  if (hover < 0) return;
  tip.style.left = (x + tip.offsetWidth + 26 > width ? x - tip.offsetWidth - 14 : x + 14) + 'px';
  tip.style.top = Math.max(6, Math.min(y + 14, height - tip.offsetHeight - 8)) + 'px';
}
function pin(i, keep = false) {
  pinned.delete(i) && !keep || pinned.add(i);  // kept, it moves to the front
  pins.replaceChildren(...[...pinned].reverse().map(one => make('article', {}, ...card(one), facts(one),
    ...(data.each ? [make('small', {textContent: 'most similar'}), similar(one)] : []),
    make('button', {className: 'close', textContent: '×', title: 'let go', onclick: () => pin(one)}))));
  pins.scrollTop = 0;
  redraw();
}
const held = new Map();
let moved = 0;
stage.onpointerdown = event => {
  stage.setPointerCapture(event.pointerId);
  held.set(event.pointerId, [event.clientX, event.clientY]);
  moved = held.size > 1 ? 99 : 0;
};
stage.onpointermove = event => {
  const before = held.get(event.pointerId), now = [event.clientX, event.clientY];
  if (!before) return point(...now);
  const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const far = at => Math.hypot(at[0] - other[0], at[1] - other[1]);
    zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, far(now) / Math.max(far(before), 1));
  }
  moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
  if (moved > 4) {
    stage.classList.add('drag');
    middle = [middle[0] - (now[0] - before[0]) / scale / held.size, middle[1] - (now[1] - before[1]) / scale / held.size];
    point(null);
    redraw();
  }
  held.set(event.pointerId, now);
};
stage.onpointerup = stage.onpointercancel = event => {
  held.delete(event.pointerId);
  stage.classList.remove('drag');
  if (moved <= 4 && event.type === 'pointerup') {
    const found = nearest(event.clientX, event.clientY);
    if (found >= 0) pin(found);
  }
};
stage.onpointerleave = () => point(null);
stage.addEventListener('wheel', event => {
  event.preventDefault();
  zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
  point(null);
}, {passive: false});
stage.ondblclick = event => zoomAt(event.clientX, event.clientY, 2);
document.addEventListener('keydown', event => {
  if (event.target === search) { if (event.key === 'Escape') { search.value = ''; filter(); search.blur(); } return; }
  const step = 60 / scale, moves = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]};
  if (event.target === stage && moves[event.key]) { middle = middle.map((at, k) => at + moves[event.key][k]); redraw(); }
  else if (event.key === '/') { event.preventDefault(); search.focus(); }
  else if (event.key === '+' || event.key === '-') zoomAt(width / 2, height / 2, event.key === '+' ? 1.6 : 1 / 1.6);
  else if (event.key === '0') whole();
  else if (event.key === 'Escape') { pinned.clear(); pins.replaceChildren(); redraw(); }
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('resize', resized);
if (column) choice.value = columns.indexOf(column);
showLegend();
resized();
filter();
})();
