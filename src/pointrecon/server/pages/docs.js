// Shows what openapi.json says: every call with its fields and an example to type.
(async () => {
const make = (tag, more = {}, ...children) => { const node = Object.assign(document.createElement(tag), more); node.append(...children); return node; };
const EXAMPLES = {
  'get /api/search': '-G --data-urlencode "words=a hex bolt" -d top=5 ADDRESS/api/search',
  'post /api/search': '-F file=@bracket.step -F where="volume < 5000" ADDRESS/api/search',
  'post /api/name': '-F file=@scan.ply -F names="hex bolt | bolt" -F names=washer ADDRESS/api/name',
  'post /api/embed': '-F file=@bracket.step ADDRESS/api/embed',
  'post /api/shape': '-F file=@bracket.step ADDRESS/api/shape',
  'get /api/duplicates': '"ADDRESS/api/duplicates?kinds=same-file,identical"',
  'get /api/shapes': '"ADDRESS/api/shapes?count=20&text=valve"',
  'get /api/shape': '"ADDRESS/api/shape?id=valves/v1"',
  'get /api/picture': '"ADDRESS/api/picture?id=valves/v1" -o v1.png',
  'get /api/file': '-OJ "ADDRESS/api/file?id=valves/v1"',
  'post /api/refresh': '-X POST ADDRESS/api/refresh',
};
const told = await (await fetch('/openapi.json')).json();
document.getElementById('intro').textContent = told.info.description.replaceAll('`', '');
const kind = schema => {
  const one = schema.anyOf ? schema.anyOf.find(other => other.type !== 'null') : schema;
  if (one.type === 'array') return `${kind(one.items)}, may be repeated`;
  return one.contentMediaType || one.format === 'binary' ? 'file' : {string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false'}[one.type] || one.type;
};
for (const [path, calls] of Object.entries(told.paths)) for (const [method, call] of Object.entries(calls)) {
  const body = Object.values(call.requestBody?.content ?? {})[0]?.schema ?? {};
  const form = body.$ref ? told.components.schemas[body.$ref.split('/').pop()] : body;
  const fields = [...(call.parameters ?? []).map(one => [one.name, one.schema, one.description, one.required]),
    ...Object.entries(form.properties ?? {}).map(([name, schema]) => [name, schema, schema.description, form.required?.includes(name)])];
  const rows = fields.map(([name, schema, about, needed]) => {
    const usual = schema.default === undefined || schema.default === null || schema.default === '' || schema.type === 'array' ? '' : `, usually ${JSON.stringify(schema.default)}`;
    return make('tr', {}, make('th', {}, make('code', {textContent: name})), make('td', {textContent: kind(schema) + (needed ? ', needed' : usual)}), make('td', {textContent: about ?? ''}));
  });
  const example = EXAMPLES[`${method} ${path}`] ?? `ADDRESS${path}`;
  document.getElementById('calls').append(make('section', {className: 'call'},
    make('code', {}, make('b', {textContent: method.toUpperCase()}), ` ${path}`), make('h3', {textContent: call.summary}),
    make('p', {className: 'intro', textContent: (call.description ?? '').replaceAll('`', '')}),
    ...(rows.length ? [make('div', {className: 'scroll'}, make('table', {}, ...rows))] : []),
    make('pre', {textContent: `curl ${example.replaceAll('ADDRESS', location.origin)}`})));
}
})();
