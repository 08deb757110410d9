// The search page: asks the API and shows hits. What comes from files is only ever put in as text.
(() => {
const $ = id => document.getElementById(id), PAGE = 60;
let like = [], unlike = [], file = null, revision = 0, listed = 0, asking = 0;
const view = solidView($('view'));
const make = (tag, more = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), more);
  node.append(...children.filter(one => one !== null && one !== ''));
  return node;
};
async function ask(path, settings) {
  const answer = await fetch(path, settings);
  let content;
  try { content = await answer.json(); } catch { content = {error: `the server answered ${answer.status}`}; }
  if (!answer.ok) throw new Error(content.error || `the server answered ${answer.status}`);
  return content;
}
const tell = (text, bad = false) => { $('told').textContent = text; $('told').classList.toggle('error', bad); };
const query = pairs => new URLSearchParams(pairs.filter(([, value]) => value !== '' && value !== null));
const picture = id => `/api/picture?${query([['id', id], ['size', 224], ['revision', revision]])}`;
const number = value => Number(value).toLocaleString('en', {maximumSignificantDigits: 4});
const plural = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

// Runs what a button wants; of several answers on their way only that of the last question is shown.
async function busy(what, work) {
  const mine = ++asking, slow = setTimeout(() => mine === asking && tell(what), 150);
  $('hits').classList.add('busy');
  try { await work(() => mine === asking); }
  catch (error) { if (mine === asking) { tell(error.message || String(error), true); $('hits').replaceChildren(); $('notes').replaceChildren(); $('more').hidden = true; } }
  finally { clearTimeout(slow); if (mine === asking) $('hits').classList.remove('busy'); }
}

function cell(id, big, lines, copy, what) {
  const image = make('img', {src: picture(id), alt: '', loading: 'lazy', width: 224, height: 224});
  const told = lines.filter((line, i) => line && (!i || !lines[0].startsWith(`${line}/`)))
    .map((line, i) => make('small', {className: i ? '' : 'id', textContent: line}));
  const node = make('button', {type: 'button', className: `cell${copy ? ' copy' : ''}`, title: id}, image,
    make('b', {textContent: big}),
    ...told, what ? make('small', {className: 'what', textContent: what}) : '');
  node.addEventListener('click', () => open(id, what));
  return node;
}
function notes(all) { $('notes').replaceChildren(...all.map(note => make('p', {className: 'sub', textContent: `note: ${note}`}))); }

function chips() {
  const chip = (name, un, drop) => {
    const button = make('button', {type: 'button', textContent: '×', ariaLabel: `leave out ${name}`});
    button.addEventListener('click', () => { drop(); chips(); search(); });
    return make('span', {className: `chip${un ? ' un' : ''}`}, make('span', {textContent: `${un ? 'unlike' : 'like'} ${name}`, title: name}), button);
  };
  $('chips').replaceChildren(
    ...(file ? [chip(file.name, false, () => { file = null; $('file').value = ''; })] : []),
    ...like.map(id => chip(id, false, () => { like = like.filter(one => one !== id); })),
    ...unlike.map(id => chip(id, true, () => { unlike = unlike.filter(one => one !== id); })));
}
function remember() {
  const state = query([...like.map(id => ['like', id]), ...unlike.map(id => ['unlike', id]),
    ...['words', 'where', 'size', 'above'].map(name => [name, $(name).value])]).toString();
  if (location.hash.slice(1) !== state) history.pushState(null, '', state ? `#${state}` : location.pathname);
}
function recall() {
  const state = new URLSearchParams(location.hash.slice(1));
  [like, unlike, file] = [state.getAll('like'), state.getAll('unlike'), null];
  for (const name of ['words', 'where', 'size', 'above']) $(name).value = state.get(name) || '';
  chips();
  search();
}

function search() {
  remember();
  const words = $('words').value.trim();
  if (!file && !like.length && !words) return list(0);
  const pairs = [...like.map(id => ['like', id]), ...unlike.map(id => ['not_like', id]), ['words', words],
    ['where', $('where').value.trim()], ['size', $('size').value.trim()], ['top', $('top').value],
    ['above', $('above').value === '' ? '' : $('above').value / 100], ['evidence', $('all').checked ? 'all' : 'copies']];
  return busy('searching …', async mine => {
    let found;
    if (file) {
      const body = new FormData();
      body.append('file', file);
      for (const [name, value] of query(pairs)) body.append(name, value);
      found = await ask('/api/search', {method: 'POST', body});
    } else found = await ask(`/api/search?${query(pairs)}`);
    if (!mine()) return;
    const isCopy = hit => hit.same || ['identical', 'rescaled', 'mirrored', 'remeshed'].includes(hit.kind);
    const copies = found.hits.filter(isCopy).length;
    tell(found.hits.length ? `${plural(found.hits.length, 'hit')} of ${found.query}${copies ? `, ${copies} of them the same shape` : ''}`
      : 'nothing is found: widen the condition, the size window or the similarity');
    notes(found.notes);
    $('more').hidden = true;
    $('hits').replaceChildren(...found.hits.map(hit => cell(hit.id, `${hit.similarity.toFixed(0)}%`,
      [hit.source || hit.id, hit.class], isCopy(hit), hit.evidence)));
  });
}
function list(start) {
  const where = $('where').value.trim();
  return busy('reading …', async mine => {
    const found = await ask(`/api/shapes?${query([['start', start], ['count', PAGE], ['where', where]])}`);
    if (!mine()) return;
    const cells = found.rows.map(row => cell(row.id, row.class || '', [row.source || row.id], false, ''));
    if (start) $('hits').append(...cells); else $('hits').replaceChildren(...cells);
    listed = start + found.rows.length;
    $('more').hidden = listed >= found.found;
    notes([]);
    tell(where ? `${plural(found.found, 'shape')} of ${found.shapes.toLocaleString('en')} where ${where}` : 'Drop a file, type words, or click a shape to find others like it.');
  });
}
function twice() {
  return busy('comparing files: the first time this takes a while, some minutes for thousands …', async mine => {
    const found = await ask('/api/duplicates');
    if (!mine()) return;
    const kinds = Object.entries(found.kinds).map(([kind, count]) => `${count} ${kind}`).join(', ');
    tell(kinds ? `${plural(found.groups.length, 'group')}: ${kinds}; ${number(found.spare_bytes / 1e6)} MB hold nothing that another file lacks` : 'nothing is there twice');
    notes([...found.notes, ...(found.groups.length > 100 ? ['the first 100 groups are shown'] : [])]);
    $('more').hidden = true;
    $('hits').replaceChildren(...found.groups.slice(0, 100).flatMap((group, i) => [
      make('h3', {textContent: `${i + 1} · ${plural(group.length, 'file')}`}),
      ...group.slice(0, 24).map(row => cell(row.id, row.proposal === 'keep' ? 'keep' : row.kind,
        [row.file, row.of && row.of !== group[0].id ? `of ${row.of}` : ''], row.proposal === 'spare', row.words)),
      ...(group.length > 24 ? [make('small', {textContent: `and ${group.length - 24} more`})] : [])]));
  });
}

async function open(id, what) {
  $('d-name').textContent = id;
  $('d-what').textContent = what || '';
  $('d-facts').replaceChildren();
  $('d-named').textContent = '';
  const button = (text, act) => { const one = make('button', {type: 'button', textContent: text}); one.addEventListener('click', act); return one; };
  const go = act => () => { act(); $('detail').close(); chips(); search(); };
  $('d-do').replaceChildren(
    button('find shapes like it', go(() => { [like, unlike, file] = [[id], [], null]; $('words').value = ''; })),
    ...(file || like.length || $('words').value ? [button('also like it', go(() => { like = [...new Set([...like, id])]; })),
      button('unlike it', go(() => { unlike = [...new Set([...unlike, id])]; }))] : []),
    make('a', {href: `/api/file?${query([['id', id]])}`, textContent: 'original file', download: ''}));
  $('d-naming').onsubmit = async event => {
    event.preventDefault();
    const body = new FormData();
    for (const name of $('d-names').value.split(',')) if (name.trim()) body.append('names', name.trim());
    body.append('id', id);
    $('d-named').textContent = '…';
    try {
      const [row] = (await ask('/api/name', {method: 'POST', body})).shapes;
      const second = row.runner_up ? ` (or ${row.runner_up}, ${Math.round(100 * row.runner_up_confidence)}%)` : '';
      $('d-named').textContent = `${row.name} ${Math.round(100 * row.confidence)}%${second}`;
    } catch (error) { $('d-named').textContent = error.message; }
  };
  view.show([], 'y');
  if (!$('detail').open) $('detail').showModal();
  try {
    const row = await ask(`/api/shape?${query([['id', id], ['points', true]])}`);
    if ($('d-name').textContent !== id) return;
    view.show(row.points, row.up_of_points);
    const unit = row.unit ? ` ${row.unit}` : '', sides = ['x', 'y', 'z'].map(axis => row[`extent_${axis}`]).filter(one => one !== null);
    const told = {file: row.source, class: row.class, format: row.format, size: sides.length ? sides.map(number).join(' × ') + unit : null,
      area: row.area === null ? null : number(row.area) + (unit && `${unit}²`), volume: row.volume === null ? null : number(row.volume) + (unit && `${unit}³`),
      triangles: row.faces, vertices: row.vertices, bodies: row.bodies, bytes: row.bytes, up: row.up, split: row.split,
      modified: row.modified === null ? null : new Date(row.modified / 1e6).toISOString().slice(0, 16).replace('T', ' '), sha256: row.hash};
    $('d-facts').replaceChildren(...Object.entries(told).filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => make('tr', {}, make('th', {textContent: name}), make('td', {textContent: typeof value === 'number' ? value.toLocaleString('en') : value}))));
  } catch (error) { $('d-what').textContent = error.message; }
}

const take = one => { if (one) { file = one; like = []; unlike = []; chips(); search(); } };
$('ask').addEventListener('submit', event => { event.preventDefault(); search(); });
$('all').addEventListener('change', search);
$('file').addEventListener('change', () => take($('file').files[0]));
for (const kind of ['dragover', 'dragleave', 'drop']) addEventListener(kind, event => {
  event.preventDefault();
  $('drop').classList.toggle('over', kind === 'dragover');
  if (kind === 'drop') take(event.dataTransfer.files[0]);
});
$('clear').addEventListener('click', () => { [like, unlike, file] = [[], [], null]; $('ask').reset(); chips(); search(); });
$('twice').addEventListener('click', twice);
$('more').addEventListener('click', () => list(listed));
$('detail').addEventListener('click', event => { if (event.target === $('detail')) $('detail').close(); });
$('refresh').addEventListener('click', () => busy('reading what is new …', async () => {
  const found = await ask('/api/refresh', {method: 'POST'});
  await about();
  tell(`${found.before} shapes before, ${found.shapes} now`);
  $('hits').classList.remove('busy');
}));
addEventListener('popstate', recall);

async function about() {
  const told = await ask('/api/about');
  revision = told.revision;
  const name = told.collection.name || told.collection.path;
  document.title = `${name} · pointrecon`;
  $('title').textContent = name;
  $('about').textContent = `${plural(told.collection.shapes, 'shape')} · by ${told.compared.replace('embedding/', '')}`;
  if (told.unreadable) {
    $('about').textContent += ` · ${plural(told.unreadable, 'file')} could not be read`;
    $('about').title = 'why: skipped.csv in the table';
  }
  $('changed').hidden = !told.changed;
  $('file').accept = told.formats.join(',');
  $('formats').textContent = 'or click to choose: STEP, STL, OBJ, PLY, GLB, 3MF, LAS …';
  $('where').title = `columns: ${told.columns.join(', ')}`;
}
recall();
about().catch(error => tell(error.message, true));
})();
