/** Small hands for the document: find, make, and change only what differs (so that focus and selection stay). */

const svgSpace = 'http://www.w3.org/2000/svg';

/**
 * The element with this id, which the page is known to have.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} '${id}'`);
  return found;
}

/** @param {string} id @param {string} text */
export function setText(id, text) {
  write(byId(id, HTMLElement), text);
}

/** @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} name
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {readonly (Node | string)[]} [children]
 * @returns {HTMLElement}
 */
export function html(name, attributes = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} [attributes]
 * @param {readonly (Node | string)[]} [children]
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS(svgSpace, name);
  if (!(element instanceof SVGElement)) throw new Error(`'${name}' is not SVG`);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {string} text @param {string} [tone] */
export function tag(text, tone = '') {
  return html('span', tone === '' ? { class: 'tag' } : { class: 'tag', 'data-tone': tone }, [text]);
}

/**
 * Makes the children of `parent` those of `rows`, by key: rows stay, move, come and go; a cell is replaced when its
 * content differs.
 * @param {Element} parent
 * @param {readonly {key: string, make: () => HTMLElement}[]} rows
 */
export function replaceRows(parent, rows) {
  /** @type {Map<string, Element>} */
  const present = new Map();
  for (const child of parent.children) present.set(child.getAttribute('data-key') ?? '', child);
  /** @type {Element | null} */
  let at = parent.firstElementChild;
  for (const { key, make } of rows) {
    const fresh = make();
    fresh.setAttribute('data-key', key);
    const old = present.get(key);
    present.delete(key);
    if (old === undefined) {
      parent.insertBefore(fresh, at);
      continue;
    }
    if (old !== at) parent.insertBefore(old, at);
    else at = at.nextElementSibling;
    merge(old, fresh);
  }
  for (const gone of present.values()) gone.remove();
}

/** @param {Element} old @param {Element} fresh */
function merge(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.children.length !== fresh.children.length || old.children.length === 0 || old.tagName !== fresh.tagName) {
    old.replaceWith(fresh);
    return;
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  const freshCells = [...fresh.children];
  for (const [i, cell] of [...old.children].entries()) {
    const other = freshCells[i];
    if (other !== undefined) merge(cell, other);
  }
}

/** @param {string | HTMLElement} content @param {string} [kind] */
export function cell(content, kind = '') {
  return html('td', kind === '' ? {} : { class: kind }, [content]);
}
