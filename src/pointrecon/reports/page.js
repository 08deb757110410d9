// Draws the figures in the colors of the page and lets one turn the clouds together.
(() => {
const {figures, clouds} = JSON.parse(document.getElementById('data').textContent);
const dark = matchMedia('(prefers-color-scheme: dark)');
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const config = {displayModeBar: false, responsive: true};

function themed(layout) {
  const axis = {gridcolor: css('--line'), linecolor: css('--line'), zerolinecolor: css('--line')};
  return {...layout, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    font: {color: css('--soft'), family: 'system-ui, sans-serif', size: 12},
    hoverlabel: {bgcolor: css('--card'), bordercolor: css('--line'), font: {color: css('--ink')}},
    xaxis: {...axis, ...layout.xaxis}, yaxis: {...axis, ...layout.yaxis}};
}
function drawFigures() {
  for (const [id, figure] of Object.entries(figures))
    Plotly.react(id, figure.data, themed(structuredClone(figure.layout)), config);
}

let chosen = 0;
let camera = {eye: {x: 0.82, y: -1.0, z: 0.55}, up: {x: 0, y: 0, z: 1}};
let turning = false;
const panels = ['seen', 'rebuilt', 'original'];
const points = ([x, y, z], [low, high], opacity) => ({type: 'scatter3d', mode: 'markers', x, y, z,
  hoverinfo: 'skip', marker: {size: 2.6, opacity, line: {width: 0}, color: z, cmin: -0.8, cmax: 0.8,
    colorscale: [[0, low], [1, high]], showscale: false}});
function traces(panel, shape) {
  if (panel === 'seen') return [points(shape.seen, clouds.seen, 1)];
  if (panel === 'rebuilt')
    return [points(shape.seen, clouds.whole, 0.4), points(shape.rebuilt, clouds.added, 1)];
  return [points(shape.original, clouds.whole, 1)];
}
function drawClouds() {
  const shape = clouds.shapes[chosen];
  const axis = {visible: false, range: [-1.02, 1.02]};
  for (const panel of panels) Plotly.react('scene-' + panel, traces(panel, shape), {showlegend: false,
    margin: {l: 0, r: 0, t: 0, b: 0}, paper_bgcolor: 'rgba(0,0,0,0)',
    scene: {xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: 'cube', camera, dragmode: 'orbit'}}, config);
}
function follow(panel) {
  document.getElementById('scene-' + panel).on('plotly_relayout', change => {
    if (turning || !change['scene.camera']) return;
    turning = true;
    camera = change['scene.camera'];
    const others = panels.filter(other => other !== panel);
    Promise.all(others.map(other => Plotly.relayout('scene-' + other, {'scene.camera': camera})))
      .then(() => { turning = false; });
  });
}
function draw() { drawFigures(); if (clouds) drawClouds(); }
draw();
if (clouds) {
  panels.forEach(follow);
  document.getElementById('cloud-chips').addEventListener('click', event => {
    const shape = event.target.dataset.shape;
    if (shape === undefined) return;
    chosen = Number(shape);
    for (const chip of document.querySelectorAll('#cloud-chips button'))
      chip.classList.toggle('on', chip === event.target);
    drawClouds();
  });
}
dark.addEventListener('change', draw);
})();
