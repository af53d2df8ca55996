// Histograms of scores, recovered fractions, and what each observatory has.

function scoresView(host, figure, { eager = true } = {}) {
  const { edges, all, good } = figure;
  const met = sum(all) + figure.underflow + figure.overflow + figure.nan;
  if (met === 0 || all.length === 0 || edges.length !== all.length + 1) {
    host.append(element('p', { class: 'nothing' }, 'No epoch has a score yet.'));
    return null;
  }
  const entries = [
    { label: 'all epochs', counts: all, colour: 'quiet', shape: 'line', hidden: false, filled: true },
    { label: 'good epochs', counts: good, colour: 'good', shape: 'line', hidden: false },
  ];
  let others = 0;
  for (const [filter, counts] of figure.filters) {
    const style = filterStyle('', filter, others);
    if (style.colour.startsWith('other')) others++;
    entries.push({ label: `good, ${filter}`, counts, colour: style.colour, shape: 'line', hidden: figure.filters.length > 1 });
  }
  const most = Math.max(1, ...all, ...good);
  const used = usedRange(all, edges, figure.threshold);
  const chart = new Chart(element('div'), {
    label: `Histogram of ${figure.score}: ${many(sum(all), 'epoch')}, ${whole(sum(good))} of them good.`,
    height: (width) => Math.max(220, Math.min(380, width * 0.45)),
    eager,
    x: { label: figure.score, home: padded(used[0], used[1], 0.03) },
    panels: [{ label: 'Epochs in a bin', log: true, home: [LOWEST, Math.log10(most) + 0.15] }],
    draw: (pen, chart) => {
      for (const entry of entries) if (!entry.hidden) drawSteps(pen, chart, edges, entry);
      drawThresholds(pen, chart, figure.threshold);
    },
    find: (x, y, chart) => {
      const bin = lowerBound(edges, chart.fromX(x)) - 1;
      return bin < 0 || bin >= all.length || !insideBox(chart, x, y) ? null : found(bin, chart);
    },
    step: (direction, last, chart) => {
      const bin = (last?.bin ?? lowerBound(edges, chart.x[0]) - 1) + direction;
      return bin < 0 || bin >= all.length ? null : found(bin, chart);
    },
  });
  const outside = [
    [figure.underflow, 'below the axis'], [figure.overflow, 'above the axis'], [figure.nan, 'without a score'],
  ].filter(([number]) => number > 0).map(([number, words]) => `${many(number, 'epoch')} ${words}`);
  host.append(
    element('div', { class: 'tools' }, chart.buttons()),
    chart.stage.parentElement,
    legend(entries, () => chart.redraw()),
    element('p', { class: 'hint' }, [
      figure.threshold === null ? null : `Threshold: ±${short(figure.threshold)}.`,
      outside.length > 0 ? `Not drawn: ${outside.join(', ')}.` : 'All epochs are within the axis.',
    ].filter(Boolean).join(' ')));
  return chart;

  function found(bin, chart) {
    const middle = (edges[bin] + edges[bin + 1]) / 2;
    const lines = [`${figure.score} ${short(edges[bin])} to ${short(edges[bin + 1])}`];
    for (const entry of entries) if (!entry.hidden) lines.push(`${entry.label}: ${whole(entry.counts[bin] ?? 0)}`);
    return { x: chart.toX(middle), y: chart.toY(0, logOf(all[bin])), lines, bin };
  }
}

const LOWEST = Math.log10(0.5); // where the bars of a logarithmic axis begin

function logOf(count) {
  return count > 0 ? Math.log10(count) : LOWEST;
}

function sum(counts) {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The bins that hold something, and the threshold. */
function usedRange(counts, edges, threshold) {
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return [edges[0], edges[edges.length - 1]];
  const last = counts.length - 1 - [...counts].reverse().findIndex((count) => count > 0);
  const reach = threshold === null ? [] : [threshold, -threshold].filter((value) => value >= edges[0] && value <= edges[edges.length - 1]);
  return [Math.min(edges[first], ...reach), Math.max(edges[last + 1], ...reach)];
}

function insideBox(chart, x, y) {
  const box = chart.boxes[0];
  return x >= chart.left && x <= chart.left + chart.width && y >= box.top && y <= box.top + box.height;
}

function drawSteps(pen, chart, edges, entry) {
  const path = new Path2D();
  const bottom = chart.toY(0, LOWEST);
  path.moveTo(chart.toX(edges[0]), bottom);
  entry.counts.forEach((count, bin) => {
    const y = count > 0 ? chart.toY(0, Math.log10(count)) : bottom + 2;
    path.lineTo(chart.toX(edges[bin]), y);
    path.lineTo(chart.toX(edges[bin + 1]), y);
  });
  path.lineTo(chart.toX(edges[edges.length - 1]), bottom);
  if (entry.filled) {
    pen.fillStyle = colour(entry.colour);
    pen.globalAlpha = 0.25;
    pen.fill(path);
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = colour(entry.colour);
  pen.lineWidth = entry.filled ? 1 : 1.6;
  pen.stroke(path);
}

function drawThresholds(pen, chart, threshold) {
  if (threshold === null) return;
  const box = chart.boxes[0];
  pen.strokeStyle = colour('mark-detection');
  pen.lineWidth = 1.5;
  pen.setLineDash([6, 4]);
  for (const place of [threshold, -threshold]) line(pen, chart.toX(place), box.top, chart.toX(place), box.top + box.height);
  pen.setLineDash([]);
}

// ── recovered fractions

const QUANTITIES = { snr: 'Expected S/N', magnitude: 'Largest change', width: 'Width', filter: 'Filter' };

function efficiencyView(host, figure, { eager = true } = {}) {
  const tables = figure.tables.filter((table) => table.bins.length > 0);
  if (tables.length === 0 || tables[0].total.injected === 0) {
    host.append(element('p', { class: 'nothing' }, 'No simulated event was put into a lightcurve yet.'));
    return null;
  }
  const total = tables[0].total;
  host.append(element('p', {}, `${whole(total.recovered)} of ${many(total.injected, 'simulated event')} found: ${fractionWords(total)}.`));
  const grid = element('div', { class: 'grid' });
  host.append(grid);
  return tables.map((table) => {
    const cell = element('figure', {});
    grid.append(cell);
    return efficiencyChart(cell, table, eager);
  });
}

function fractionWords({ fraction, lower, upper }) {
  if (fraction === null) return 'no fraction';
  return `${fraction.toFixed(3)} (${lower?.toFixed(3) ?? '–'} to ${upper?.toFixed(3) ?? '–'})`;
}

function efficiencyChart(host, table, eager) {
  const numbers = table.bins.filter((bin) => bin.range !== null);
  const words = numbers.length === 0;
  const bins = words ? table.bins : numbers;
  const apart = words ? [] : table.bins.filter((bin) => bin.range === null);
  // as the pictures have it
  const log = table.name === 'width' && !words && bins[0].range[0] > 0;
  const at = (value) => (log ? Math.log10(value) : value);
  const range = (bin, index) => (words ? [index - 0.5, index + 0.5] : bin.range.map(at));
  const name = QUANTITIES[table.name] ?? table.name;
  const label = table.unit === '' ? name : `${name} (${table.unit})`;
  const home = words ? [-0.6, bins.length - 0.4] : padded(at(bins[0].range[0]), at(bins[bins.length - 1].range[1]), 0.03);
  const chart = new Chart(host, {
    label: `Recovered fraction against ${label}: ${bins.map((bin) => `${binWords(bin)}: ${fractionWords(bin.recovered)}`).join('; ')}.`,
    height: 240,
    eager,
    x: { label, home, log, ticks: words ? bins.map((bin, place) => ({ place, label: bin.word })) : null },
    panels: [{ label: 'Recovered fraction', home: [-0.04, 1.04] }],
    draw: (pen, chart) => bins.forEach((bin, index) => drawBin(pen, chart, bin, range(bin, index))),
    find: (x, y, chart) => {
      const place = chart.fromX(x);
      const index = bins.findIndex((bin, index) => place >= range(bin, index)[0] && place < range(bin, index)[1]);
      return index < 0 || !insideBox(chart, x, y) ? null : found(index, chart);
    },
    step: (direction, last, chart) => {
      const index = (last?.index ?? (direction > 0 ? -1 : bins.length)) + direction;
      return index < 0 || index >= bins.length ? null : found(index, chart);
    },
  });
  if (apart.length > 0) {
    host.append(element('figcaption', { class: 'hint' }, `Outside of the axis: ${apart.map((bin) => many(bin.recovered.injected, 'event')).join(', ')}.`));
  }
  return chart;

  function found(index, chart) {
    const { recovered } = bins[index];
    const [low, high] = range(bins[index], index);
    const lines = [
      `${name} ${binWords(bins[index])}${table.unit === '' ? '' : ` ${table.unit}`}`,
      `${whole(recovered.recovered)} of ${whole(recovered.injected)} found`,
      fractionWords(recovered),
    ];
    return { x: chart.toX((low + high) / 2), y: chart.toY(0, recovered.fraction ?? 0), lines, index };
  }
}

function binWords(bin) {
  return bin.range === null ? bin.word : `${short(bin.range[0], 3)} to ${short(bin.range[1], 3)}`;
}

function drawBin(pen, chart, bin, [low, high]) {
  const { fraction, lower, upper } = bin.recovered;
  if (fraction === null) return;
  const middle = chart.toX((low + high) / 2);
  const y = chart.toY(0, fraction);
  pen.strokeStyle = colour('good');
  pen.fillStyle = colour('good');
  pen.lineWidth = 1.4;
  line(pen, chart.toX(low), y, chart.toX(high), y);
  if (lower !== null && upper !== null) {
    line(pen, middle, chart.toY(0, lower), middle, chart.toY(0, upper));
    for (const end of [lower, upper]) line(pen, middle - 4, chart.toY(0, end), middle + 4, chart.toY(0, end));
  }
  pen.beginPath();
  pen.arc(middle, y, 3.2, 0, 2 * Math.PI);
  pen.fill();
}

// ── what each observatory has

const OUTCOMES = [
  ['ok', 'has photometry', 'good'], ['empty', 'nothing there', 'other-3'], ['skipped', 'not asked because of a rule', 'other-0'],
  ['failed', 'an error, tried again by the next run', 'bad'], ['pending', 'not asked yet', 'pale'],
];

function coverageView(host, figure) {
  if (figure.observatories.length === 0) {
    host.append(element('p', { class: 'nothing' }, 'No observatory is used.'));
    return null;
  }
  const head = element('tr', {}, element('th', { scope: 'col' }, 'Observatory'),
    element('th', { scope: 'col', class: 'wide' }, `Sources (of ${whole(figure.sources)})`),
    ...OUTCOMES.map(([name]) => element('th', { scope: 'col', class: 'number' }, name)),
    element('th', { scope: 'col', class: 'number' }, 'lightcurves'), element('th', { scope: 'col', class: 'number' }, 'epochs'));
  const rows = figure.observatories.map((row) => {
    const bar = element('div', { class: 'bar', role: 'img', 'aria-label': OUTCOMES.map(([name]) => `${name} ${row[name]}`).join(', ') });
    for (const [name, words, ink] of OUTCOMES) {
      if (row[name] === 0) continue;
      const part = element('span', { class: ink, title: `${many(row[name], 'source')}: ${words}` });
      part.style.flexGrow = row[name];
      bar.append(part);
    }
    const numbers = [...OUTCOMES.map(([name]) => row[name]), row.lightcurves, row.epochs];
    return element('tr', {}, element('th', { scope: 'row' }, row.observatory), element('td', {}, bar),
      ...numbers.map((number) => element('td', { class: 'number' }, whole(number))));
  });
  const keys = element('p', { class: 'keys' });
  for (const [name, words, ink] of OUTCOMES) keys.append(element('span', { class: `key ${ink}`, 'aria-hidden': 'true' }), `${name}: ${words} `);
  host.append(element('div', { class: 'scroll' }, element('table', { class: 'coverage' }, element('thead', {}, head), element('tbody', {}, ...rows))), keys);
  return null;
}
