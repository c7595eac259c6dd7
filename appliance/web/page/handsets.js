/** The lab's analog telephones: lamp, screen, what is heard, and everything that a hand can do with them. */
import { byId, html, write } from './elements.js';

/** @import {LabTelephone} from '../../io/lab-state.js' */

/** @typedef {(command: string, body: object) => void} Order */

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
/** @type {Readonly<Record<string, string>>} */
const keyNames = { '*': 'star', '#': 'hash' };
/** What a newcomer may dial: outside by the T1, one that is busy, an extension, help. */
const numbers = ['913125550123', '913125550100', '1001', '1006', '911'];

/** @type {Map<string, Handset>} */
const handsets = new Map();

/** @param {readonly LabTelephone[]} telephones @param {Order} order */
export function drawHandsets(telephones, order) {
  const place = byId('handsets', HTMLElement);
  for (const telephone of telephones) {
    let handset = handsets.get(telephone.channel);
    if (handset === undefined) {
      handset = new Handset(telephone, order);
      handsets.set(telephone.channel, handset);
      place.append(handset.element);
    }
    handset.show(telephone);
  }
}

/** One telephone, made once: focus and what is typed stay where they are. */
class Handset {
  /** @type {HTMLElement} */
  element;
  /** @type {LabTelephone} */
  #telephone;
  #order;
  #lamp = html('span', { class: 'lamp', role: 'img' });
  #name = html('b');
  #display = html('p', { class: 'display', role: 'status' });
  #state = html('p', { class: 'hears', role: 'status' });
  #hook = html('button', { type: 'button', class: 'hook' });
  #flash = html('button', { type: 'button' }, ['Flash']);
  /** @type {readonly HTMLElement[]} */
  #keys;
  #pulse = radio('pulse');
  #number = html('input', {
    type: 'tel',
    inputmode: 'tel',
    maxlength: '24',
    autocomplete: 'off',
    placeholder: 'Number',
  });
  #dial = html('button', { type: 'submit' }, ['Dial']);

  /** @param {LabTelephone} telephone @param {Order} order */
  constructor(telephone, order) {
    this.#telephone = telephone;
    this.#order = order;
    const { extension, name } = telephone;
    const group = `dial-${extension}`;
    const tone = radio('tone');
    for (const each of [tone, this.#pulse]) each.setAttribute('name', group);
    tone.setAttribute('checked', '');
    this.#keys = keys.map((key) => {
      const label = `Key ${keyNames[key] ?? key}`;
      const button = html('button', { type: 'button', class: 'key', 'aria-label': label }, [key]);
      button.addEventListener('click', () => this.#press(key));
      return button;
    });
    this.#hook.addEventListener('click', () => this.#say(this.#telephone.lifted ? 'line-hang-up' : 'line-lift', {}));
    this.#flash.addEventListener('click', () => {
      if (this.#telephone.lifted) this.#say('line-flash', {});
    });
    const list = html(
      'datalist',
      { id: `numbers-${extension}` },
      numbers.map((value) => html('option', { value })),
    );
    this.#number.setAttribute('list', `numbers-${extension}`);
    this.#number.setAttribute('aria-label', `Number to dial on ${extension}`);
    const form = html('form', { class: 'dial' }, [this.#number, this.#dial, list]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#number instanceof HTMLInputElement) this.#press(this.#number.value.replace(/[^0-9*#]/g, ''));
    });
    const choice = html('div', { class: 'choices', role: 'radiogroup', 'aria-label': `How ${extension} dials` }, [
      html('label', {}, [tone, html('span', {}, ['Tone'])]),
      html('label', {}, [this.#pulse, html('span', {}, ['Pulse'])]),
    ]);
    this.#name.append(extension);
    this.element = html('article', { class: 'handset', 'aria-label': `Telephone ${extension}, ${name}` }, [
      html('h3', {}, [this.#lamp, this.#name, ` ${name}`]),
      this.#display,
      this.#state,
      html('div', { class: 'buttons' }, [this.#hook, this.#flash]),
      html('div', { class: 'keypad', role: 'group', 'aria-label': `Keys of ${extension}` }, this.#keys),
      choice,
      form,
    ]);
  }

  /** @param {LabTelephone} telephone */
  show(telephone) {
    this.#telephone = telephone;
    const { plugged, lifted, ringing, lamp, shown, hears } = telephone;
    const state = !plugged ? 'gone' : ringing ? 'ringing' : lifted ? 'lifted' : 'resting';
    this.element.dataset.state = state;
    this.#lamp.dataset.lit = String(lamp || ringing);
    this.#lamp.setAttribute('aria-label', lamp ? 'Lamp: messages wait' : ringing ? 'Lamp: rings' : 'Lamp: off');
    write(this.#display, callerOf(shown));
    const words = {
      gone: 'Its card is pulled out',
      ringing: 'Rings',
      lifted: hears === '' ? 'Silence' : hears,
      resting: 'On hook',
    };
    write(this.#state, state === 'lifted' && hears !== '' ? `Hears ${hears}` : words[state]);
    write(this.#hook, lifted ? 'Hang up' : ringing ? 'Answer' : 'Lift');
    this.#hook.setAttribute('aria-disabled', String(!plugged));
    this.#hook.classList.toggle('danger', lifted);
    this.#hook.classList.toggle('good', ringing);
    for (const part of [this.#flash, this.#dial, ...this.#keys]) part.setAttribute('aria-disabled', String(!lifted));
  }

  /** @param {string} digits */
  #press(digits) {
    if (digits === '' || !this.#telephone.lifted) return;
    const pulse = this.#pulse instanceof HTMLInputElement && this.#pulse.checked;
    this.#say('line-dial', { digits, by: pulse ? 'pulse' : 'tone' });
  }

  /** @param {string} command @param {object} body */
  #say(command, body) {
    this.#order(command, { extension: this.#telephone.extension, ...body });
  }
}

/** @param {string} value */
function radio(value) {
  return html('input', { type: 'radio', value });
}

/** @param {LabTelephone['shown']} shown */
function callerOf({ number, name }) {
  if (number === '' && name === '') return 'No call yet';
  return [name, number === 'P' ? 'private number' : number].filter((word) => word !== '').join(' · ');
}
