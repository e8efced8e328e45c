// The report's page: draws what report/data.mjs put into it. Runs in a browser, from the file, with uPlot beside it.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const page = document.getElementById('page');

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child !== undefined));
    return node;
  }

  // ---- numbers

  const short = (value) => value.toFixed(value < 9.95 ? 1 : 0);
  function time_text(ns) {
    if (ns >= 1e9) return `${short(ns / 1e9)} s`;
    if (ns >= 1e6) return `${short(ns / 1e6)} ms`;
    return ns >= 1e3 ? `${short(ns / 1e3)} µs` : `${short(ns)} ns`;
  }
  function bytes_text(bytes) {
    if (bytes < 1024) return `${Math.round(bytes)} B`;
    return bytes < 1048576 ? `${short(bytes / 1024)} KiB` : `${short(bytes / 1048576)} MiB`;
  }
  const rate_text = (mib) => (mib < 1024 ? `${short(mib)} MiB/s` : `${short(mib / 1024)} GiB/s`);
  const ratio_text = (ratio) => `${ratio < 0.1 ? ratio.toFixed(2) : short(ratio)}×`;

  // 0.1, 10, 1k, 100k
  const count_text = (value) =>
    value < 1000
      ? String(Number(value.toPrecision(3)))
      : `${Number((value / 1000).toPrecision(3))}k`;

  const VIEWS = {
    rate: {
      title: 'Rate',
      unit: 'MiB/s',
      text: rate_text,
      axis: count_text,
      // Without bytes to count there is no rate: calls in a second then.
      value: (chart, line, i) =>
        line.ns[i] === null ? null : ((chart.bytes[i] ?? 1048576) * 1e9) / line.ns[i] / 1048576,
      fits: (chart) => chart.unit === 'bytes',
    },
    time: {
      title: 'Time per call',
      text: time_text,
      axis: time_text,
      value: (_, line, i) => line.ns[i],
      fits: () => true,
    },
    ratio: {
      title: 'Speed against bytewire',
      text: ratio_text,
      axis: ratio_text,
      value: (_, line, i) =>
        line.ratio[i] === null ? (line.ns[i] === null ? null : 1) : 1 / line.ratio[i],
      fits: () => true,
    },
  };

  // ---- colours

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const PACKAGE_COLOURS = ['--p0', '--p1', '--p2', '--p3', '--p4', '--p5'];
  function style_of(chart, line) {
    const nth = chart.lines.filter(({ kind }) => kind === line.kind).indexOf(line);
    if (line.kind === 'package') return { colour: PACKAGE_COLOURS[nth % PACKAGE_COLOURS.length] };
    const dashed = nth > 0;
    return {
      colour: `--${line.kind}`,
      dash: dashed ? [5, 4] : undefined,
      width: line.kind === 'ours' ? 3 : 1.5,
    };
  }

  // ---- charts over sizes

  const shown = { view: 'rate', host: data.hosts[0].id };
  let plots = [];

  function x_text(chart, value) {
    return chart.unit === 'bytes' ? bytes_text(value) : String(value);
  }

  function tooltip(chart) {
    const box = make('div', { class: 'tip', hidden: '' });
    return {
      hooks: {
        init: (u) => u.over.append(box),
        setCursor(u) {
          const i = u.cursor.idx;
          box.hidden = i === null || i === undefined;
          if (box.hidden) return;
          const rows = chart.lines
            .filter((line) => line.ns[i] !== null)
            .sort((a, b) => a.ns[i] - b.ns[i])
            .map((line) => {
              const rate = VIEWS.rate.fits(chart)
                ? rate_text(VIEWS.rate.value(chart, line, i))
                : '';
              const name = make(
                'td',
                { style: `color: var(${style_of(chart, line).colour})` },
                line.name,
              );
              const ratio = line.ratio[i] === null ? '' : ratio_text(line.ratio[i]);
              const cells = [time_text(line.ns[i]), rate, ratio].map((text) =>
                make('td', {}, text),
              );
              return make('tr', {}, name, ...cells);
            });
          const place = chart.points
            ? chart.labels[i]
            : `${x_text(chart, chart.x[i])}${chart.unit === 'bytes' ? '' : ` ${chart.unit}`}`;
          box.replaceChildren(make('b', {}, place), make('table', {}, ...rows));
          const left = u.cursor.left + 14;
          const over = left + box.offsetWidth > u.over.clientWidth;
          box.style.left = `${over ? Math.max(-40, u.cursor.left - box.offsetWidth - 14) : left}px`;
          box.style.top = `${Math.max(-10, Math.min(u.cursor.top, u.over.clientHeight - box.offsetHeight))}px`;
        },
      },
    };
  }

  function splits_of(chart) {
    const places = [...new Set(chart.x)];
    // Room for so many labels: every second, third ... of the sizes.
    return (u) => {
      const step = Math.ceil(
        places.length / Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / 62)),
      );
      return chart.points ? undefined : places.filter((_, i) => i % step === 0);
    };
  }

  function draw(holder, chart) {
    const view = VIEWS[shown.view].fits(chart) ? VIEWS[shown.view] : VIEWS.time;
    const axis = {
      stroke: css('--soft'),
      grid: { stroke: css('--grid'), width: 1 },
      ticks: { stroke: css('--grid'), width: 1 },
      font: '12px system-ui, sans-serif',
    };
    const splits = splits_of(chart);
    const x_axis = {
      ...axis,
      values: (_, list) => list.map((value) => (value === null ? '' : x_text(chart, value))),
    };
    if (!chart.points) Object.assign(x_axis, { splits, filter: (_, list) => list });
    const options = {
      width: Math.max(240, holder.clientWidth),
      height: Math.max(220, Math.min(320, holder.clientWidth * 0.6)),
      scales: { x: { time: false, distr: 3, log: 10 }, y: { distr: 3, log: 10 } },
      axes: [
        x_axis,
        {
          ...axis,
          size: 62,
          values: (_, list) => list.map((value) => (value === null ? '' : view.axis(value))),
        },
      ],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      legend: { show: false },
      series: [
        {},
        ...chart.lines.map((line) => {
          const { colour, dash, width = 1.5 } = style_of(chart, line);
          const stroke = css(colour);
          return {
            label: line.name,
            stroke,
            width,
            dash,
            show: !hidden.has(line.name),
            spanGaps: true,
            paths: chart.points ? () => null : undefined,
            points: { show: true, size: chart.points ? 8 : 5, fill: stroke },
          };
        }),
      ],
      plugins: [tooltip(chart)],
    };
    const values = chart.lines.map((line) => chart.x.map((_, i) => view.value(chart, line, i)));
    const plot = new uPlot(options, [chart.x, ...values], holder);
    plots.push({ plot, holder });
    const about = [view.unit, chart.unit === 'bytes' ? 'by size' : `by ${chart.unit}`].filter(
      Boolean,
    );
    return `${view.title}, ${about.join(', ')}`;
  }

  // ---- rows for what has no size: a dot each on a logarithmic axis, ours marked by a line

  function rows_of(chart, i) {
    const there = chart.lines.filter((line) => line.ns[i] !== null && !hidden.has(line.name));
    const speeds = there.map((line) => (line.ratio[i] === null ? 1 : 1 / line.ratio[i]));
    const low = Math.min(...speeds) / 1.15;
    const high = Math.max(...speeds) * 1.15;
    const at = (speed) => `${((Math.log(speed / low) / Math.log(high / low)) * 100).toFixed(2)}%`;
    return there.flatMap((line, k) => {
      const text = `${time_text(line.ns[i])}${line.ratio[i] === null ? '' : ` · ${ratio_text(line.ratio[i])}`}`;
      const dot = make('i', {
        style: `left: ${at(speeds[k])}; background: var(${style_of(chart, line).colour})`,
      });
      const title = `${line.name}: ${time_text(line.ns[i])} in the median, 99 % below ${time_text(line.p99[i])}`;
      return [
        make('span', { title }, line.name),
        make('span', { class: 'track', title }, make('u', { style: `left: ${at(1)}` }), dot),
        make('span', { class: 'value', title }, text),
      ];
    });
  }

  // ---- the page

  const hidden = new Set();

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
        about.textContent = draw(holder, chart);
      };
    } else if (chart !== undefined) {
      about.textContent =
        'Speed against bytewire: further right is faster; the line is bytewire. Time of a call, and its ratio to ours.';
      for (const [i, title] of chart.labels.entries()) {
        if (chart.labels.length > 1) body.push(make('small', { class: 'soft' }, title));
        body.push(make('div', { class: 'rows' }, ...rows_of(chart, i)));
      }
    }
    return { node: make('section', { class: 'card' }, ...body), finish };
  }

  const charts = make('div');
  function draw_charts() {
    for (const { plot } of plots) plot.destroy();
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
        for (const one of box.children)
          one.setAttribute('aria-pressed', String(one.value === value));
        changed();
      };
      box.append(
        make(
          'button',
          { value, 'aria-pressed': String(shown[key] === value), onclick: pick },
          title,
        ),
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

  // ---- goals

  const WORD_CLASS = { 'aim met': 'aim', met: 'met', 'not met': 'missed', 'not measured': 'none' };
  const goals = make('div');
  shown.goals = 'all';

  function goal_chip({ column, limits }, { value, word, why }) {
    const parts = [
      column === '' ? undefined : make('span', { class: 'soft' }, column),
      make('b', {}, value === '' ? '–' : value),
      make('small', {}, limits),
    ];
    return make(
      'span',
      { class: `chip ${WORD_CLASS[word]}`, title: [word, why].filter(Boolean).join(': ') },
      ...parts,
    );
  }

  // Why nothing of a row was measured, once.
  function reason_of(cells, host) {
    const reasons = new Set(cells.map(({ hosts }) => hosts[host].why).filter(Boolean));
    return reasons.size === 0
      ? undefined
      : make('small', { class: 'soft' }, [...reasons].join('; '));
  }

  function goal_row({ row, cells }) {
    const lines = data.hosts.flatMap(({ id, name }, host) => {
      if (shown.host !== 'all' && shown.host !== id) return [];
      const chips = cells.map((cell) => goal_chip(cell, cell.hosts[host]));
      const head = shown.host === 'all' ? make('small', { class: 'soft host' }, name) : undefined;
      return [
        make(
          'div',
          { class: 'chips' },
          ...[head, ...chips, reason_of(cells, host)].filter(Boolean),
        ),
      ];
    });
    return make('div', { class: 'goal' }, make('div', {}, row), make('div', {}, ...lines));
  }

  function draw_goals() {
    const seen = (cell) =>
      cell.hosts.filter((_, i) => shown.host === 'all' || data.hosts[i].id === shown.host);
    const wanted = {
      all: () => true,
      missed: (cell) => seen(cell).some(({ word }) => word === 'not met'),
      none: (cell) => seen(cell).every(({ word }) => word === 'not measured'),
    }[shown.goals];
    const topics = [...new Set(data.goals.map(({ topic }) => topic))].map((topic) => {
      const rows = data.goals
        .filter((goal) => goal.topic === topic)
        .map((goal) => ({ ...goal, cells: goal.cells.filter(wanted) }))
        .filter(({ cells }) => cells.length > 0);
      if (rows.length === 0) return '';
      return make('section', { class: 'card' }, make('h3', {}, topic), ...rows.map(goal_row));
    });
    goals.replaceChildren(...topics);
  }

  function draw_all() {
    draw_charts();
    draw_goals();
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
})();
