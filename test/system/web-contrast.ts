/**
 * An expression for the browser: the texts of the page whose contrast with what lies behind them is below 4.5
 * (WCAG 2.2 §1.4.3). Text and not a function, because this program is compiled without the browser's types.
 */
export const faintTexts = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const over = (colours) => {
    for (const colour of ['#fff', ...colours]) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  for (const element of document.querySelectorAll('h1, h2, p, dt, dd, td, th, span, button, a, summary, time, b')) {
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    const hidden = element.getClientRects().length === 0 || element.closest('.unseen, thead, [aria-disabled=true]');
    if (texts.length === 0 || hidden) continue;
    const behind = [];
    for (let at = element; at !== null; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const lights = [light(over(behind)), light(over([...behind, getComputedStyle(element).color]))];
    const contrast = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    if (contrast < 4.5) found.push(element.textContent.slice(0, 30) + ': ' + contrast.toFixed(2));
  }
  return found;
})()`;
