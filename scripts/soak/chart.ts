/** A line of a chart; a null breaks it. */
export interface Line {
  name: string;
  points: readonly { second: number; value: number | null }[];
}

/** Lines over the same time. */
export interface Chart {
  title: string;
  unit: string;
  lines: readonly Line[];
}

/** A time that is shaded, in seconds. */
export interface Shade {
  name: string;
  from: number;
  until: number;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [960, 260, 60, 30, 10];
const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf'];
const MARKS = 5;

/** A page with all charts that needs nothing else. */
export function toPage(title: string, intro: string, charts: readonly Chart[], shades: readonly Shade[]): string {
  const seconds = Math.max(
    1,
    ...charts.flatMap(({ lines }) => lines.flatMap(({ points }) => points.at(-1)?.second ?? 0)),
  );
  const parts = charts.map((chart) => toSvg(chart, shades, seconds));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>body{font:14px system-ui,sans-serif;max-width:1000px;margin:2em auto;color:#222}svg{width:100%;height:auto}
svg text{font-size:11px;fill:#444}pre{overflow:auto}.key span{margin-right:1.2em}</style></head>
<body><h1>${escapeHtml(title)}</h1><pre>${escapeHtml(intro)}</pre>
${parts.join('\n')}
</body></html>
`;
}

function toSvg({ title, unit, lines }: Chart, shades: readonly Shade[], seconds: number): string {
  const top = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0))) * 1.05;
  const x = (second: number) => (LEFT + (second / seconds) * (WIDTH - LEFT - TOP)).toFixed(1);
  const y = (value: number) => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const steps = Array.from({ length: MARKS + 1 }, (_, index) => index / MARKS);
  const grid = steps.map((part) => {
    const value = part * top;
    const label = value.toFixed(top < 10 ? 1 : 0);
    const time = `${((part * seconds) / 60).toFixed(1)} min`;
    return `<line x1="${LEFT}" x2="${WIDTH - TOP}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>
<text x="${LEFT - 6}" y="${y(value)}" text-anchor="end">${label}</text>
<text x="${x(part * seconds)}" y="${HEIGHT - 8}" text-anchor="middle">${time}</text>`;
  });
  const shaded = shades.map(({ name, from, until }) => {
    const width = Math.max(1, Number(x(until)) - Number(x(from)));
    const area = `x="${x(from)}" y="${TOP}" width="${width}" height="${HEIGHT - BOTTOM - TOP}"`;
    return `<rect ${area} fill="#f6c" opacity="0.2"><title>${escapeHtml(name)}</title></rect>`;
  });
  const drawn = lines.map(({ points }, index) => {
    const color = COLORS[index % COLORS.length];
    return `<path d="${pathOf(points, x, y)}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const key = lines.map(
    ({ name }, index) => `<span style="color:${COLORS[index % COLORS.length]}">■ ${escapeHtml(name)}</span>`,
  );
  return `<h2>${escapeHtml(title)} (${escapeHtml(unit)})</h2><div class="key">${key.join('')}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${[...shaded, ...grid, ...drawn].join('\n')}</svg>`;
}

function pathOf(points: Line['points'], x: (second: number) => string, y: (value: number) => string): string {
  let pen = 'M';
  let path = '';
  for (const { second, value } of points) {
    if (value !== null) path += `${pen}${x(second)} ${y(value)}`;
    pen = value === null ? 'M' : 'L';
  }
  return path;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
