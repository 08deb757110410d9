// Draws a cloud as small lit balls into a canvas that can be turned and zoomed. No library.
function solidView(canvas) {
  const START = {yaw: -0.6, pitch: 0.35, zoom: 1}, LIGHT = [-0.45, 0.62, 0.64];
  let view = {...START}, points = [], up = 'y', waiting = false, from = null;
  const color = () => {
    const found = getComputedStyle(document.documentElement).getPropertyValue('--blue').trim();
    return [1, 3, 5].map(i => parseInt(found.slice(i, i + 2), 16));
  };
  // with its up axis up; where nobody knows it y, as in the small pictures
  const upright = ([x, y, z]) => up === 'z' ? [x, z, -y] : up === 'x' ? [-y, x, z] : [x, y, z];
  function ball(radius) {
    const stamp = [];
    for (let y = -Math.ceil(radius); y <= radius; y++) for (let x = -Math.ceil(radius); x <= radius; x++) {
      const rest = radius * radius - x * x - y * y;
      if (rest < 0) continue;
      const out = Math.sqrt(rest);
      stamp.push([x, y, out, 0.55 + 0.55 * Math.max(0, (LIGHT[0] * x - LIGHT[1] * y + LIGHT[2] * out) / radius)]);
    }
    return stamp;
  }
  function draw() {
    waiting = false;
    const side = Math.max(8, Math.round(canvas.clientWidth * Math.min(2, devicePixelRatio || 1)));
    if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext('2d'), image = context.createImageData(side, side), pixels = image.data;
    const depth = new Float32Array(side * side).fill(-1e9), unit = side * 0.46 * view.zoom, rgb = color();
    const [cy, sy, cp, sp] = [Math.cos(view.yaw), Math.sin(view.yaw), Math.cos(view.pitch), Math.sin(view.pitch)];
    const stamp = ball(Math.max(1.5, 1.9 / Math.sqrt(points.length || 1) * unit));
    for (const [x, y, z] of points) {
      const right = x * cy + z * sy, near = z * cy - x * sy, high = y * cp - near * sp, front = y * sp + near * cp;
      const px = Math.round(side / 2 + right * unit), py = Math.round(side / 2 - high * unit);
      const far = 0.3 * (1 - front) / 2; // what lies behind is paler
      for (const [dx, dy, out, lit] of stamp) {
        const u = px + dx, v = py + dy, at = v * side + u, d = front * unit + out;
        if (u < 0 || v < 0 || u >= side || v >= side || d <= depth[at]) continue;
        depth[at] = d;
        for (let k = 0; k < 3; k++) pixels[4 * at + k] = Math.min(255, rgb[k] * lit + (160 - rgb[k] * lit) * far);
        pixels[4 * at + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }
  const later = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const turn = (yaw, pitch) => {
    view.yaw += yaw;
    view.pitch = Math.max(-1.57, Math.min(1.57, view.pitch + pitch));
    later();
  };
  canvas.addEventListener('pointerdown', event => { from = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener('pointermove', event => {
    if (!from) return;
    turn((event.clientX - from[0]) * 0.01, (event.clientY - from[1]) * 0.01);
    from = [event.clientX, event.clientY];
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { from = null; });
  canvas.addEventListener('wheel', event => {
    event.preventDefault();
    view.zoom = Math.max(0.4, Math.min(8, view.zoom * Math.exp(-event.deltaY * 0.0015)));
    later();
  }, {passive: false});
  canvas.addEventListener('dblclick', () => { view = {...START}; later(); });
  canvas.addEventListener('keydown', event => {
    const step = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1]}[event.key];
    if (step) { event.preventDefault(); turn(...step); }
  });
  new ResizeObserver(later).observe(canvas);
  return {show(cloud, axis) { up = axis; points = cloud.map(upright); view = {...START}; later(); }};
}
