import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import type { CallSetup } from '../../../src/call/index.js';
import type { IsdnParty, IsdnRedirection } from '../../../src/isdn/index.js';
import {
  apply,
  callSetupOf,
  type IsdnSetupRules,
  isdnNumber,
  isdnSetupOf,
  numberHere,
  plainDigits,
  redirectionFields,
  redirectionOf,
  unchanged,
} from '../../../src/trunks/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { plainSetup } from '../call/fake-leg.js';
import { numbers } from './trunk-bench.js';

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
const national = fc.tuple(fc.integer({ min: 2, max: 9 }), digits(9, 9)).map(([first, rest]) => `${first}${rest}`);

test('what is said to an ISDN and read again is the same number, in every format', () => {
  fc.assert(
    fc.property(national, digits(8, 12), (own, abroad) => {
      const home = `+1${own}`;
      const forms = [
        ['e164', home],
        ['e164WithoutPlus', home.slice(1)],
        ['national', own],
      ] as const;
      for (const [format, written] of forms) {
        const said = isdnNumber({ ...numbers, format }, unchanged, written);
        assert.match(said.digits, /^\d+$/);
        assert.equal(numberHere(numbers, unchanged, said), home);
      }
      const far = isdnNumber({ ...numbers, format: 'national' }, unchanged, `01144${abroad}`);
      assert.deepEqual(far, { digits: `44${abroad}`, type: 'international', plan: 'isdn' });
      assert.equal(numberHere(numbers, unchanged, far), `+44${abroad}`);
    }),
  );
});

test('digits are taken off and put on, and never more than there are', () => {
  fc.assert(
    fc.property(digits(0, 20), fc.nat(25), digits(0, 6), (number, strip, prepend) => {
      const rule = { strip, prepend };
      const expected = prepend + number.slice(strip);
      assert.equal(apply(rule, number), expected);
      assert.equal(plainDigits(rule, `+${number}`), expected);
      assert.equal(isdnNumber(numbers, rule, number).digits, expected);
      assert.equal(numberHere(numbers, rule, { digits: number, type: 'unknown', plan: 'unknown' }), expected);
      // Taking off what was put on gives back what was left.
      assert.equal(apply({ strip: prepend.length, prepend: '' }, apply(rule, number)), number.slice(strip));
    }),
  );
});

test('types: services have none, a rule that changes digits makes them unknown, a configured type wins', () => {
  assert.equal(isdnNumber(numbers, unchanged, '911').type, 'unknown');
  assert.equal(isdnNumber({ ...numbers, format: 'national' }, unchanged, '411').type, 'unknown');
  assert.equal(isdnNumber({ ...numbers, format: 'asDialled' }, unchanged, '13125550123').type, 'unknown');
  assert.deepEqual(isdnNumber(numbers, { strip: 1, prepend: '' }, '+13125550123'), {
    digits: '3125550123',
    type: 'unknown',
    plan: 'unknown',
  });
  assert.deepEqual(isdnNumber({ ...numbers, type: 'national' }, { strip: 1, prepend: '' }, '+13125550123'), {
    digits: '3125550123',
    type: 'national',
    plan: 'isdn',
  });
  assert.equal(isdnNumber({ ...numbers, plan: 'private' }, unchanged, '2001').plan, 'private');
  // Four digits of a DID block.
  assert.equal(
    numberHere(numbers, { strip: 0, prepend: '1312555' }, { digits: '0123', type: 'subscriber', plan: 'isdn' }),
    '13125550123',
  );
});

const rules: IsdnSetupRules = {
  side: 'user',
  numbers,
  presentation: 'asCaller',
  callerName: true,
  redirecting: true,
  bearer: 'speech',
  domain: 'branch.example',
};

describe('the caller', () => {
  const setup: CallSetup = {
    ...plainSetup,
    from: { number: '+13125550199', displayName: 'Ada' },
    dialled: '+13125550123',
    privacy: [],
  };
  const callingNumber = '+13125550199';
  const calling = (changes: Partial<CallSetup>, emergency = false, more: Partial<IsdnSetupRules> = {}) =>
    isdnSetupOf({ ...setup, ...changes }, { emergency, callingNumber }, { ...rules, ...more }).calling;

  it('is shown, hidden by the caller’s wish or the trunk’s, and shown in any case by calls for help', () => {
    assert.deepEqual(calling({}), {
      number: { digits: '13125550199', type: 'international', plan: 'isdn' },
      name: 'Ada',
      presentation: 'allowed',
      screening: 'user-not-screened',
    });
    for (const privacy of ['id', 'user', 'header']) {
      const hidden = calling({ privacy: [privacy] });
      assert.equal(hidden?.presentation, 'restricted');
      assert.equal(hidden?.name, undefined);
      assert.equal(hidden?.number?.digits, '13125550199', 'the network itself has to know');
    }
    assert.equal(calling({}, false, { presentation: 'restricted' })?.presentation, 'restricted');
    assert.equal(calling({ privacy: ['id'] }, false, { presentation: 'allowed' })?.presentation, 'allowed');
    assert.equal(calling({ privacy: ['id'] }, true)?.presentation, 'allowed');
    assert.equal(calling({}, false, { callerName: false })?.name, undefined);
    assert.equal(isdnSetupOf(setup, { emergency: false }, rules).bearer, 'speech');
    assert.equal(isdnSetupOf(setup, { emergency: false, fax: true }, rules).bearer, '3.1-khz');
    assert.equal(isdnSetupOf({ ...setup, from: { number: '201' } }, { emergency: false }, rules).calling, undefined);
  });

  it('comes in with number and name; who is hidden is known to us alone', () => {
    const party: IsdnParty = {
      number: { digits: '3125550142', type: 'national', plan: 'isdn' },
      name: 'Bob',
      presentation: 'allowed',
      screening: 'network',
    };
    const arrive = (from: IsdnParty) =>
      callSetupOf(
        {
          called: { digits: '5550100', type: 'subscriber', plan: 'isdn' },
          complete: true,
          bearer: 'speech',
          calling: from,
        },
        '5550100',
        rules,
        new SeededRandom(1),
      );
    const open = arrive(party);
    assert.deepEqual(open.from, { number: '+13125550142', displayName: 'Bob' });
    assert.deepEqual(open.privacy, []);
    assert.match(open.sessionId, /^[0-9a-f]{32}$/);
    const hidden = arrive({ ...party, presentation: 'restricted' });
    assert.deepEqual(hidden.from, { number: 'anonymous', displayName: 'Anonymous' });
    assert.deepEqual(hidden.privacy, ['id']);
    assert.equal(hidden.asserted?.number, '+13125550142');
    const unknown = arrive({ presentation: 'unavailable', screening: 'network' });
    assert.deepEqual([unknown.from, unknown.asserted], [{ number: '' }, undefined]);
  });
});

describe('redirection', () => {
  const ground = {
    domain: 'branch.example',
    toField: ({ number }: IsdnParty) => (number === undefined ? '' : numberHere(numbers, unchanged, number)),
    toIsdn: (number: string) => isdnNumber(numbers, unchanged, number),
  };
  const party = (number: string, hidden = false): IsdnParty => ({
    number: { digits: number, type: 'international', plan: 'isdn' },
    presentation: hidden ? 'restricted' : 'allowed',
    screening: 'user-not-screened',
  });

  it('is written as Diversion (RFC 5806) and History-Info (RFC 7044)', () => {
    const redirection: IsdnRedirection = {
      from: party('13125550101'),
      reason: 'no-reply',
      original: party('13125550102', true),
      originalReason: 'busy',
      count: 2,
    };
    assert.deepEqual(redirectionFields(redirection, '+13125550103', ground), [
      [
        'Diversion',
        '<sip:+13125550101@branch.example>;reason=no-answer;counter=1;privacy=off, ' +
          '<sip:+13125550102@branch.example>;reason=user-busy;counter=1;privacy=full',
      ],
      [
        'History-Info',
        '<sip:+13125550102@branch.example?Privacy=history>;index=1, ' +
          '<sip:+13125550101@branch.example;cause=486>;index=1.1;mp=1, ' +
          '<sip:+13125550103@branch.example;cause=408>;index=1.1.1;mp=1.1',
      ],
    ]);
  });

  it('says the same after every way through either field', () => {
    const reasons = [
      'busy',
      'no-reply',
      'unconditional',
      'deflection',
      'out-of-order',
      'by-equipment',
      'unknown',
    ] as const;
    fc.assert(
      fc.property(
        fc.record({
          from: national,
          reason: fc.constantFrom(...reasons),
          original: fc.option(fc.tuple(national, fc.constantFrom(...reasons), fc.boolean()), { nil: undefined }),
          hidden: fc.boolean(),
        }),
        fc.integer({ min: 1, max: 31 }),
        ({ from, reason, original, hidden }, count) => {
          const redirection: IsdnRedirection = {
            from: party(`1${from}`, hidden),
            reason,
            count: original === undefined ? count : Math.max(2, count),
            ...(original === undefined
              ? {}
              : { original: party(`1${original[0]}`, original[2]), originalReason: original[1] }),
          };
          const [diversion, history] = redirectionFields(redirection, '+13125550103', ground);
          assert.ok(diversion !== undefined && history !== undefined);
          assert.deepEqual(redirectionOf([diversion], ground), redirection);
          // History-Info counts its entries: more than were named are not told.
          const told = { ...redirection, count: original === undefined ? 1 : 2 };
          assert.deepEqual(redirectionOf([history], ground), told);
        },
      ),
    );
  });

  it('reads what others write', () => {
    const one = redirectionOf(
      [['diversion', '"Sales" <tel:+1-312-555-0101>;reason="do-not-disturb";counter=3;privacy="name"']],
      ground,
    );
    assert.deepEqual(one, {
      from: { ...party('13125550101', true), name: 'Sales' },
      reason: 'busy',
      count: 3,
    });
    assert.equal(redirectionOf([], ground), undefined);
    assert.equal(redirectionOf([['Diversion', '<<<']], ground), undefined);
    assert.equal(redirectionOf([['History-Info', '<sip:bob@example.com>;index=1']], ground), undefined);
    const nameOnly = redirectionOf([['Diversion', '<sip:reception@example.com>;reason=away;counter=99']], ground);
    assert.deepEqual(nameOnly, {
      from: { presentation: 'unavailable', screening: 'user-not-screened' },
      reason: 'by-equipment',
      count: 1,
    });
  });
});
