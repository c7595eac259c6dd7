import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EmergencyNumbers } from '../../../src/emergency/index.js';
import { DialPlan, digitsState } from '../../../src/routing/index.js';
import { configurationOf } from '../config/sample.js';

const extensions = new Set(['2001', '9001']);
const directory = {
  byUsername: () => undefined,
  byDid: () => undefined,
  byExtension: (extension: string) =>
    extensions.has(extension) ? { username: extension, extension, classOfRestriction: 'all' } : undefined,
};

describe('digits that are dialled one by one', () => {
  const configuration = configurationOf('');
  const plan = new DialPlan(configuration);
  const emergency = new EmergencyNumbers(configuration);
  const state = (digits: string) => digitsState(plan, directory, emergency, digits);

  it('are a call for help as soon as they are one', () => {
    assert.equal(state('91'), 'more');
    assert.equal(state('911'), 'complete');
  });

  it('are an extension when nothing else can begin so', () => {
    assert.equal(state('200'), 'more');
    assert.equal(state('2001'), 'complete');
    assert.equal(state('9001'), plan.mayBeOutside('9001') ? 'possible' : 'complete');
  });

  it('are a number to the outside when its length is known', () => {
    const prefix = plan.mayBeOutside('9') ? '9' : '';
    assert.equal(state(`${prefix}1312555014`), 'more');
    assert.equal(state(`${prefix}13125550140`), 'complete');
    assert.equal(state('9312555014'), 'possible', 'area code 931, or the outside prefix and area code 312');
    assert.equal(state('93125550140'), 'complete');
    assert.equal(state(`${prefix}01144207946`), 'possible', 'other countries have numbers of any length');
  });
});
