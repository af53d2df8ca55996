// The page of a project: what was run, how far it is, what was found.

function showReport() {
  const report = embedded('report');
  document.title = `${report.project}: report`;
  const page = document.getElementById('page');
  const links = element('nav', { 'aria-label': 'Sections' });
  page.append(heading(report), links);

  section('summary', 'Summary', (host) => summary(host, report));
  section('run', 'What was run', (host) => whatWasRun(host, report));
  section('progress', 'Progress', (host) => progress(host, report));
  section('sky', 'Sky', (host) => {
    skyView(host, embedded('sky'), { eager: false });
    if (report.sky_left_out > 0) {
      host.append(element('p', { class: 'hint' }, `${many(report.sky_left_out, 'source')} of those without detection or failure are left out of the map, evenly.`));
    }
  });
  section('scores', 'Scores', (host) => {
    const figures = embedded('scores');
    for (const figure of figures) {
      if (figures.length > 1) host.append(element('h3', {}, figure.title));
      scoresView(host, figure, { eager: false });
    }
    if (figures.length === 0) host.append(element('p', { class: 'nothing' }, 'No epoch has a score yet.'));
  });
  section('efficiency', 'Efficiency', (host) => efficiencyView(host, embedded('efficiency'), { eager: false }));
  section('rates', 'Rates', (host) => rates(host, report.searched));
  section('detections', 'Detections', (host) => detections(host, report));
  page.append(element('footer', {}, `Made by retriever ${report.version} (commit ${report.commit}).`));

  function section(id, title, fill) {
    const host = element('section', { id, 'aria-labelledby': `${id}-title` }, element('h2', { id: `${id}-title` }, title));
    links.append(element('a', { href: `#${id}` }, title));
    page.append(host);
    fill(host);
  }
}

function heading(report) {
  return element('header', {},
    element('h1', {}, report.project),
    report.description === '' ? null : element('p', {}, report.description));
}

function summary(host, report) {
  const card = (number, words, more) => element('div', { class: 'card' }, element('strong', {}, number), element('span', {}, words), more ? element('small', {}, more) : null);
  if (report.epochs === 0) {
    host.append(element('p', { class: 'nothing' }, 'Nothing has been retrieved yet: the same page after a run says more.'));
  }
  host.append(element('div', { class: 'cards' },
    card(whole(report.sources), 'sources'),
    card(whole(report.lightcurves), 'lightcurves', many(report.epochs, 'epoch')),
    card(whole(report.analysed), 'sources analysed', report.analyses_failed > 0 ? `${whole(report.analyses_failed)} failed` : null),
    card(whole(report.detections), 'detections', report.simulated > 0 ? `and ${whole(report.simulated)} in simulations` : null),
    card(`${whole(report.recovered)} / ${whole(report.injected)}`, 'simulated events found'),
    card(bytesWords(report.bytes), 'on disk')));
  for (const warning of report.warnings) host.append(element('p', { class: 'warning' }, warning));
}

function bytesWords(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit + 1 < units.length) [value, unit] = [value / 1000, unit + 1];
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

function whatWasRun(host, report) {
  const facts = element('dl', { class: 'facts wide' });
  for (const [name, value] of report.facts) facts.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  host.append(facts);
  if (report.releases.length > 0) {
    host.append(table(['Observatory', 'Data release', 'Sources asked', 'First', 'Last'], report.releases.map((row) => [
      row.observatory, row.release === '' ? '–' : row.release, row.sources, row.first ?? '–', row.last ?? '–',
    ])));
  }
  host.append(element('details', {}, element('summary', {}, 'config.yaml: everything that can change results'), element('pre', {}, report.config)));
  if (report.run !== null) host.append(element('details', {}, element('summary', {}, 'run.yaml: circumstances of the last run'), element('pre', {}, report.run)));
}

function progress(host, report) {
  coverageView(host, embedded('coverage'));
  if (report.failures.length === 0) {
    host.append(element('p', {}, 'Nothing has failed.'));
    return;
  }
  host.append(element('h3', {}, 'Failures'));
  if (report.failures_cut) {
    host.append(element('p', { class: 'hint' }, `${whole(report.failures.length)} failures, taken evenly from the stages; there are more. All of them: retriever ls failures.`));
  }
  host.append(table(['Source', 'Observatory', 'Stage', 'Class', 'Message', 'Attempts', 'Last tried'], report.failures.map((row) => [
    row.source_name, row.observatory === '' ? '–' : row.observatory, row.stage, row.error_class ?? '–', row.message ?? 'no reason is known',
    row.attempts ?? '–', row.requested_at ?? '–',
  ])));
}

/** A plain table; numbers stand to the right. */
function table(heads, rows) {
  const cell = (value) => element('td', { class: typeof value === 'number' ? 'number' : 'words' }, typeof value === 'number' ? whole(value) : value);
  return element('div', { class: 'scroll' }, element('table', {},
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell))))));
}

function rates(host, searched) {
  const { exposure, rate, efficiency } = searched;
  const facts = [
    ['Searched', `${many(exposure.sources, 'source')}, ${many(exposure.lightcurves, 'lightcurve')}, ${many(exposure.epochs, 'epoch')} (${whole(exposure.good_epochs)} good)`],
    ['Time', `${short(searched.source_hours)} source-hours within ${searched.event_duration === null ? 'half the event_duration of their analysis' : `${short(searched.event_duration / 2)} d`} of a good epoch`],
    ['Detections in good epochs', whole(searched.detections)],
    ['Efficiency', efficiency.injected > 0 ? `${whole(efficiency.recovered)} of ${whole(efficiency.injected)} simulated events found: ${fractionWords(efficiency)}` : 'no simulated events'],
    ['Rate', rateWords(rate, searched.widths)],
  ];
  host.append(element('dl', { class: 'facts wide' }, ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)))));
}

function rateWords(rate, widths) {
  if (rate === null) return 'none: nothing was searched, or no simulated event was found';
  const percent = `${short(rate.confidence * 100)} %`;
  const wide = widths === null ? '' : ` (${short(widths[0])} to ${short(widths[1])} d wide)`;
  const events = `events like the simulated ones${wide} per source and day`;
  return rate.events === 0 ? `below ${short(rate.upper_limit)} ${events} (${percent} confidence)`
    : `${short(rate.rate)} ${events} (${short(rate.lower)} to ${short(rate.upper)} at ${percent} confidence)`;
}

function detections(host, report) {
  const rows = embedded('detections');
  const leftOut = embedded('left-out');
  if (rows.length === 0) {
    host.append(element('p', { class: 'nothing' }, report.simulated > 0 ? 'Nothing was found in the lightcurves as they were observed.' : 'Nothing was found.'));
    return;
  }
  if (report.simulated > 0 && !report.simulated_listed) {
    host.append(element('p', { class: 'hint' }, `${many(report.simulated, 'detection')} of simulated events are not listed; --simulated lists them.`));
  }
  for (const words of leftOut) host.append(element('p', { class: 'hint' }, words));
  detectionsView(host, rows);
}
