/** A line of a chart: its name and a value for each place on the x axis. */
export interface Line {
  name: string;
  values: number[];
}

const [WIDTH, HEIGHT] = [900, 520];
const PLOT = { left: 70, right: 610, top: 50, bottom: 460 };
const ROW = 22;

/** Draws lines over sizes, both logarithmic, as an SVG that needs nothing else. Values must be above 0. */
export function drawChart(title: string, unit: string, sizes: string[], lines: Line[]): string {
  const values = lines.flatMap((line) => line.values);
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.ceil(Math.log10(Math.max(...values)));
  const x = (place: number) => PLOT.left + ((PLOT.right - PLOT.left) * place) / Math.max(1, sizes.length - 1);
  const y = (value: number) =>
    PLOT.bottom - ((PLOT.bottom - PLOT.top) * (Math.log10(value) - lowest)) / Math.max(1, highest - lowest);
  const decades = Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(PLOT.left, 28, title, 'font-size="16"'),
    ...decades.map(
      (value) =>
        `<path d="M${PLOT.left} ${y(value)}H${PLOT.right}" stroke="#ddd"/>` +
        text(PLOT.left - 8, y(value) + 4, `${Number(value.toPrecision(1))} ${unit}`, 'text-anchor="end"'),
    ),
    ...sizes.map((size, place) => text(x(place), PLOT.bottom + 24, size, 'text-anchor="middle"')),
    ...lines.flatMap((line, index) => {
      const color = colorOf(index, lines.length);
      const points = line.values.map((value, place) => `${x(place)},${y(value)}`).join(' ');
      const row = PLOT.top + index * ROW;
      return [
        `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/>`,
        `<rect x="${PLOT.right + 40}" y="${row - 10}" width="12" height="12" fill="${color}"/>`,
        text(PLOT.right + 60, row, line.name),
      ];
    }),
    '</svg>',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function colorOf(index: number, count: number): string {
  return `hsl(${Math.round((360 * index) / count)} 65% ${index % 2 === 0 ? 38 : 55}%)`;
}
