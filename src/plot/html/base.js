'use strict';
// What every picture needs: elements, numbers, ticks, packed columns, colours.
// Words from catalogs and archives are data: they become text nodes, never markup.

/** An element with attributes, listeners (`onclick`) and children. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The same in the name space of SVG. */
function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** What is embedded under a name. */
function embedded(name) {
  return JSON.parse(holderOf(name).textContent);
}

function holderOf(name) {
  return document.getElementById(`data-${name}`);
}

// ── packed columns: little-endian numbers in base64

function bytesOf(packed) {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(packed) {
  return new Float32Array(bytesOf(packed).buffer);
}

/** Times as `start + step × count`. */
function timesOf(packed) {
  const counts = new Uint32Array(bytesOf(packed.counts).buffer);
  const times = new Float64Array(counts.length);
  for (let i = 0; i < counts.length; i++) times[i] = packed.start + packed.step * counts[i];
  return times;
}

/** One byte of 0 or 1 for each bit, the lowest first. */
function bitsOf(packed, length) {
  const bytes = bytesOf(packed);
  const bits = new Uint8Array(length);
  for (let i = 0; i < length; i++) bits[i] = (bytes[i >> 3] >> (i & 7)) & 1;
  return bits;
}

/** First place in a sorted column whose value is not below. */
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ── numbers as words

/** A number with some significant digits, without trailing zeros; a dash for none. */
function short(number, digits = 4) {
  if (number === null || number === undefined || !Number.isFinite(number)) return '–';
  if (number === 0) return '0';
  const size = Math.abs(number);
  if (size >= 1e7 || size < 1e-4) return number.toExponential(Math.max(0, digits - 1)).replace('-', '−').replace('e-', 'e−');
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = number.toFixed(Math.min(decimals, 12));
  return minus(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

function minus(text) {
  return text.replace(/^-/, '−');
}

/** A whole number with its thousands apart. */
function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

function many(number, one, several = `${one}s`) {
  return `${whole(number)} ${number === 1 ? one : several}`;
}

/** Modified Julian date as a calendar date, and a time of day to `parts` (0 none, 2 minutes, 3 seconds). */
function calendar(mjd, parts) {
  const date = new Date(Math.round((mjd - 40587) * 86400) * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const text = date.toISOString();
  const day = text.slice(0, text.indexOf('T'));
  return parts === 0 ? day : `${day} ${text.slice(text.indexOf('T') + 1).slice(0, parts * 3 - 1)}`;
}

// ── ticks

/** Round numbers between two values, about as many as wanted, each with its label. */
function linearTicks(low, high, wanted) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const raw = span / Math.max(1, wanted);
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * decade >= raw * 0.999999) * decade;
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const far = Math.max(Math.abs(low), Math.abs(high)) >= 1e7 || step < 1e-9;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9) && ticks.length < 100; i++) {
    const value = i * step;
    ticks.push({ value, label: far ? short(value, 5) : minus(value.toFixed(digits)) });
  }
  return ticks;
}

/** Powers of ten between two positive values, with others between them where there is room. */
function logTicks(low, high, wanted) {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil((to - from) / Math.max(1, wanted)));
  const factors = (to - from) * 3 <= wanted ? [1, 2, 5] : (to - from) * 2 <= wanted + 2 ? [1, 3] : [1];
  const ticks = [];
  for (let power = from; power <= to; power++) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value < low * 0.999999 || value > high * 1.000001) continue;
      if ((power - from) % every === 0) ticks.push({ value, label: value >= 1e5 ? `10${raised(power)}` : short(value, 3) });
    }
  }
  return ticks;
}

function raised(power) {
  return String(power).replace(/./g, (sign) => ({ '-': '⁻' })[sign] ?? '⁰¹²³⁴⁵⁶⁷⁸⁹'[sign]);
}

const DAY_STEPS = [1 / 1440, 5 / 1440, 15 / 1440, 1 / 24, 3 / 24, 6 / 24, 12 / 24, 1, 2, 5, 10];
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

/** Calendar dates between two modified Julian dates. */
function dateTicks(low, high, wanted) {
  const span = high - low;
  if (!(span > 0) || span > 400000 || Math.abs(low) > 1e6) return [];
  const raw = span / Math.max(1, wanted);
  const ticks = [];
  if (raw <= 10) {
    const step = DAY_STEPS.find((days) => days >= raw * 0.999);
    const parts = step < 1 ? 2 : 0;
    for (let i = Math.ceil(low / step); i * step <= high && ticks.length < 100; i++) {
      ticks.push({ value: i * step, label: calendar(i * step, parts) });
    }
    return ticks;
  }
  const months = MONTH_STEPS.find((step) => step * 30.4 >= raw) ?? 2400;
  const first = new Date((low - 40587) * 86400000);
  let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
  for (month -= month % months; ticks.length < 100; month += months) {
    const value = Date.UTC(Math.floor(month / 12), month % 12, 1) / 86400000 + 40587;
    if (value > high) break;
    const label = calendar(value, 0).slice(0, months >= 12 ? -6 : -3);
    if (value >= low) ticks.push({ value, label });
  }
  return ticks;
}

// ── colours

/** A colour of the style sheet, for light, dark and paper. */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back whenever colours have changed: light and dark, before and after a page is printed. */
function onTheme(callback) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', callback);
  window.addEventListener('beforeprint', () => {
    document.documentElement.classList.add('paper');
    callback();
  });
  window.addEventListener('afterprint', () => {
    document.documentElement.classList.remove('paper');
    callback();
  });
}

const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'wedge'];
const BANDS = { u: 'wedge', b: 'triangle', g: 'circle', r: 'square', i: 'diamond', z: 'triangle' };

/** Colour and marker of a filter: the usual bands, told by the last letter, have their own, the others take turns. */
function filterStyle(observatory, filter, others) {
  if (observatory.toUpperCase() === 'TESS') return { colour: 'band-tess', shape: 'circle' };
  const band = filter.slice(-1).toLowerCase();
  if (BANDS[band]) return { colour: `band-${band}`, shape: BANDS[band] };
  return { colour: `other-${others % 4}`, shape: SHAPES[(others + 1) % SHAPES.length] };
}

/** Adds a marker to a path, around a place. */
function marker(path, shape, x, y, size) {
  switch (shape) {
    case 'square':
      path.rect(x - size * 0.88, y - size * 0.88, size * 1.76, size * 1.76);
      break;
    case 'triangle':
      path.moveTo(x, y - size * 1.2);
      path.lineTo(x + size * 1.1, y + size * 0.8);
      path.lineTo(x - size * 1.1, y + size * 0.8);
      path.closePath();
      break;
    case 'wedge':
      path.moveTo(x, y + size * 1.2);
      path.lineTo(x + size * 1.1, y - size * 0.8);
      path.lineTo(x - size * 1.1, y - size * 0.8);
      path.closePath();
      break;
    case 'diamond':
      path.moveTo(x, y - size * 1.3);
      path.lineTo(x + size * 1.3, y);
      path.lineTo(x, y + size * 1.3);
      path.lineTo(x - size * 1.3, y);
      path.closePath();
      break;
    default:
      path.moveTo(x + size, y);
      path.arc(x, y, size, 0, 2 * Math.PI);
  }
}

/** Buttons that each hide and show something: `{label, colour, shape, hollow, hidden}`. */
function legend(entries, changed) {
  const list = element('div', { class: 'legend', role: 'group', 'aria-label': 'Legend: press to hide or show' });
  for (const entry of entries) {
    const swatch = drawing('svg', { width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true', class: entry.colour });
    swatch.append(drawing('path', { d: outline(entry.shape), class: entry.hollow ? 'hollow' : 'filled' }));
    const button = element('button', {
      type: 'button',
      'aria-pressed': String(!entry.hidden),
      onclick: () => {
        entry.hidden = !entry.hidden;
        button.setAttribute('aria-pressed', String(!entry.hidden));
        changed(entry);
      },
    }, swatch, entry.label);
    list.append(button);
  }
  return list;
}

/** A marker as the text of an SVG path. */
function outline(shape) {
  const parts = [];
  const path = {
    moveTo: (x, y) => parts.push(`M${x} ${y}`),
    lineTo: (x, y) => parts.push(`L${x} ${y}`),
    closePath: () => parts.push('Z'),
    rect: (x, y, width, height) => parts.push(`M${x} ${y}h${width}v${height}h${-width}Z`),
    arc: (x, y, size) => parts.push(`A${size} ${size} 0 1 1 ${x - size} ${y}A${size} ${size} 0 1 1 ${x + size} ${y}Z`),
  };
  if (shape === 'line') return 'M-6 -1.2h12v2.4h-12Z';
  marker(path, shape, 0, 0, 4.5);
  return parts.join('');
}
