// Axes, zoom, pan, and what is pointed at: one canvas for the picture, one above it for the pointer.
//
// Options: `label` (for those who do not see it), `height`, `x {label, home, log, dates, ticks}`, `panels [{label, home,
// inverted, log}]`, `draw(pen, chart, panel)`, `find(x, y, chart)` → `{x, y, lines, ...}` nearest to a place,
// `step(direction, last)` → the next one, `press(found)`, `bare` (no axes, both of one scale), `eager` (the wheel zooms
// although the chart has no focus).

const charts = new Set();
onTheme(() => charts.forEach((chart) => (chart.canvas.isConnected ? chart.paint() : charts.delete(chart))));

const FONT = '12px system-ui, sans-serif';
const BOX = 6; // pixels: a shorter drag is a click

class Chart {
  constructor(host, options) {
    this.options = options;
    this.canvas = element('canvas', { 'aria-hidden': 'true' });
    this.cover = element('canvas', { class: 'cover', tabindex: 0, role: 'img', 'aria-label': `${options.label} ${KEYS}` });
    this.tip = element('div', { class: 'tip', hidden: true });
    this.spoken = element('div', { class: 'unseen', 'aria-live': 'polite' });
    this.stage = element('div', { class: 'stage' }, this.canvas, this.cover, this.tip, this.spoken);
    host.append(this.stage);
    this.drag = null;
    this.found = null;
    this.panning = false;
    this.waiting = false;
    this.setHome(options.x.home, options.panels.map((panel) => panel.home));
    this.listen();
    charts.add(this);
    new ResizeObserver(() => this.paint()).observe(this.stage);
  }

  /** What is seen when nothing is zoomed. */
  setHome(x, y) {
    this.home = { x: [...x], y: y.map((range) => [...range]) };
    this.reset();
  }

  reset() {
    this.x = [...this.home.x];
    this.y = this.home.y.map((range) => [...range]);
    this.redraw();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.paint());
  }

  // ── places

  toX(value) {
    const [low, high] = this.x;
    return this.left + ((value - low) / (high - low)) * this.width;
  }

  toY(panel, value) {
    const [low, high] = this.y[panel];
    const fraction = (value - low) / (high - low);
    const place = this.boxes[panel];
    return place.top + place.height * (this.options.panels[panel].inverted ? fraction : 1 - fraction);
  }

  fromX(place) {
    return this.x[0] + ((place - this.left) / this.width) * (this.x[1] - this.x[0]);
  }

  fromY(panel, place) {
    const [low, high] = this.y[panel];
    const box = this.boxes[panel];
    const fraction = (place - box.top) / box.height;
    return low + (this.options.panels[panel].inverted ? fraction : 1 - fraction) * (high - low);
  }

  /** The panel at a height, the nearest one outside of them. */
  panelAt(place) {
    const index = this.boxes.findIndex((box) => place <= box.top + box.height + 8);
    return index < 0 ? this.boxes.length - 1 : index;
  }

  // ── the picture

  paint() {
    this.waiting = false;
    const width = this.stage.clientWidth;
    if (width === 0) return;
    const height = typeof this.options.height === 'function' ? this.options.height(width) : this.options.height;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.cover]) {
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        canvas.style.height = `${height}px`;
      }
    }
    const pen = this.canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = FONT;
    pen.clearRect(0, 0, width, height);
    this.place(pen, width, height);
    this.options.panels.forEach((_, panel) => this.paintPanel(pen, panel));
    if (!this.options.bare) this.paintTimes(pen, height);
    this.paintCover();
    this.options.painted?.(this);
  }

  /** Where the panels are. */
  place(pen, width, height) {
    const { panels, x, bare } = this.options;
    const top = bare ? 4 : x.dates ? 30 : 12;
    const gap = 12;
    const inner = height - top - (bare ? 4 : 46);
    const each = (inner - gap * (panels.length - 1)) / panels.length;
    this.boxes = panels.map((_, index) => ({ top: top + index * (each + gap), height: each }));
    this.ticks = panels.map((panel, index) => (bare ? [] : axisTicks(this.y[index], panel.log, each / 40, panel.ticks)));
    const widest = Math.max(0, ...this.ticks.flat().map((tick) => pen.measureText(tick.label).width));
    this.left = bare ? 4 : Math.ceil(widest) + 34;
    this.width = Math.max(40, width - this.left - (bare ? 4 : 16));
    if (bare) this.keepScale();
  }

  /** Both axes of one scale, whatever the shape of the canvas. */
  keepScale() {
    const box = this.boxes[0];
    const scale = Math.max((this.x[1] - this.x[0]) / this.width, (this.y[0][1] - this.y[0][0]) / box.height);
    this.x = around(this.x, scale * this.width);
    this.y[0] = around(this.y[0], scale * box.height);
  }

  paintPanel(pen, index) {
    const panel = this.options.panels[index];
    const { top, height } = this.boxes[index];
    pen.lineWidth = 1;
    if (!this.options.bare) {
      pen.fillStyle = colour('field');
      pen.fillRect(this.left, top, this.width, height);
      pen.strokeStyle = colour('grid');
      pen.fillStyle = colour('quiet');
      pen.textAlign = 'right';
      pen.textBaseline = 'middle';
      for (const tick of this.ticks[index]) {
        const y = Math.round(this.toY(index, tick.place)) + 0.5;
        line(pen, this.left, y, this.left + this.width, y);
        pen.fillText(tick.label, this.left - 7, y);
      }
    }
    pen.save();
    pen.beginPath();
    pen.rect(this.left, top, this.width, height);
    pen.clip();
    this.options.draw(pen, this, index);
    pen.restore();
    if (this.options.bare) return;
    pen.strokeStyle = colour('frame');
    pen.strokeRect(this.left + 0.5, top + 0.5, this.width, height);
    pen.save();
    pen.translate(12, top + height / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillStyle = colour('ink');
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(fitted(pen, panel.label, height), 0, 0);
    pen.restore();
  }

  paintTimes(pen, height) {
    const { x } = this.options;
    const first = this.boxes[0];
    const last = this.boxes[this.boxes.length - 1];
    const bottom = last.top + last.height;
    const ticks = axisTicks(this.x, x.log, this.width / (x.dates ? 95 : 70), x.ticks);
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    pen.strokeStyle = colour('frame');
    pen.fillStyle = colour('quiet');
    let free = -Infinity;
    for (const tick of ticks) {
      const place = Math.round(this.toX(tick.place)) + 0.5;
      for (const box of this.boxes) line(pen, place, box.top + box.height, place, box.top + box.height - 5);
      const half = pen.measureText(tick.label).width / 2;
      if (place - half < free) continue;
      pen.fillText(tick.label, place, bottom + 6);
      free = place + half + 8;
    }
    if (x.dates && !x.folded) {
      pen.textBaseline = 'bottom';
      free = 0;
      for (const tick of dateTicks(this.x[0], this.x[1], this.width / 120)) {
        const place = Math.round(this.toX(tick.value)) + 0.5;
        line(pen, place, first.top, place, first.top + 5);
        const half = pen.measureText(tick.label).width / 2;
        if (place - half < free || place + half > this.left + this.width + 14) continue;
        pen.fillText(tick.label, place, first.top - 4);
        free = place + half + 10;
      }
    }
    pen.fillStyle = colour('ink');
    pen.textBaseline = 'bottom';
    pen.fillText(fitted(pen, x.label, this.width), this.left + this.width / 2, height - 3);
  }

  // ── the pointer

  paintCover() {
    const pen = this.cover.getContext('2d');
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.cover.width, this.cover.height);
    pen.strokeStyle = colour('ink');
    pen.lineWidth = 1.5;
    if (this.found) {
      pen.beginPath();
      pen.arc(this.found.x, this.found.y, 8, 0, 2 * Math.PI);
      pen.stroke();
    }
    if (this.drag?.box) {
      const { fromX, fromY, toX, toY } = this.drag;
      pen.fillStyle = colour('veil');
      pen.fillRect(fromX, fromY, toX - fromX, toY - fromY);
      pen.setLineDash([4, 3]);
      pen.strokeRect(fromX, fromY, toX - fromX, toY - fromY);
      pen.setLineDash([]);
    }
  }

  listen() {
    const cover = this.cover;
    const at = (event) => {
      const box = cover.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    cover.addEventListener('pointerdown', (event) => {
      if (event.button > 1) return;
      const [x, y] = at(event);
      const pans = event.shiftKey || event.button === 1 || this.panning || event.pointerType === 'touch';
      if (event.button === 1) event.preventDefault();
      this.drag = { box: !pans, fromX: x, fromY: y, toX: x, toY: y, panel: this.panelAt(y) };
      cover.setPointerCapture(event.pointerId);
      this.show(null);
    });
    cover.addEventListener('pointermove', (event) => {
      const [x, y] = at(event);
      if (!this.drag) {
        this.show(this.options.find?.(x, y, this) ?? null);
        return;
      }
      if (!this.drag.box) this.pan(this.drag.toX - x, this.drag.toY - y, this.drag.panel);
      this.drag.toX = x;
      this.drag.toY = y;
      if (this.drag.box) this.paintCover();
    });
    cover.addEventListener('pointerup', () => this.drop());
    cover.addEventListener('pointercancel', () => {
      this.drag = null;
      this.paintCover();
    });
    cover.addEventListener('pointerleave', () => this.drag || this.show(null));
    cover.addEventListener('blur', () => this.show(null));
    cover.addEventListener('dblclick', () => this.reset());
    cover.addEventListener('wheel', (event) => {
      if (!this.options.eager && document.activeElement !== cover) return;
      event.preventDefault();
      const [x, y] = at(event);
      const turned = event.deltaY || event.deltaX; // with Shift some systems turn the wheel sideways
      const factor = Math.exp(Math.max(-1, Math.min(1, turned * (event.deltaMode === 1 ? 0.05 : 0.002))));
      const both = this.options.bare;
      const upright = event.shiftKey || x < this.left;
      if (both || !upright) this.zoomX(factor, this.fromX(x));
      if (both || upright) this.zoomY(this.panelAt(y), factor, this.fromY(this.panelAt(y), y));
    }, { passive: false });
    cover.addEventListener('keydown', (event) => this.key(event));
  }

  /** The end of a drag: the box is what is to be seen; a drag of no length is a click. */
  drop() {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    const wide = Math.abs(drag.toX - drag.fromX);
    const high = Math.abs(drag.toY - drag.fromY);
    if (wide < BOX && high < BOX) {
      const found = this.options.find?.(drag.fromX, drag.fromY, this);
      this.show(found ?? null);
      if (found) this.options.press?.(found);
    } else if (drag.box) {
      if (wide >= BOX) this.x = sorted(this.fromX(drag.fromX), this.fromX(drag.toX));
      if (high >= 2 * BOX) this.y[drag.panel] = sorted(this.fromY(drag.panel, drag.fromY), this.fromY(drag.panel, drag.toY));
      this.keep();
    }
    this.paintCover();
    this.redraw();
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const middle = (range) => (range[0] + range[1]) / 2;
    const zoom = (factor) => {
      this.zoomX(factor, middle(this.x));
      if (this.options.bare) this.zoomY(0, factor, middle(this.y[0]));
    };
    const step = (direction) => {
      const found = this.options.step?.(direction, this.found, this);
      if (found) this.show(found, true);
    };
    const actions = {
      ArrowLeft: () => this.pan(-this.width / 10, 0),
      ArrowRight: () => this.pan(this.width / 10, 0),
      ArrowUp: () => this.boxes.forEach((box, panel) => this.pan(0, -box.height / 10, panel)),
      ArrowDown: () => this.boxes.forEach((box, panel) => this.pan(0, box.height / 10, panel)),
      '+': () => zoom(1 / 1.5),
      '=': () => zoom(1 / 1.5),
      '-': () => zoom(1.5),
      0: () => this.reset(),
      Home: () => this.reset(),
      n: () => step(1),
      p: () => step(-1),
      Enter: () => this.found && this.options.press?.(this.found),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  pan(right, down, panel = 0) {
    const byX = (right / this.width) * (this.x[1] - this.x[0]);
    this.x = this.x.map((value) => value + byX);
    const sign = this.options.panels[panel].inverted ? 1 : -1;
    const byY = sign * (down / this.boxes[panel].height) * (this.y[panel][1] - this.y[panel][0]);
    this.y[panel] = this.y[panel].map((value) => value + byY);
    this.keep();
    this.redraw();
  }

  zoomX(factor, about) {
    this.x = this.x.map((value) => about + (value - about) * factor);
    this.keep();
    this.redraw();
  }

  zoomY(panel, factor, about) {
    this.y[panel] = this.y[panel].map((value) => about + (value - about) * factor);
    this.keep();
    this.redraw();
  }

  /** Neither further out than is of use, nor further in than numbers have digits. */
  keep() {
    this.show(null);
    this.x = kept(this.x, this.home.x);
    this.y = this.y.map((range, panel) => kept(range, this.home.y[panel]));
  }

  /** Names what is pointed at, and says it aloud if it was chosen by a key. */
  show(found, aloud = false) {
    if (found === null && this.found === null) return;
    this.found = found;
    this.tip.hidden = found === null;
    this.cover.style.cursor = found && this.options.press ? 'pointer' : '';
    if (found) {
      this.tip.replaceChildren(...found.lines.map((words) => element('div', {}, words)));
      const room = this.stage.clientWidth;
      const wide = this.tip.offsetWidth;
      const beside = found.x + 14 + wide < room ? found.x + 14 : found.x - 14 - wide;
      this.tip.style.left = `${Math.max(0, Math.min(beside, room - wide))}px`;
      this.tip.style.top = `${Math.max(0, found.y - this.tip.offsetHeight - 10)}px`;
      if (aloud) this.spoken.textContent = found.lines.join(', ');
    }
    this.paintCover();
  }

  /** Buttons for those who have neither wheel nor keys. */
  buttons() {
    const button = (sign, words, act) => element('button', { type: 'button', title: words, 'aria-label': words, onclick: act }, sign);
    const middle = (range) => (range[0] + range[1]) / 2;
    const zoom = (factor) => {
      this.zoomX(factor, middle(this.x));
      if (this.options.bare) this.zoomY(0, factor, middle(this.y[0]));
    };
    const hand = button('Pan', 'Drag moves instead of zooming', () => {
      this.panning = !this.panning;
      hand.setAttribute('aria-pressed', String(this.panning));
    });
    hand.setAttribute('aria-pressed', 'false');
    return element('span', { class: 'buttons' },
      button('+', 'Zoom in', () => zoom(1 / 1.5)),
      button('−', 'Zoom out', () => zoom(1.5)),
      hand,
      button('Reset', 'Show everything', () => this.reset()));
  }
}

const KEYS = 'Arrow keys move, plus and minus zoom, 0 resets, n and p name the next and the previous point.';

// ── helpers of the axes

/** Ticks with their places: on a logarithmic axis the places are logarithms. */
function axisTicks([low, high], log, wanted, own) {
  if (own) return own.filter((tick) => tick.place >= low && tick.place <= high);
  if (!log) return linearTicks(low, high, wanted).map((tick) => ({ place: tick.value, label: tick.label }));
  const ticks = logTicks(10 ** low, 10 ** high, wanted);
  return ticks.map((tick) => ({ place: Math.log10(tick.value), label: tick.label }));
}

function line(pen, fromX, fromY, toX, toY) {
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}

/** Words that fit: cut in the middle if they are too long. */
function fitted(pen, words, room) {
  if (pen.measureText(words).width <= room) return words;
  let length = words.length;
  while (length > 3 && pen.measureText(words.slice(0, length) + '…').width > room) length--;
  return `${words.slice(0, length)}…`;
}

function sorted(one, other) {
  return one < other ? [one, other] : [other, one];
}

function around(range, span) {
  const middle = (range[0] + range[1]) / 2;
  return [middle - span / 2, middle + span / 2];
}

function kept(range, home) {
  const span = range[1] - range[0];
  const full = home[1] - home[0];
  const least = Math.max(full * 1e-7, Math.abs(range[0]) * 1e-11, Number.MIN_VALUE * 1e10);
  let next = range;
  if (span > full * 3) next = around(range, full * 3);
  if (span < least) next = around(range, least);
  // something of the whole stays in sight
  const beyond = Math.max(home[0] - next[1], 0) - Math.max(next[0] - home[1], 0);
  return [next[0] + beyond, next[1] + beyond];
}

/** A range with some room at its ends; one value gets a range around it. */
function padded(low, high, part = 0.05) {
  if (!(high >= low)) return [0, 1];
  const span = high - low || Math.abs(low) * 0.01 || 1;
  return high === low ? [low - span / 2, high + span / 2] : [low - span * part, high + span * part];
}
