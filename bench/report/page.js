// The report's page: draws what report/data.mjs put into it. Runs in a browser, bundled into the page.
import { draw, rows_of } from './charts.js';
import { make } from './dom.js';
import { ratio_text, style_of, VIEWS } from './figures.js';
import { draw_goals } from './goals.js';

const data = JSON.parse(document.getElementById('data').textContent);
const page = document.getElementById('page');
const shown = { view: 'rate', host: data.hosts[0].id, goals: 'all' };
const hidden = new Set();
let plots = [];

function legend(chart) {
  return make(
    'div',
    { class: 'legend' },
    ...chart.lines.map((line) => {
      const { colour, dash } = style_of(chart, line);
      const toggle = () => {
        if (!hidden.delete(line.name)) hidden.add(line.name);
        draw_charts();
      };
      return make(
        'button',
        {
          'aria-pressed': String(!hidden.has(line.name)),
          onclick: toggle,
          title: 'show or hide',
        },
        make('i', { class: dash ? 'dashed' : '', style: `color: var(${colour})` }),
        line.name,
      );
    }),
  );
}

function card(series, { text, chart, host }) {
  const about = make('small', { class: 'soft' });
  const holder = make('div', { class: 'plot' });
  const name = data.hosts.length > 1 ? ` (${data.hosts.find(({ id }) => id === host).name})` : '';
  const body = [make('h3', {}, `${series.title}${name}`), make('p', {}, text), about];
  let finish = () => {};
  if (chart?.sized) {
    body.push(holder, legend(chart));
    finish = () => {
      const drawn = draw(holder, chart, shown.view, hidden);
      about.textContent = drawn.about;
      plots.push(drawn.plot);
    };
  } else if (chart !== undefined) {
    about.textContent =
      'Speed against bytewire: further right is faster; the line is bytewire. Time of a call, and its ratio to ours.';
    for (const [i, title] of chart.labels.entries()) {
      if (chart.labels.length > 1) body.push(make('small', { class: 'soft' }, title));
      body.push(make('div', { class: 'rows' }, ...rows_of(chart, i, hidden)));
    }
  }
  return { node: make('section', { class: 'card' }, ...body), finish };
}

const charts = make('div');
function draw_charts() {
  for (const plot of plots) plot.destroy();
  plots = [];
  const finishers = [];
  const groups = data.groups.map((group, i) => {
    const cards = group.series.flatMap((series) =>
      series.hosts
        .filter(({ host }) => shown.host === 'all' || host === shown.host)
        .map((each) => {
          const { node, finish } = card(series, each);
          finishers.push(finish);
          return node;
        }),
    );
    return cards.length === 0
      ? ''
      : make(
          'div',
          {},
          make('h2', { id: `group-${i}` }, group.title),
          make('div', { class: 'cards' }, ...cards),
        );
  });
  charts.replaceChildren(...groups);
  for (const finish of finishers) finish();
}

function choice(label, options, key, changed) {
  const box = make('div', { class: 'choice', role: 'group', 'aria-label': label });
  for (const [value, title] of options) {
    const pick = () => {
      shown[key] = value;
      for (const one of box.children) one.setAttribute('aria-pressed', String(one.value === value));
      changed();
    };
    box.append(
      make('button', { value, 'aria-pressed': String(shown[key] === value), onclick: pick }, title),
    );
  }
  return box;
}

function tile(host) {
  const mean =
    host.mean === undefined ? '' : ` Geometric mean of all ratios: ${ratio_text(host.mean)}.`;
  return make(
    'div',
    { class: 'tile' },
    make('h3', {}, host.name),
    make('p', { class: 'soft' }, make('small', {}, host.about)),
    make(
      'div',
      { class: 'figures' },
      make('span', {}, make('b', {}, `${host.met} / ${host.measured}`), ' goals met'),
      make('span', {}, make('b', {}, `${host.ahead} / ${host.comparisons}`), ' comparisons won'),
    ),
    make(
      'p',
      { class: 'soft' },
      make(
        'small',
        {},
        `${host.aim} of the goals with their aim; ${host.all - host.measured} goals not measured here.${mean}`,
      ),
    ),
    host.quick
      ? make('p', { class: 'warn' }, 'Parts of this are a quick pass: its figures mean nothing.')
      : undefined,
  );
}

const goals = make('div');
function draw_all() {
  draw_charts();
  draw_goals(goals, data, shown);
}

const hosts = data.hosts.map(({ id, name }) => [id, name]);
if (hosts.length > 1) hosts.push(['all', 'side by side']);
page.append(
  make('h1', {}, 'bytewire benchmarks'),
  make(
    'p',
    { class: 'soft' },
    'Time of the other over our time: above 1 bytewire is faster. Contenders took turns in one run; the median counts.',
  ),
  make('div', { class: 'tiles' }, ...data.hosts.map(tile)),
  make(
    'nav',
    {},
    ...data.groups.map(({ title }, i) => make('a', { href: `#group-${i}` }, title)),
    make('a', { href: '#goals' }, 'Goals'),
  ),
  make(
    'div',
    { class: 'bar' },
    choice(
      'What is drawn',
      Object.entries(VIEWS).map(([key, { title }]) => [key, title]),
      'view',
      draw_charts,
    ),
    hosts.length > 1 ? choice('Host', hosts, 'host', draw_all) : undefined,
  ),
  charts,
  make('h2', { id: 'goals' }, 'Goals'),
  make(
    'p',
    { class: 'soft' },
    'Measured (must | aim). Green is met, red is not, grey was not measured here.',
  ),
  make(
    'p',
    {},
    choice(
      'Which goals',
      [
        ['all', 'all'],
        ['missed', 'not met'],
        ['none', 'not measured'],
      ],
      'goals',
      draw_goals,
    ),
  ),
  goals,
);
draw_all();

let width = innerWidth;
addEventListener('resize', () => {
  if (innerWidth === width) return;
  width = innerWidth;
  draw_charts();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw_charts);
