// Detections as a table to sort and to filter, each with a small picture that opens the whole lightcurve.

const PAGE = 50; // rows that are shown at a time

/** Columns of an embedded row, in their order. */
const ROW = ['source', 'ra', 'dec', 'observatory', 'filter', 'number', 'time', 'start', 'end', 'snr', 'score', 'mag', 'dmag', 'fap', 'flagged', 'injection', 'detection', 'place', 'clock'];

const COLUMNS = [
  { name: 'source', head: 'Source', text: true, cell: (row) => row.source },
  { name: 'snr', head: 'S/N', cell: (row) => short(row.snr, 4) },
  { name: 'score', head: 'Score', cell: (row) => short(row.score, 4) },
  { name: 'time', head: 'Peak (d)', cell: (row) => (row.time === null ? '–' : `${row.time.toFixed(4)} ${row.clock}`) },
  { name: 'duration', head: 'Lasts (d)', cell: (row) => short(row.duration, 3) },
  { name: 'mag', head: 'Peak (mag)', cell: (row) => short(row.mag, 5) },
  { name: 'dmag', head: 'Change (mag)', cell: (row) => short(row.dmag, 3) },
  { name: 'observatory', head: 'Observatory', text: true, cell: (row) => row.observatory },
  { name: 'filter', head: 'Filter', text: true, cell: (row) => row.filter },
  { name: 'fap', head: 'False alarm', cell: (row) => short(row.fap, 2) },
  { name: 'flagged', head: 'Quality', text: true, cell: (row) => (row.flagged ? 'bad' : 'good') },
  { name: 'ra', head: 'RA (°)', cell: (row) => degrees(row.ra) },
  { name: 'dec', head: 'Dec (°)', cell: (row) => degrees(row.dec) },
  { name: 'injection', head: 'Simulated', cell: (row) => (row.injection > 0 ? `event ${row.injection}` : 'no') },
];

/** Five decimals: 36 milliarcseconds. */
function degrees(value) {
  return value === null ? '–' : minus(value.toFixed(5));
}

function detectionsView(host, rows) {
  const all = rows.map((cells, index) => {
    const row = Object.fromEntries(ROW.map((name, i) => [name, cells[i]]));
    row.duration = row.start === null || row.end === null ? null : row.end - row.start;
    row.index = index;
    row.words = [row.source, row.observatory, row.filter].join(' ').toLowerCase();
    return row;
  });
  const simulated = all.some((row) => row.injection > 0);
  const columns = COLUMNS.filter((column) => simulated || column.name !== 'injection');
  const state = { sort: 'snr', down: true, page: 0, words: '', least: null, simulated: true, good: false };
  let found = all;

  const field = (attributes) => element('input', attributes);
  const words = field({ type: 'search', 'aria-label': 'Filter by source, observatory or filter', placeholder: 'source, observatory, filter',
    oninput: () => change({ words: words.value.trim().toLowerCase() }) });
  const least = field({ type: 'number', step: 'any', 'aria-label': 'Least S/N', placeholder: 'least S/N',
    oninput: () => change({ least: least.value === '' ? null : Number(least.value) }) });
  const good = field({ type: 'checkbox', onchange: () => change({ good: good.checked }) });
  const others = field({ type: 'checkbox', checked: true, onchange: () => change({ simulated: others.checked }) });
  const told = element('output', { class: 'seen' });
  const back = element('button', { type: 'button', 'aria-label': 'Previous page', onclick: () => turn(-1) }, '‹');
  const forth = element('button', { type: 'button', 'aria-label': 'Next page', onclick: () => turn(1) }, '›');
  const heads = columns.map((column) => element('th', { scope: 'col', class: column.text ? '' : 'number' },
    element('button', { type: 'button', onclick: () => sortBy(column.name) }, column.head)));
  const body = element('tbody', {});
  host.append(
    element('div', { class: 'tools' },
      words, element('label', {}, 'S/N ≥ ', least), element('label', {}, good, ' good quality only'),
      simulated ? element('label', {}, others, ' simulated ones') : null, told, back, forth),
    element('div', { class: 'scroll' }, element('table', { class: 'detections' },
      element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Lightcurve'), ...heads)), body)));
  if (all.some((row) => row.clock === 'BJD')) host.append(element('p', { class: 'hint' }, 'BJD: barycentric, TDB, less 2400000.5.'));
  change({});

  function change(changes) {
    Object.assign(state, changes, { page: 0 });
    found = all.filter((row) => row.words.includes(state.words)
      && (state.least === null || Number.isNaN(state.least) || (row.snr !== null && Math.abs(row.snr) >= state.least))
      && (!state.good || !row.flagged) && (state.simulated || row.injection === 0));
    order();
    show();
  }

  function sortBy(name) {
    const column = columns.find((column) => column.name === name);
    state.down = state.sort === name ? !state.down : !column.text;
    state.sort = name;
    state.page = 0;
    order();
    show();
  }

  /** Real ones stand before simulated ones, and none at the end, whichever way it is sorted. */
  function order() {
    const { sort, down } = state;
    const sign = down ? -1 : 1;
    const words = new Intl.Collator('en', { numeric: true });
    const compare = (one, other) => (typeof one === 'string' ? words.compare(one, other) : one - other);
    found.sort((one, other) => {
      const real = Number(one.injection > 0) - Number(other.injection > 0);
      if (real !== 0 && sort !== 'injection') return real;
      const none = Number(one[sort] === null) - Number(other[sort] === null);
      return none || (one[sort] === null ? 0 : sign * compare(one[sort], other[sort])) || one.index - other.index;
    });
    heads.forEach((head, i) => {
      const its = columns[i].name === sort;
      if (its) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  }

  function turn(pages) {
    state.page += pages;
    show();
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.max(0, Math.min(state.page, pages - 1));
    const first = state.page * PAGE;
    const shown = found.slice(first, first + PAGE);
    body.replaceChildren(...shown.map((row, i) => tableRow(row, first + i)));
    if (shown.length === 0) {
      body.append(element('tr', {}, element('td', { colspan: columns.length + 1, class: 'nothing' }, 'No detection is left by the filter.')));
    }
    const range = shown.length > 0 ? `${whole(first + 1)} to ${whole(first + shown.length)} of ` : '';
    told.textContent = `${range}${many(found.length, 'detection')}${found.length < all.length ? ` (${whole(all.length)} in all)` : ''}`;
    back.disabled = state.page === 0;
    forth.disabled = state.page >= pages - 1;
  }

  function tableRow(row, index) {
    const cells = columns.map((column) => element('td', { class: column.text ? `words ${column.name}` : 'number' }, column.cell(row)));
    return element('tr', { class: row.injection > 0 ? 'simulated' : '' }, element('td', {}, small(row, index)), ...cells);
  }

  /** The small picture, as a button if there is a lightcurve to open. */
  function small(row, index) {
    const picture = thumbnail(row);
    if (!hasCurve(row)) return element('span', { class: 'quiet' }, picture ?? 'left out');
    return element('button', { type: 'button', class: 'thumbnail', 'aria-label': `Lightcurve of ${row.source}`, onclick: () => open(index) },
      picture ?? 'open');
  }

  function hasCurve(row) {
    return row.place !== null && holderOf(`curve-${row.place}`) !== null;
  }

  // ── the whole lightcurve

  function open(index) {
    const row = found[index];
    const dialog = element('dialog', { 'aria-label': `Lightcurve of ${row.source}`, onclose: () => dialog.remove() });
    const step = (by, sign, label) => {
      let next = index + by;
      while (found[next] && !hasCurve(found[next])) next += by;
      return element('button', { type: 'button', 'aria-label': label, title: label, disabled: !found[next],
        onclick: () => {
          dialog.close();
          open(next);
        } }, sign);
    };
    const view = element('div', {});
    const facts = columns.filter((column) => column.name !== 'source').map((column) => element('div', {}, element('dt', {}, column.head), element('dd', {}, column.cell(row))));
    dialog.append(
      element('div', { class: 'title' }, element('h3', {}, row.source), step(-1, '‹', 'Previous detection'), step(1, '›', 'Next detection'),
        element('button', { type: 'button', 'aria-label': 'Close', autofocus: true, onclick: () => dialog.close() }, '✕')),
      view, element('dl', { class: 'facts' }, ...facts));
    document.body.append(dialog);
    dialog.showModal();
    const curve = embedded(`curve-${row.place}`);
    const real = row.injection === 0 && row.start !== null && row.end !== null;
    lightcurveView(view, curve.figure, { event: real ? { start: row.start, end: row.end } : null });
    if (curve.thinned) view.append(element('p', { class: 'hint' }, curve.thinned));
  }
}

// ── small pictures

const SMALL = { width: 120, height: 40 };

/** The epochs around an event: bytes of (x, y, bits), y upwards; bit 0 for the event itself, bit 1 for flagged ones. */
function thumbnail(row) {
  const holder = row.place === null ? null : holderOf(`small-${row.place}`);
  const packed = holder && JSON.parse(holder.textContent)[`${row.injection}.${row.detection}`];
  if (!packed) return null;
  const bytes = bytesOf(packed);
  const svg = drawing('svg', { width: SMALL.width, height: SMALL.height, viewBox: `0 0 ${SMALL.width} ${SMALL.height}`, 'aria-hidden': 'true' });
  const inks = { 0: filterStyle(row.observatory, row.filter, 0).colour, 1: 'mark-detection' };
  for (const bits of [2, 0, 3, 1]) {
    let path = '';
    for (let i = 0; i + 2 < bytes.length; i += 3) {
      if (bytes[i + 2] !== bits) continue;
      const x = 3 + (bytes[i] / 255) * (SMALL.width - 6);
      const y = SMALL.height - 3 - (bytes[i + 1] / 255) * (SMALL.height - 6);
      path += `M${x.toFixed(1)} ${y.toFixed(1)}m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0`;
    }
    if (path) svg.append(drawing('path', { d: path, class: `${inks[bits & 1]} ${bits & 2 ? 'hollow thin' : 'filled'}` }));
  }
  return svg;
}
