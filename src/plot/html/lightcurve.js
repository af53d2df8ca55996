// Lightcurves of one source: panels by unit, filters by colour, folded by a period if there is one.

const CROWD = 4000; // epochs in sight from which on they are drawn small, and without errors
const UNITS = { uJy: 'µJy' };
const MARKS = {
  detection: { words: 'detection', colour: 'mark-detection', shape: 'wedge', hollow: false },
  recovered: { words: 'simulated event, found', colour: 'mark-recovered', shape: 'diamond', hollow: false },
  missed: { words: 'simulated event, missed', colour: 'mark-missed', shape: 'diamond', hollow: true },
};

/** Puts the lightcurves of a figure into a place. `event`: what a button brings into sight. */
function lightcurveView(host, figure, { event = null } = {}) {
  const groups = groupsOf(figure);
  const panels = panelsOf(groups);
  const marks = figure.marks.map((mark) => ({ ...mark }));
  const hiddenMarks = {};
  const state = { period: figure.period, folded: figure.period > 0, errors: true, last: figure.period };
  if (groups.length === 0) {
    host.append(element('p', { class: 'nothing' }, 'There are no epochs to show.'));
    return null;
  }

  const seen = element('output', { class: 'seen' });
  const chart = new Chart(element('div'), {
    label: described(figure, groups),
    height: (width) => Math.max(280, Math.min(520, width * 0.5)) + (panels.length - 1) * 170,
    eager: true,
    x: { label: figure.time_label, home: [0, 1], dates: isModified(figure.time_label) },
    panels,
    draw: (pen, chart, panel) => drawPanel(pen, chart, panel),
    find: (x, y, chart) => nearest(x, y, chart),
    step,
    painted: () => (seen.textContent = `${whole(inSight())} of ${many(epochs(groups), 'epoch')} in this span`),
  });

  const period = element('input', {
    type: 'number', min: '0', step: 'any', inputmode: 'decimal', 'aria-label': 'Period in days',
    value: figure.period ?? '', placeholder: 'days', oninput: () => fold(Number(period.value), period.value !== ''),
  });
  const folded = element('input', {
    type: 'checkbox', onchange: () => fold(Number(period.value) || state.last, folded.checked),
  });
  const times = (factor, words) => element('button', {
    type: 'button', 'aria-label': words, title: words,
    onclick: () => Number(period.value) > 0 && fold(Number(period.value) * factor, true, true),
  }, factor < 1 ? '÷2' : '×2');
  const errors = element('input', {
    type: 'checkbox', checked: true, onchange: () => {
      state.errors = errors.checked;
      chart.redraw();
    },
  });
  const heading = element('p', { class: 'place' });

  host.append(
    heading,
    element('div', { class: 'tools' },
      element('label', {}, folded, ' Folded by ', period, ' d'), times(0.5, 'Half the period'), times(2, 'Twice the period'),
      element('label', {}, errors, ' Errors'),
      chart.buttons(), event && element('button', { type: 'button', onclick: () => look(event) }, 'Event'), seen),
    chart.stage.parentElement,
    legend([...groups, ...markEntries()], (entry) => {
      if (entry.kind) hiddenMarks[entry.kind] = entry.hidden;
      chart.show(null);
      chart.redraw();
    }),
    element('p', { class: 'hint' }, 'Wheel: zoom in time (with Shift: in brightness). Drag: zoom to a box (with Shift: move). Double click: everything.'));
  fold(state.period ?? 0, state.folded);
  return chart;

  // ── folding

  function fold(length, wanted, write = false) {
    const possible = Number.isFinite(length) && length > 0;
    state.folded = wanted && possible;
    if (possible) state.last = length;
    state.period = state.folded ? length : null;
    folded.checked = state.folded;
    if (write || (state.folded && period.value === '')) period.value = String(Number(length.toPrecision(12)));
    period.toggleAttribute('aria-invalid', period.value !== '' && !possible);
    groups.forEach((group) => place(group, state.period, figure.epoch));
    chart.options.x.folded = state.folded;
    chart.options.x.label = state.folded
      ? `Phase (period ${short(state.period, 8)} d, phase 0 at ${short(figure.epoch, 10)})` : figure.time_label;
    heading.textContent = [
      `RA ${short(figure.ra, 9)}°, Dec ${short(figure.dec, 9)}° (ICRS)`,
      state.folded ? `folded by ${short(state.period, 8)} d` : null,
    ].filter(Boolean).join(' · ');
    chart.setHome(state.folded ? [0, 2] : spanOf(groups, marks), panels.map((_, panel) => rangeOf(groups, panel)));
  }

  /** Brings an event into sight. */
  function look({ start, end }) {
    if (state.folded) fold(0, false);
    const room = Math.max((end - start) * 5, (chart.home.x[1] - chart.home.x[0]) / 400, 0.02);
    chart.x = kept([start - room, end + room], chart.home.x);
    chart.redraw();
  }

  // ── drawing

  function drawPanel(pen, chart, panel) {
    drawBands(pen, chart, panel);
    const shown = groups.filter((group) => group.panel === panel && !group.hidden);
    const crowded = shown.reduce((sum, group) => sum + counted(group, chart), 0) > CROWD;
    shown.sort((one, other) => other.times.length - one.times.length);
    for (const group of shown) {
      if (crowded) drawCrowd(pen, chart, panel, group);
      else drawPoints(pen, chart, panel, group);
    }
    drawMarks(pen, chart, panel);
  }

  /** Calls with each epoch in sight, once for each time that it is shown. */
  function eachInSight(group, chart, call, margin = 0) {
    for (const shift of state.folded ? [0, 1] : [0]) {
      const from = lowerBound(group.x, chart.x[0] - margin - shift);
      const to = lowerBound(group.x, chart.x[1] + margin - shift);
      for (let i = from; i < to; i++) call(i, group.order ? group.order[i] : i, group.x[i] + shift);
    }
  }

  function counted(group, chart) {
    let sum = 0;
    for (const shift of state.folded ? [0, 1] : [0]) {
      sum += lowerBound(group.x, chart.x[1] - shift) - lowerBound(group.x, chart.x[0] - shift);
    }
    return sum;
  }

  function inSight() {
    const sum = groups.reduce((sum, group) => sum + (group.hidden ? 0 : counted(group, chart)), 0);
    return state.folded ? Math.min(sum, epochs(groups)) : sum;
  }

  function drawPoints(pen, chart, panel, group) {
    const full = new Path2D();
    const hollow = new Path2D();
    const bars = new Path2D();
    const size = counted(group, chart) > 800 ? 2.2 : 3.2;
    const margin = (chart.x[1] - chart.x[0]) * 0.01;
    eachInSight(group, chart, (_, epoch, at) => {
      const x = chart.toX(at);
      const y = chart.toY(panel, group.values[epoch]);
      marker(group.flagged[epoch] ? hollow : full, group.shape, x, y, size);
      const error = group.errors[epoch];
      if (state.errors && error > 0 && Number.isFinite(error)) {
        bars.moveTo(x, chart.toY(panel, group.values[epoch] - error));
        bars.lineTo(x, chart.toY(panel, group.values[epoch] + error));
      }
    }, margin);
    const ink = colour(group.colour);
    pen.strokeStyle = ink;
    pen.fillStyle = ink;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.45;
    pen.stroke(bars);
    pen.globalAlpha = 0.85;
    pen.fill(full);
    pen.globalAlpha = 1;
    pen.fillStyle = colour('field');
    pen.fill(hollow);
    pen.stroke(hollow);
  }

  /** Many epochs: small squares, and none where there is one already. */
  function drawCrowd(pen, chart, panel, group) {
    const box = chart.boxes[panel];
    const columns = Math.ceil(chart.width);
    const rows = Math.ceil(box.height);
    const taken = new Uint8Array(columns * rows);
    const takenHollow = new Uint8Array(Math.ceil(columns / 4 + 1) * Math.ceil(rows / 4 + 1));
    const full = new Path2D();
    const hollow = new Path2D();
    eachInSight(group, chart, (_, epoch, at) => {
      const x = chart.toX(at) - chart.left;
      const y = chart.toY(panel, group.values[epoch]) - box.top;
      if (!(x >= 0 && x < columns && y >= 0 && y < rows)) return;
      if (group.flagged[epoch]) {
        const cell = (y >> 2) * Math.ceil(columns / 4 + 1) + (x >> 2);
        if (!takenHollow[cell]) hollow.rect(chart.left + x - 1.5, box.top + y - 1.5, 3, 3);
        takenHollow[cell] = 1;
      } else {
        const cell = (y | 0) * columns + (x | 0);
        if (!taken[cell]) full.rect(chart.left + x - 0.8, box.top + y - 0.8, 1.6, 1.6);
        taken[cell] = 1;
      }
    });
    pen.fillStyle = colour(group.colour);
    pen.strokeStyle = colour(group.colour);
    pen.lineWidth = 0.8;
    pen.globalAlpha = 0.6;
    pen.stroke(hollow);
    pen.globalAlpha = 0.8;
    pen.fill(full);
    pen.globalAlpha = 1;
  }

  /** Where a mark is on the axis: at its time, or twice at its phase. */
  function placesOf(mark) {
    if (!state.folded) return [mark.time];
    const phase = phaseOf(mark.time, state.period, figure.epoch);
    return [phase, phase + 1];
  }

  function drawBands(pen, chart, panel) {
    const box = chart.boxes[panel];
    for (const mark of marks) {
      if (hiddenMarks[mark.kind]) continue;
      pen.strokeStyle = colour(MARKS[mark.kind].colour);
      pen.fillStyle = pen.strokeStyle;
      if (!state.folded) {
        const from = chart.toX(mark.start);
        pen.globalAlpha = 0.13;
        pen.fillRect(from, box.top, Math.max(1, chart.toX(mark.end) - from), box.height);
      }
      pen.globalAlpha = 0.55;
      pen.lineWidth = 1;
      pen.setLineDash(mark.kind === 'detection' ? [] : [5, 4]);
      for (const at of placesOf(mark)) line(pen, chart.toX(at), box.top, chart.toX(at), box.top + box.height);
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    }
  }

  function drawMarks(pen, chart, panel) {
    if (panel !== 0) return;
    for (const mark of marks) {
      if (hiddenMarks[mark.kind]) continue;
      const style = MARKS[mark.kind];
      const path = new Path2D();
      for (const at of placesOf(mark)) marker(path, style.shape, chart.toX(at), chart.boxes[0].top + 9, 5);
      pen.fillStyle = style.hollow ? colour('field') : colour(style.colour);
      pen.strokeStyle = colour(style.colour);
      pen.lineWidth = 1.5;
      pen.fill(path);
      pen.stroke(path);
    }
  }

  // ── naming

  /** The epoch or mark nearest to a place, if there is one near. */
  function nearest(x, y, chart) {
    const panel = chart.panelAt(y);
    let best = null;
    let least = 18 * 18;
    if (panel === 0) {
      for (const mark of marks.filter((mark) => !hiddenMarks[mark.kind])) {
        for (const at of placesOf(mark)) {
          const distance = (chart.toX(at) - x) ** 2 + (chart.boxes[0].top + 9 - y) ** 2;
          if (distance < Math.min(least, 100)) [least, best] = [distance, { mark, at }];
        }
      }
    }
    const reach = (18 / chart.width) * (chart.x[1] - chart.x[0]);
    const about = { x: [chart.fromX(x) - reach, chart.fromX(x) + reach] };
    for (const group of groups) {
      if (group.hidden || group.panel !== panel) continue;
      eachInSight(group, about, (_, epoch, at) => {
        const distance = (chart.toX(at) - x) ** 2 + (chart.toY(panel, group.values[epoch]) - y) ** 2;
        if (distance < least) [least, best] = [distance, { group, epoch, at }];
      });
    }
    if (best === null) return null;
    return best.mark ? markFound(best.mark, best.at) : pointFound(best.group, best.epoch, best.at, chart);
  }

  function pointFound(group, epoch, at, chart) {
    const error = group.errors[epoch];
    const unit = group.unit === '' ? '' : ` ${UNITS[group.unit] ?? group.unit}`;
    const time = group.times[epoch];
    const lines = [
      `${group.observatory} ${group.filter}, lightcurve ${group.numbers[epoch]}`,
      `${time.toFixed(5)}${isModified(figure.time_label) ? ` (${calendar(time, 3)})` : ''}`,
      `${short(group.values[epoch], 6)}${error > 0 ? ` ± ${short(error, 2)}` : ''}${unit}`,
    ];
    if (state.folded) lines.push(`phase ${(at % 1).toFixed(4)}`);
    if (group.flagged[epoch]) lines.push('flagged');
    return { x: chart.toX(at), y: chart.toY(group.panel, group.values[epoch]), lines, group, epoch, at };
  }

  function markFound(mark, at) {
    const lines = [mark.text || MARKS[mark.kind].words, `${mark.time.toFixed(5)} (${short(mark.end - mark.start, 3)} d long)`];
    return { x: chart.toX(at), y: chart.boxes[0].top + 9, lines, mark };
  }

  /** The next or previous epoch on the axis, of all that are shown; the first in sight to begin with. */
  function step(direction, last, chart) {
    let best = null;
    const from = last?.at ?? (direction > 0 ? chart.x[0] : chart.x[1]);
    for (const group of groups.filter((group) => !group.hidden)) {
      eachInSight(group, chart, (_, epoch, at) => {
        const ahead = (at - from) * direction;
        const same = last && group === last.group && epoch === last.epoch;
        if (ahead < 0 || same || (last && ahead === 0 && groups.indexOf(group) * direction <= groups.indexOf(last.group) * direction)) return;
        if (!best || ahead < (best.at - from) * direction) best = { group, epoch, at };
      });
    }
    return best && pointFound(best.group, best.epoch, best.at, chart);
  }

  function markEntries() {
    return Object.entries(MARKS).flatMap(([kind, style]) => {
      const number = marks.filter((mark) => mark.kind === kind).length;
      const words = number === 1 ? style.words : style.words.replace(/detection|event/, '$&s');
      return number === 0 ? [] : [{ kind, label: `${whole(number)} ${words}`, ...style, hidden: false }];
    });
  }
}

/** One entry for each observatory, filter and simulated event: its lightcurves one after the other, sorted by time. */
function groupsOf(figure) {
  const groups = new Map();
  for (const series of figure.series) {
    const key = JSON.stringify([series.observatory, series.filter, series.injection, series.brightness, series.unit]);
    if (!groups.has(key)) groups.set(key, { ...series, parts: [] });
    groups.get(key).parts.push(series);
  }
  const others = [];
  return [...groups.values()].map((group) => {
    const columns = joined(group.parts);
    const style = filterStyle(group.observatory, group.filter, others.length);
    if (style.colour.startsWith('other')) others.push(group);
    const flags = columns.flagged.reduce((sum, flag) => sum + flag, 0);
    const label = [
      `${group.observatory} ${group.filter}`,
      group.injection ? `with simulated event ${group.injection}` : null,
      many(columns.times.length, 'epoch') + (flags > 0 ? `, ${whole(flags)} flagged (hollow)` : ''),
    ].filter(Boolean).join(' · ');
    return { ...group, ...columns, ...style, label, hidden: false, panel: 0 };
  });
}

/** The columns of several lightcurves as one, sorted by time. */
function joined(parts) {
  const unpacked = parts.map((part) => ({
    number: part.series_number,
    times: timesOf(part.time),
    values: floatsOf(part.value),
    errors: floatsOf(part.error),
    flagged: bitsOf(part.flagged, part.epochs),
  }));
  const total = unpacked.reduce((sum, part) => sum + part.times.length, 0);
  const all = {
    times: new Float64Array(total), values: new Float32Array(total), errors: new Float32Array(total),
    flagged: new Uint8Array(total), numbers: new Uint32Array(total),
  };
  let at = 0;
  for (const part of unpacked) {
    for (const name of ['times', 'values', 'errors', 'flagged']) all[name].set(part[name], at);
    all.numbers.fill(part.number, at, at + part.times.length);
    at += part.times.length;
  }
  if (isSorted(all.times)) return all;
  const order = orderOf(all.times);
  for (const name of Object.keys(all)) all[name] = all[name].map((_, i) => all[name][order[i]]);
  return all;
}

function isSorted(values) {
  for (let i = 1; i < values.length; i++) if (values[i] < values[i - 1]) return false;
  return true;
}

function orderOf(values) {
  return Uint32Array.from(values.keys()).sort((one, other) => values[one] - values[other]);
}

/** Sets where the epochs of a group are on the axis: at their times, or sorted by their phases. */
function place(group, period, epoch) {
  if (period === null) {
    group.x = group.times;
    group.order = null;
    return;
  }
  const phases = group.times.map((time) => phaseOf(time, period, epoch));
  group.order = orderOf(phases);
  group.x = phases.map((_, i) => phases[group.order[i]]);
}

function phaseOf(time, period, epoch) {
  const cycles = (time - epoch) / period;
  return cycles - Math.floor(cycles);
}

/** One panel for each unit, in the order in which they come. */
function panelsOf(groups) {
  const panels = [];
  for (const group of groups) {
    const key = `${group.brightness} ${group.unit}`;
    let index = panels.findIndex((panel) => panel.key === key);
    if (index < 0) {
      const unit = UNITS[group.unit] ?? group.unit;
      const words = group.brightness === 'magnitude' ? 'Magnitude' : 'Flux';
      const label = unit === '' ? `Relative ${words.toLowerCase()}` : `${words} (${unit})`;
      index = panels.push({ key, label, inverted: group.brightness === 'magnitude', home: [0, 1] }) - 1;
    }
    group.panel = index;
  }
  return panels;
}

function epochs(groups) {
  return groups.reduce((sum, group) => sum + group.times.length, 0);
}

function spanOf(groups, marks) {
  let [low, high] = [Infinity, -Infinity];
  for (const { times } of groups) {
    if (times.length > 0) [low, high] = [Math.min(low, times[0]), Math.max(high, times[times.length - 1])];
  }
  for (const mark of marks) [low, high] = [Math.min(low, mark.start), Math.max(high, mark.end)];
  return padded(low, high, 0.03);
}

/** What the good epochs of a panel span with their usual error; the flagged ones count if there are no others, or if they
 * are not far off. */
function rangeOf(groups, panel) {
  const own = groups.filter((group) => group.panel === panel);
  const span = (wanted) => {
    let [low, high] = [Infinity, -Infinity];
    for (const group of own) {
      for (let i = 0; i < group.values.length; i++) {
        if (wanted(group, i)) [low, high] = [Math.min(low, group.values[i]), Math.max(high, group.values[i])];
      }
    }
    return [low, high];
  };
  const good = span((group, i) => !group.flagged[i]);
  const all = span(() => true);
  const useful = good[1] > good[0] && all[1] - all[0] > 3 * (good[1] - good[0]) ? good : all;
  const errors = own.map((group) => median(group.errors.filter((error) => error > 0 && Number.isFinite(error))));
  const error = Math.max(0, ...errors);
  return padded(useful[0] - error, useful[1] + error, 0.07);
}

/** The middle one; 0 of none. */
function median(values) {
  return values.length === 0 ? 0 : values.sort()[values.length >> 1];
}

/** Whether days of the axis are those of the modified Julian date. */
function isModified(label) {
  return /^MJD|2400000\.5/.test(label);
}

function described(figure, groups) {
  const what = groups.map((group) => group.label).join('; ');
  const marks = figure.marks.length > 0 ? ` ${many(figure.marks.length, 'marked event')}.` : '';
  return `Lightcurve of ${figure.source_name}: ${what}.${marks}`;
}
