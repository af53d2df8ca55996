// Sources on the whole sky, in Mollweide's projection, with the galactic plane.

const STATUSES = {
  detected: { words: 'with a detection', colour: 'mark-detection', shape: 'diamond', size: 4 },
  failed: { words: 'failed', colour: 'bad', shape: 'wedge', size: 3.5 },
  ok: { words: 'with photometry', colour: 'good', shape: 'circle', size: 2.4 },
  empty: { words: 'nothing there', colour: 'other-3', shape: 'square', size: 2 },
  pending: { words: 'not asked yet', colour: 'quiet', shape: 'circle', size: 1.8 },
};
const WIDEST = 2 * Math.SQRT2;

/** Place of a direction (degrees): right ascension grows to the left, 180 is in the middle. */
function mollweide(ra, dec) {
  const wrapped = (((ra % 360) + 360) % 360) - 180;
  const latitude = (dec * Math.PI) / 180;
  let theta = latitude;
  if (Math.abs(dec) < 89.999) {
    for (let i = 0; i < 20; i++) {
      const change = (2 * theta + Math.sin(2 * theta) - Math.PI * Math.sin(latitude)) / (2 + 2 * Math.cos(2 * theta));
      theta -= change;
      if (Math.abs(change) < 1e-9) break;
    }
  } else {
    theta = Math.sign(dec) * (Math.PI / 2);
  }
  return [-(WIDEST / Math.PI) * ((wrapped * Math.PI) / 180) * Math.cos(theta), Math.SQRT2 * Math.sin(theta)];
}

/** Equatorial place of a point of the galactic plane (degrees; J2000 pole of Hipparcos, vol. 1, 1.5.3). */
function galacticPlane(longitude) {
  const rad = Math.PI / 180;
  const [poleRa, poleDec, node] = [192.85948 * rad, 27.12825 * rad, 32.93192 * rad];
  const l = longitude * rad - node;
  const dec = Math.asin(Math.cos(poleDec) * Math.sin(l));
  const ra = poleRa + Math.atan2(Math.cos(l), -Math.sin(poleDec) * Math.sin(l));
  return [ra / rad, dec / rad];
}

function skyView(host, figure, { eager = true } = {}) {
  const names = figure.names;
  const ra = floatsOf(figure.ra);
  const dec = floatsOf(figure.dec);
  const codes = bytesOf(figure.status);
  const kinds = Object.keys(STATUSES);
  const x = new Float32Array(names.length);
  const y = new Float32Array(names.length);
  names.forEach((_, i) => ([x[i], y[i]] = mollweide(ra[i], dec[i])));
  const entries = kinds.map((kind, code) => {
    const number = codes.reduce((sum, other) => sum + (other === code), 0);
    return { ...STATUSES[kind], label: `${whole(number)} ${STATUSES[kind].words}`, number, hidden: false };
  });
  const lines = graticule();

  const chart = new Chart(element('div'), {
    label: `Map of the sky with ${many(names.length, 'source')}: ${entries.filter((entry) => entry.number).map((entry) => entry.label).join(', ')}.`,
    height: (width) => Math.min(620, Math.max(180, width / 2 + 8)),
    bare: true,
    eager,
    x: { label: '', home: [-WIDEST * 1.02, WIDEST * 1.02] },
    panels: [{ label: '', home: [-Math.SQRT2 * 1.02, Math.SQRT2 * 1.02] }],
    draw,
    find: nearest,
    step: (direction, last, chart) => {
      for (let i = (last?.index ?? (direction > 0 ? -1 : names.length)) + direction; i >= 0 && i < names.length; i += direction) {
        if (!entries[codes[i]].hidden) return found(i, chart);
      }
      return null;
    },
  });
  host.append(
    element('div', { class: 'tools' }, chart.buttons()),
    chart.stage.parentElement,
    legend(entries.filter((entry) => entry.number > 0), () => {
      chart.show(null);
      chart.redraw();
    }));
  if (names.length === 0) host.append(element('p', { class: 'nothing' }, 'No source has a place yet.'));
  return chart;

  function draw(pen, chart) {
    pen.lineWidth = 1;
    for (const { points, ink, wide, field } of lines) {
      pen.beginPath();
      points.forEach(([px, py], i) => (i === 0 ? pen.moveTo(chart.toX(px), chart.toY(0, py)) : pen.lineTo(chart.toX(px), chart.toY(0, py))));
      if (field) {
        pen.fillStyle = colour('field');
        pen.fill();
      }
      pen.strokeStyle = colour(ink);
      pen.lineWidth = wide ?? 1;
      pen.stroke();
    }
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'center';
    pen.textBaseline = 'bottom';
    for (let meridian = 60; meridian <= 300; meridian += 60) {
      const [px, py] = mollweide(meridian, 0);
      pen.fillText(`${meridian}°`, chart.toX(px), chart.toY(0, py) - 2);
    }
    for (const parallel of [-60, -30, 30, 60]) {
      const [px, py] = mollweide(180, parallel);
      pen.fillText(minus(`${parallel}°`), chart.toX(px), chart.toY(0, py) - 2);
    }
    const crowded = names.length > 3000;
    // what matters most is drawn last
    for (let code = kinds.length - 1; code >= 0; code--) if (!entries[code].hidden && entries[code].number > 0) drawKind(pen, chart, code, crowded);
  }

  function drawKind(pen, chart, code, crowded) {
    const style = entries[code];
    const path = new Path2D();
    const size = crowded ? Math.max(1, style.size * 0.6) : style.size;
    const columns = Math.ceil(chart.width);
    const taken = new Uint8Array(columns * Math.ceil(chart.boxes[0].height));
    for (let i = 0; i < names.length; i++) {
      if (codes[i] !== code) continue;
      const px = chart.toX(x[i]);
      const py = chart.toY(0, y[i]);
      const cell = ((py - chart.boxes[0].top) | 0) * columns + ((px - chart.left) | 0);
      if (!(px >= chart.left && px < chart.left + chart.width && cell >= 0 && cell < taken.length) || taken[cell]) continue;
      taken[cell] = 1;
      if (crowded) path.rect(px - size, py - size, 2 * size, 2 * size);
      else marker(path, style.shape, px, py, size);
    }
    pen.fillStyle = colour(style.colour);
    pen.globalAlpha = 0.8;
    pen.fill(path);
    pen.globalAlpha = 1;
  }

  function nearest(px, py, chart) {
    let best = -1;
    let least = 14 * 14;
    for (let i = 0; i < names.length; i++) {
      if (entries[codes[i]].hidden) continue;
      const distance = (chart.toX(x[i]) - px) ** 2 + (chart.toY(0, y[i]) - py) ** 2;
      if (distance < least) [least, best] = [distance, i];
    }
    return best < 0 ? null : found(best, chart);
  }

  function found(index, chart) {
    const lines = [names[index], `RA ${short(ra[index], 7)}°, Dec ${short(dec[index], 7)}°`, STATUSES[kinds[codes[index]]].words];
    return { x: chart.toX(x[index]), y: chart.toY(0, y[index]), lines, index };
  }
}

/** The edge, meridians, parallels and the galactic plane, as lines in the projection. */
function graticule() {
  const steps = (from, to, by, call) => Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => call(from + i * by));
  const edge = [...steps(-90, 90, 2, (dec) => mollweide(0, dec)), ...steps(90, -90, -2, (dec) => mollweide(359.9999, dec))];
  const lines = [{ points: [...edge, edge[0]], ink: 'frame', field: true }];
  for (let ra = 30; ra <= 330; ra += 30) lines.push({ points: steps(-90, 90, 3, (dec) => mollweide(ra, dec)), ink: 'grid' });
  for (let dec = -60; dec <= 60; dec += 30) lines.push({ points: [0, 359.9999].map((ra) => mollweide(ra, dec)), ink: 'grid' });
  let piece = [];
  for (let l = 0; l <= 360; l += 1) {
    const point = mollweide(...galacticPlane(l));
    const before = piece[piece.length - 1];
    if (before && Math.abs(point[0] - before[0]) > 1) {
      lines.push({ points: piece, ink: 'plane', wide: 1.5 });
      piece = [];
    }
    piece.push(point);
  }
  lines.push({ points: piece, ink: 'plane', wide: 1.5 });
  return lines;
}
