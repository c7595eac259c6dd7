import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cause } from '../../../src/base/index.js';
import type { CallOrigin, RoutePlan, RouteRequest } from '../../../src/routing/index.js';
import { alice, type Branch, base, bob, branchOf, carol, directory, dora, twoTrunks } from './branch-sample.js';

const phone = (user = alice): CallOrigin => ({ kind: 'phone', user });
const stranger: CallOrigin = { kind: 'phone' };
const centre: CallOrigin = { kind: 'centre' };
const trunk: CallOrigin = { kind: 'trunk', trunk: 'gateway' };

/** A plan in one line: `2001: centre 2001, extension alice`. */
function told(plan: RoutePlan): string {
  if (plan.kind === 'refuse') return `refused ${plan.cause}`;
  const steps = plan.steps.map((step) => {
    if (step.via === 'centre') return `centre ${step.number}`;
    if (step.via === 'extension') return `extension ${step.username}`;
    const from = step.callingNumber === undefined ? '' : ` from ${step.callingNumber}`;
    return `${step.trunk} ${step.number}${from}`;
  });
  return `${plan.emergency ? 'EMERGENCY ' : ''}${plan.called}: ${steps.join(', ')}`;
}

function route(origin: CallOrigin, dialled: string, calls: 'primary' | 'local', branch = branchOf()): string {
  return told(branch.router.route({ origin, dialled, calls }));
}

interface Row {
  readonly origin: CallOrigin;
  readonly dialled: string;
  readonly primary: string;
  readonly local: string;
}

const barred = `refused ${cause.outgoingCallsBarred}`;
const unallocated = `refused ${cause.unallocatedNumber}`;
const malformed = `refused ${cause.invalidNumberFormat}`;
const help = 'EMERGENCY 911: gateway 911 from 3125550101, provider 911 from +13125550100, centre 911';
const strangersHelp = 'EMERGENCY 911: gateway 911 from 3125550100, provider 911 from +13125550100, centre 911';
const toBerlin = '+493012345678: gateway 011493012345678 from 3125550101, provider +493012345678 from +13125550100';

const rows: readonly Row[] = [
  { origin: phone(), dialled: '2002', primary: '2002: centre 2002, extension bob', local: '2002: extension bob' },
  { origin: phone(), dialled: 'bob', primary: '2002: centre bob, extension bob', local: '2002: extension bob' },
  {
    origin: phone(),
    dialled: '93125550102',
    primary: '2002: centre 93125550102, extension bob',
    local: '2002: extension bob',
  },
  {
    origin: phone(),
    dialled: '+1 312-555-0102',
    primary: '2002: centre +13125550102, extension bob',
    local: '2002: extension bob',
  },
  { origin: phone(), dialled: '2999', primary: '2999: centre 2999', local: unallocated },
  { origin: phone(), dialled: 'nobody', primary: 'nobody: centre nobody', local: unallocated },
  { origin: phone(), dialled: '*72', primary: '*72: centre *72', local: unallocated },
  { origin: phone(), dialled: '931255501', primary: '931255501: centre 931255501', local: malformed },
  {
    origin: phone(),
    dialled: '92125550199',
    primary:
      '+12125550199: centre 92125550199, gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
    local: '+12125550199: gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
  },
  {
    origin: phone(),
    dialled: '912125550199',
    primary:
      '+12125550199: centre 912125550199, gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
    local: '+12125550199: gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
  },
  {
    origin: phone(),
    dialled: '2125550199',
    primary:
      '+12125550199: centre 2125550199, gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
    local: '+12125550199: gateway 12125550199 from 3125550101, provider +12125550199 from +13125550100',
  },
  // 916 is an area code: without the prefix nothing else makes sense of it.
  {
    origin: phone(),
    dialled: '9165550199',
    primary:
      '+19165550199: centre 9165550199, gateway 19165550199 from 3125550101, provider +19165550199 from +13125550100',
    local: '+19165550199: gateway 19165550199 from 3125550101, provider +19165550199 from +13125550100',
  },
  {
    origin: phone(),
    dialled: '9411',
    primary: '411: centre 9411, gateway 411 from 3125550101, provider 411 from +13125550100',
    local: '411: gateway 411 from 3125550101, provider 411 from +13125550100',
  },
  {
    origin: phone(),
    dialled: '9011493012345678',
    primary: toBerlin.replace(': ', ': centre 9011493012345678, '),
    local: toBerlin,
  },
  {
    origin: phone(bob),
    dialled: '9011493012345678',
    primary: '9011493012345678: centre 9011493012345678',
    local: barred,
  },
  { origin: phone(bob), dialled: '918095550199', primary: '918095550199: centre 918095550199', local: barred },
  { origin: phone(bob), dialled: '919002345678', primary: '919002345678: centre 919002345678', local: barred },
  { origin: phone(carol), dialled: '95550199', primary: '95550199: centre 95550199', local: barred },
  {
    origin: phone(carol),
    dialled: '2001',
    primary: '2001: centre 2001, extension alice',
    local: '2001: extension alice',
  },
  { origin: phone(dora), dialled: '95550199', primary: '95550199: centre 95550199', local: barred },
  {
    origin: phone(dora),
    dialled: '2001',
    primary: '2001: centre 2001, extension alice',
    local: '2001: extension alice',
  },
  { origin: phone(), dialled: '911', primary: help, local: help },
  { origin: phone(), dialled: '9911', primary: help, local: help },
  { origin: stranger, dialled: '911', primary: strangersHelp, local: strangersHelp },
  { origin: phone(dora), dialled: '911', primary: strangersHelp, local: strangersHelp },
  {
    origin: phone(),
    dialled: '112',
    primary: help.replaceAll('911:', '112:').replace('centre 911', 'centre 112'),
    local: help.replaceAll('911:', '112:').replace('centre 911', 'centre 112'),
  },
  { origin: stranger, dialled: '2001', primary: '2001: centre 2001', local: barred },
  { origin: stranger, dialled: '95550199', primary: '95550199: centre 95550199', local: barred },
  { origin: centre, dialled: 'alice', primary: '2001: extension alice', local: '2001: extension alice' },
  { origin: centre, dialled: '2001', primary: '2001: extension alice', local: '2001: extension alice' },
  { origin: centre, dialled: '+13125550101', primary: '2001: extension alice', local: '2001: extension alice' },
  { origin: centre, dialled: '5550101', primary: '2001: extension alice', local: '2001: extension alice' },
  { origin: centre, dialled: '2999', primary: unallocated, local: unallocated },
  { origin: centre, dialled: 'nobody', primary: unallocated, local: unallocated },
  { origin: centre, dialled: '12', primary: malformed, local: malformed },
  {
    origin: centre,
    dialled: '+12125550199',
    primary: '+12125550199: gateway 12125550199 from 3125550100, provider +12125550199 from +13125550100',
    local: '+12125550199: gateway 12125550199 from 3125550100, provider +12125550199 from +13125550100',
  },
  {
    origin: centre,
    dialled: '919002345678',
    primary: '+19002345678: gateway 19002345678 from 3125550100, provider +19002345678 from +13125550100',
    local: '+19002345678: gateway 19002345678 from 3125550100, provider +19002345678 from +13125550100',
  },
  {
    origin: centre,
    dialled: '911',
    primary: strangersHelp.replace(', centre 911', ''),
    local: strangersHelp.replace(', centre 911', ''),
  },
  {
    origin: trunk,
    dialled: '+13125550101',
    primary: '2001: centre +13125550101, extension alice',
    local: '2001: extension alice',
  },
  {
    origin: trunk,
    dialled: '3125550101',
    primary: '2001: centre +13125550101, extension alice',
    local: '2001: extension alice',
  },
  {
    origin: trunk,
    dialled: '5550101',
    primary: '2001: centre +13125550101, extension alice',
    local: '2001: extension alice',
  },
  { origin: trunk, dialled: '2003', primary: '2003: centre 2003, extension carol', local: '2003: extension carol' },
  { origin: trunk, dialled: '+13125550199', primary: unallocated, local: unallocated },
  { origin: trunk, dialled: '+13125550100', primary: unallocated, local: unallocated },
  // Through us to somewhere else, or to emergency services: never.
  { origin: trunk, dialled: '92125550199', primary: unallocated, local: unallocated },
  { origin: trunk, dialled: '911', primary: unallocated, local: unallocated },
  { origin: trunk, dialled: 'alice', primary: unallocated, local: unallocated },
];

for (const { origin, dialled, primary, local } of rows) {
  const who = origin.kind === 'phone' ? (origin.user?.username ?? 'a stranger') : `the ${origin.kind}`;
  test(`${who} dials ${dialled}`, () => {
    assert.equal(route(origin, dialled, 'primary'), primary, 'primary');
    assert.equal(route(origin, dialled, 'local'), local, 'local');
  });
}

test('a refused call says why in plain words', () => {
  const { router } = branchOf();
  const reason = (origin: CallOrigin, dialled: string): string => {
    const plan = router.route({ origin, dialled, calls: 'local' });
    return plan.kind === 'refuse' ? plan.reason : '';
  };
  assert.match(reason(phone(carol), '95550199'), /local calls are not allowed for the class "internal"/);
  assert.match(reason(phone(dora), '95550199'), /"nonsense" is not defined/);
  assert.match(reason(phone(), '2999'), /nobody here has the extension 2999/);
  assert.match(reason(phone(), '931255501'), /not a number of the North American plan/);
  assert.match(reason(trunk, '+13125550199'), /nobody here has the number/);
  assert.match(reason(stranger, '2001'), /not proved/);
});

test('a step over a trunk says how long to wait: 4 s for emergencies, else what the trunk’s setting says', () => {
  const { router } = branchOf();
  const patience = (dialled: string): readonly (number | undefined)[] => {
    const plan = router.route({ origin: phone(), dialled, calls: 'local' });
    return plan.kind === 'route' ? plan.steps.map((s) => (s.via === 'trunk' ? s.giveUpMs : undefined)) : [];
  };
  assert.deepEqual(patience('911'), [4000, 4000, undefined]);
  assert.deepEqual(patience('92125550199'), [4000, 3000]);
});

test('the centre is left out where it must not be asked', () => {
  const { router } = branchOf();
  for (const [origin, dialled, expected] of [
    [phone(), '2002', '2002: extension bob'],
    [phone(), '911', help.replace(', centre 911', '')],
    [trunk, '5550101', '2001: extension alice'],
  ] as const) {
    assert.equal(told(router.route({ origin, dialled, calls: 'primary', allowCentre: false })), expected);
  }
});

test('calls of the centre show outside whoever calls there', () => {
  const { router } = branchOf();
  const shown = (calling: string): string =>
    told(router.route({ origin: centre, dialled: '+12125550199', calls: 'primary', calling }));
  assert.match(shown('alice'), /from 3125550101,/);
  assert.match(shown('2002'), /from 3125550102,/);
  assert.match(shown('+16505550123'), /from 6505550123,/);
  // Without a number of their own: the main number.
  assert.match(shown('carol'), /from 3125550100,/);
  assert.match(shown('anonymous'), /from 3125550100,/);
});

test('calls to the main number, and to numbers that nobody has, reach the default extension', () => {
  const branch = branchOf(`${twoTrunks}dialPlan: { defaultExtension: 2003 }\n`);
  assert.equal(route(trunk, '+13125550100', 'local', branch), '2003: extension carol');
  assert.equal(route(trunk, '+13125550199', 'primary', branch), '2003: centre 2003, extension carol');
  assert.equal(route(phone(), '93125550100', 'local', branch), '2003: extension carol');
  assert.equal(route(centre, '+13125550100', 'local', branch), '2003: extension carol');
  const gone = branchOf(`${twoTrunks}dialPlan: { defaultExtension: 2999 }\n`);
  assert.equal(route(trunk, '+13125550199', 'local', gone), unallocated);
});

const plan = `dialPlan:
  patterns:
    - { pattern: '*80', strip: 3, prepend: +18005550199 }
    - { pattern: '*1XXX', strip: 2, prepend: '2' }
    - { pattern: '8XXXX', strip: 1 }
    - { pattern: +44., trunks: [provider], category: national }
    - { pattern: +4420XXXXXXXX, trunks: [gateway] }
    - { pattern: +1312555019X, action: refuse }
    - { pattern: 9976., action: refuse }
  sites:
    - { name: Oakland, extensions: 3XXX, didPrefix: +1510555 }
    - { name: Dallas, extensions: 45XX, didPrefix: +12145556, keepDigits: 3 }
`;

const planned: readonly (readonly [who: CallOrigin, dialled: string, local: string])[] = [
  [phone(), '*80', '+18005550199: gateway 18005550199 from 3125550101, provider +18005550199 from +13125550100'],
  [phone(carol), '*80', barred],
  [phone(), '*1002', '2002: extension bob'],
  [phone(), '82003', '2003: extension carol'],
  [phone(bob), '9011441615550123', '+441615550123: provider +441615550123 from +13125550100'],
  [phone(), '9011442071234567', '+442071234567: gateway 011442071234567 from 3125550101'],
  [phone(bob), '9011442071234567', barred],
  [phone(), '95550195', barred],
  [phone(), '99765550123', barred],
  [centre, '+13125550195', barred],
  [centre, '+441615550123', '+441615550123: provider +441615550123 from +13125550100'],
  [phone(), '3017', '+15105553017: gateway 15105553017 from 3125550101, provider +15105553017 from +13125550100'],
  [phone(carol), '3017', '+15105553017: gateway 15105553017 from 3125550100, provider +15105553017 from +13125550100'],
  [phone(dora), '3017', barred],
  [phone(), '4512', '+12145556512: gateway 12145556512 from 3125550101, provider +12145556512 from +13125550100'],
  [phone(), '4412', unallocated],
  // Another site's extension is the centre's business, not the gateway's.
  [centre, '3017', unallocated],
];

test('dial plan and other sites', () => {
  const branch = branchOf(twoTrunks + plan);
  for (const [who, dialled, local] of planned) assert.equal(route(who, dialled, 'local', branch), local, dialled);
  assert.match(route(phone(), '3017', 'primary', branch), /^\+15105553017: centre 3017, gateway 15105553017/);
});

test('a caller from another site is shown with the extension that people know', () => {
  const { router } = branchOf(twoTrunks + plan);
  assert.equal(router.extensionOf('+15105553017'), '3017');
  assert.equal(router.extensionOf('15105553017'), '3017');
  assert.equal(router.extensionOf('2145556512'), '4512');
  assert.equal(router.extensionOf('+13125550102'), '2002');
  assert.equal(router.extensionOf('+15105554017'), undefined);
  assert.equal(router.extensionOf('anonymous'), undefined);
});

test('extensions win over the dial plan, emergency numbers over everything', () => {
  const clash = `dialPlan: { patterns: [{ pattern: '20XX', strip: 0, prepend: '9312555' }] }\n`;
  assert.equal(route(phone(), '2002', 'local', branchOf(twoTrunks + clash)), '2002: extension bob');
  const odd = { username: '911', extension: '911', classOfRestriction: 'internal' };
  const users = {
    ...directory,
    byExtension: (e: string) => (e === '911' ? odd : undefined),
    byUsername: (u: string) => (u === '911' ? odd : undefined),
  };
  const branch = branchOf(twoTrunks, base, users);
  assert.equal(route(phone(), '911', 'local', branch), help);
  // The centre calls the phone of user 911, not for help.
  assert.equal(route(centre, '911', 'primary', branch), '911: extension 911');
});

test('a trunk whose caller ID is its own gets none, but for emergencies', () => {
  const branch = branchOf("trunks: [{ name: fxo, uri: 'sip:192.0.2.7', callerId: none }]\n");
  assert.equal(route(phone(), '92125550199', 'local', branch), '+12125550199: fxo +12125550199');
  assert.equal(route(phone(), '911', 'local', branch), 'EMERGENCY 911: fxo 911 from +13125550101, centre 911');
});

test('no trunk, no line', () => {
  const branch = branchOf('');
  assert.equal(route(phone(), '92125550199', 'local', branch), `refused ${cause.noRouteToDestination}`);
  assert.equal(route(phone(), '92125550199', 'primary', branch), '92125550199: centre 92125550199');
  assert.equal(route(phone(), '911', 'local', branch), 'EMERGENCY 911: centre 911');
  assert.equal(route(centre, '911', 'local', branch), `refused ${cause.noRouteToDestination}`);
});

test('full trunks: ordinary calls are refused with "no circuit", emergency calls are not', () => {
  const branch = branchOf("trunks: [{ name: fxo, uri: 'sip:192.0.2.7', maxCalls: 1 }]\n");
  branch.pool.callStarted('fxo');
  assert.equal(route(phone(), '92125550199', 'local', branch), `refused ${cause.noCircuitAvailable}`);
  assert.match(route(phone(), '911', 'local', branch), /fxo 911/);
  branch.pool.callEnded('fxo');
  assert.match(route(phone(), '92125550199', 'local', branch), /fxo/);
});

test('a Swiss site', () => {
  const swiss = base
    .replace('areaCode: 312, mainNumber: +13125550100', 'countryCode: 41, mainNumber: +41445550100')
    .replace('Chicago', 'Zürich');
  const branch = branchOf(`${twoTrunks}dialPlan: { outsidePrefix: '0' }\n`, swiss);
  const from = 'from 445550100';
  assert.match(route(phone(carol), '117', 'local', branch), new RegExp(`^EMERGENCY 117: gateway 117 ${from}`));
  assert.match(route(phone(carol), '0112', 'local', branch), /^EMERGENCY 112: gateway 112/);
  const frei = { ...carol, classOfRestriction: 'international' };
  assert.match(route(phone(frei), '00441234567', 'local', branch), /^\+41441234567: gateway 0441234567/);
  assert.match(route(phone(frei), '000493012345678', 'local', branch), /^\+493012345678: gateway 00493012345678/);
  assert.match(route(phone(frei), '911', 'local', branch), /^refused/);
});

const anything = fc.oneof(fc.stringMatching(/^[+]?[0-9*#]{0,16}$/), fc.string({ maxLength: 20 }));
const anyone: fc.Arbitrary<CallOrigin> = fc.constantFrom(phone(), phone(carol), phone(dora), stranger, centre, trunk);

test('an emergency call always has a step while any trunk exists, whatever its state', () => {
  const events = fc.array(
    fc.tuple(fc.constantFrom('gateway', 'provider'), fc.constantFrom('refused', 'silent', 'call')),
    { maxLength: 12 },
  );
  const numbers = fc.constantFrom('911', '9911', '112', '933', 'urn:service:sos', '+1911');
  const callers = fc.constantFrom(phone(), phone(dora), stranger, centre);
  const trunks = twoTrunks.replace('order: 1,', 'order: 1, maxCalls: 1,');
  fc.assert(
    fc.property(
      events,
      numbers,
      callers,
      fc.constantFrom('primary' as const, 'local' as const),
      fc.boolean(),
      (happened, dialled, origin, calls, allowCentre) => {
        const { router, pool } = branchOf(trunks);
        for (const [name, what] of happened) {
          if (what === 'call') pool.callStarted(name);
          else pool.reportFailure(name, 'test', what);
        }
        const result = router.route({ origin, dialled, calls, allowCentre });
        assert.ok(result.kind === 'route' && result.emergency);
        assert.deepEqual(
          new Set(result.steps.flatMap((s) => (s.via === 'trunk' ? [s.trunk] : []))),
          new Set(['gateway', 'provider']),
        );
        assert.equal(result.steps[0]?.via, 'trunk');
      },
    ),
    { seed: 2 },
  );
});

test('no plan is empty, and no call of the centre goes back to it', () => {
  const branch: Branch = branchOf(twoTrunks + plan);
  fc.assert(
    fc.property(
      anyone,
      anything,
      fc.constantFrom('primary' as const, 'local' as const),
      fc.boolean(),
      (origin, dialled, calls, allowCentre) => {
        const request: RouteRequest = { origin, dialled, calls, allowCentre };
        const result = branch.router.route(request);
        if (result.kind === 'refuse') {
          assert.notEqual(result.reason, '');
          return;
        }
        assert.ok(result.steps.length > 0);
        const viaCentre = result.steps.some((s) => s.via === 'centre');
        if (origin.kind === 'centre' || !allowCentre) assert.equal(viaCentre, false);
        if (origin.kind === 'trunk')
          assert.equal(
            result.steps.some((s) => s.via === 'trunk'),
            false,
          );
      },
    ),
    { seed: 4, numRuns: 2000 },
  );
});
