// Draws the figures in the colors of the page.
(() => {
const {figures} = JSON.parse(document.getElementById('data').textContent);
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

drawFigures();
dark.addEventListener('change', drawFigures);
})();
