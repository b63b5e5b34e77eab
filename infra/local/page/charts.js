/** Small pictures of numbers, in plain SVG. */

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [240, 36];

/** The value below which so many of the hundred lie; nothing of nothing. */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** The next of 1, 2, 5, 10, 20, 50 and so on: where an axis may end. */
export function axisEnd(value) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * ten).find((end) => end >= value);
}

/**
 * A bar for each value, the newest at the right. `most`: as many as there is room for. Answers with how many there are, where
 * their axis ends, the highest and the newest; nothing of nothing.
 */
export function bars(svg, values, most = 60) {
  const shown = values.slice(-most);
  const highest = Math.max(...shown, 1);
  const top = axisEnd(highest);
  const step = WIDTH / most;
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.replaceChildren(...shown.map((value, i) => {
    const height = Math.max(1, (value / top) * HEIGHT);
    const left = WIDTH - (shown.length - i) * step;
    return shape('rect', { x: left, y: HEIGHT - height, width: step * 0.8, height });
  }));
  return shown.length > 0 ? { number: shown.length, top, highest, newest: shown.at(-1) } : undefined;
}

/** A cell for each slot, those in use filled. */
export function slots(svg, used, all) {
  const cells = Math.min(all, 60);
  const step = WIDTH / Math.max(cells, 8);
  svg.setAttribute('viewBox', `0 0 ${WIDTH} 14`);
  svg.replaceChildren(...Array.from({ length: cells }, (_, i) => (
    shape('rect', { x: i * step, y: 1, width: step * 0.85, height: 12, rx: 2, class: i < used ? 'used' : 'free' }))));
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
