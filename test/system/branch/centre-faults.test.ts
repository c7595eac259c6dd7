import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address } from './branch-network.js';
import { BranchOffice, domain, subscriber } from './branch-office.js';
import { wallNow } from './patience.js';

const survivability = { goodProbes: 2, holdDownSeconds: 1, holdDownMaxSeconds: 1 };

async function callsGoOn(office: BranchOffice): Promise<string> {
  const [caller, called, outside] = [office.phone(0), office.phone(1), office.phone(2)];
  const at = await caller.dial(`sip:1002@${domain}`);
  const answered = (await caller.event('CALL_ESTABLISHED', at, 4000)).at - at;
  await office.talk(caller, called);
  const outsideAt = await outside.dial(`sip:${subscriber.dialled}@${domain}`);
  const outsideAnswered = (await outside.event('CALL_ESTABLISHED', outsideAt, 4000)).at - outsideAt;
  await office.talk(outside, office.pstn);
  await office.quiet();
  return `local call answered in ${answered.toFixed(0)} ms, outside call in ${outsideAnswered.toFixed(0)} ms`;
}

describe('when the centre itself fails', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({ phones: 3, voices: 3, configuration: { survivability } });
  });
  after(() => office?.close());

  it('503 to everything: named as a failure of the application, and calls go on at once', (t) =>
    office.story(async () => {
      const since = wallNow();
      await office.kamailio.application('fail');
      t.diagnostic(`503: ${await callsGoOn(office)}`);
      const status = await office.holdfast.reaches(
        'the fault is central-application',
        12_000,
        ({ path }) => path.fault === 'central-application',
      );
      t.diagnostic(`503: named ${(status.nowWall - since).toFixed(0)} ms after it began: ${status.path.why}`);
      t.diagnostic(`survivable: ${await callsGoOn(office)}`);
      await office.kamailio.application('serve');
      await office.holdfast.reaches('inline again', 20_000, ({ mode }) => mode === 'inline');
    }));

  it('ICMP port unreachable: the branch serves itself, and calls go on', (t) =>
    office.story(async () => {
      const since = wallNow();
      await office.network.refuse();
      t.diagnostic(`refused: ${await callsGoOn(office)}`);
      const { path, mode, sinceWall } = await office.holdfast.reaches(
        'survivable',
        6000,
        (s) => s.mode === 'survivable',
      );
      // A UDP socket that serves many peers is not told of ICMP: then silence decides.
      assert.ok(path.fault === 'central-refused' || path.fault === 'wan-path', path.why);
      t.diagnostic(`refused: ${mode} after ${(sinceWall - since).toFixed(0)} ms: ${path.why}`);
      await office.network.heal();
      await office.holdfast.reaches('inline again', 20_000, (s) => s.mode === 'inline');
    }));
});

describe('when the centre is known by name and spoken to over TCP', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({
      phones: 3,
      voices: 3,
      target: 'sip:centre.example;transport=tcp',
      nameServer: address.router,
      configuration: { survivability, wan: { interface: 'wan', resolveRetryMs: 1000 } },
    });
  });
  after(() => office?.close());

  it('DNS dies: named as such, while the last address serves', (t) =>
    office.story(async () => {
      await office.nameServer.stop();
      const { path } = await office.holdfast.reaches('the fault is dns', 20_000, (s) => s.path.fault === 'dns');
      t.diagnostic(`DNS dead: path ${path.state}: ${path.why}`);
      t.diagnostic(`DNS dead: ${await callsGoOn(office)}`);
      await office.restoreNames();
      await office.holdfast.reaches(
        'the fault is over',
        20_000,
        (s) => s.path.fault === undefined && s.mode === 'inline',
      );
    }));

  it('TCP refused: named as refused, and calls go on', (t) =>
    office.story(async () => {
      await office.network.refuse();
      t.diagnostic(`TCP refused: ${await callsGoOn(office)}`);
      const { path } = await office.holdfast.reaches('survivable', 8000, (s) => s.mode === 'survivable');
      assert.equal(path.fault, 'central-refused', path.why);
      await office.network.heal();
      await office.holdfast.reaches('inline again', 20_000, (s) => s.mode === 'inline');
    }));

  it('DNS is dead from the start: the branch serves itself', (t) =>
    office.story(async () => {
      await office.holdfast.stop();
      await office.nameServer.stop();
      await office.holdfast.start();
      const { path, mode } = await office.holdfast.reaches('the fault is dns', 20_000, (s) => s.path.fault === 'dns');
      assert.notEqual(mode, 'starting');
      t.diagnostic(`DNS dead at start: ${mode}: ${path.why}`);
      t.diagnostic(`DNS dead at start: ${await callsGoOn(office)}`);
    }));
});
