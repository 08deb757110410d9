// The points of the map: by WebGL, or where there is none as squares on a canvas, slower.
function drawnPoints(canvas, xy, color) {
  const gl = canvas.getContext('webgl', {antialias: false});
  return (gl && byWebGL(gl, canvas, xy, color)) || byCanvas(xy, color);
}

// look: {middle, scale, width, height, radius, dpr}; a canvas to draw on is given to those without one of their own
function byWebGL(gl, canvas, xy, color) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, `attribute vec2 p; attribute vec4 c; uniform vec3 look;
    uniform vec2 half_size; uniform mediump float r; varying mediump vec4 paint; void main() {
    gl_Position = vec4((p - look.xy) * look.z / half_size * vec2(1, -1), 0, 1); gl_PointSize = 2. * r + 1.; paint = c; }`],
  [gl.FRAGMENT_SHADER, `precision mediump float; varying mediump vec4 paint; uniform mediump float r; void main() {
    float far = length(gl_PointCoord - .5) * (2. * r + 1.), a = paint.a * clamp(r + .5 - far, 0., 1.);
    gl_FragColor = vec4(paint.rgb * a, a); }`]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const put = (name, values, of, kind) => {
    const place = gl.getAttribLocation(program, name), buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, of, kind, true, 0, 0);
    return buffer;
  };
  put('p', xy, 2, gl.UNSIGNED_SHORT);
  const colors = put('c', color, 4, gl.UNSIGNED_BYTE);
  const [look, half, r] = ['look', 'half_size', 'r'].map(name => gl.getUniformLocation(program, name));
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  return {
    painted() { gl.bindBuffer(gl.ARRAY_BUFFER, colors); gl.bufferSubData(gl.ARRAY_BUFFER, 0, color); },
    draw({middle, scale, width, height, radius, dpr}) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform3f(look, middle[0], middle[1], scale);
      gl.uniform2f(half, width / 2, height / 2);
      gl.uniform1f(r, radius * dpr);
      gl.drawArrays(gl.POINTS, 0, xy.length / 2);
    },
  };
}

function byCanvas(xy, color) {
  return {painted() {}, draw({middle, scale, width, height, radius}, pen) {
    for (let i = 0; i < xy.length / 2; i++) {
      const x = (xy[2 * i] / 65535 - middle[0]) * scale + width / 2, y = (xy[2 * i + 1] / 65535 - middle[1]) * scale + height / 2;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      pen.fillStyle = `rgba(${color[4 * i]},${color[4 * i + 1]},${color[4 * i + 2]},${color[4 * i + 3] / 255})`;
      pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
  }};
}
