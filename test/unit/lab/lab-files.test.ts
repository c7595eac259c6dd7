import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabState } from '../../../appliance/lab/index.js';
import { labConfiguration, labUsers, people } from '../../../appliance/lab/index.js';
import type { LabState as ShownState } from '../../../appliance/web/index.js';
import { formatFault, parseConfiguration } from '../../../src/config/index.js';
import { parseUsers } from '../../../src/directory/index.js';

describe('lab files', () => {
  it('are a configuration and users that the product takes', () => {
    const at = {
      holdfast: '127.0.0.1:15060',
      control: '127.0.0.1:40000',
      centre: '127.0.2.10:40001',
      pstn: '127.0.2.20:40002',
    };
    const read = parseConfiguration(labConfiguration(at, '/state dir/users.yaml', '/state dir/store'), 'lab.yaml');
    assert.ok(read.ok, read.ok ? '' : read.error.map(formatFault).join('\n'));
    assert.deepEqual(read.warnings.map(formatFault), []);
    assert.equal(read.value.users.file, '/state dir/users.yaml');
    assert.deepEqual(
      read.value.trunks.map(({ name }) => name),
      ['t1', 'pstn'],
    );

    const users = parseUsers(labUsers(), 'users.yaml');
    assert.ok(users.ok);
    assert.deepEqual(
      users.value.map(({ extension, did }) => [extension, did]),
      people.map(({ extension, did }) => [extension, did]),
    );
    assert.ok(users.value.every(({ ha1 }) => ha1.md5 !== undefined && ha1.sha256 !== undefined));
  });

  it('and its state is what the page shows', () => {
    // Compiles only while both shapes are one.
    const shown = (state: LabState): ShownState => state;
    const told = (state: ShownState): LabState => state;
    assert.equal(typeof shown, typeof told);
  });
});
