import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  causeOfReason,
  causeOfResponse,
  causeOfStatus,
  reasonOfCause,
  statusOfCause,
} from '../../../src/legs/index.js';

/** RFC 3398 §8.2.6.1, as printed; 487 and those decided by a Warning are not in its table. */
const rfc3398ToCause = [
  ...[
    [400, 41],
    [401, 21],
    [402, 21],
    [403, 21],
    [404, 1],
    [405, 63],
    [406, 79],
    [407, 21],
    [408, 102],
    [410, 22],
  ],
  ...[
    [413, 127],
    [414, 127],
    [415, 79],
    [416, 127],
    [420, 127],
    [421, 127],
    [423, 127],
    [480, 18],
    [481, 41],
  ],
  ...[
    [482, 25],
    [483, 25],
    [484, 28],
    [485, 1],
    [486, 17],
    [500, 41],
    [501, 79],
    [502, 38],
    [503, 41],
    [504, 102],
  ],
  ...[
    [505, 127],
    [513, 127],
    [600, 17],
    [603, 21],
    [604, 1],
  ],
] as const;

/** RFC 3398 §7.2.6.1, as printed. */
const rfc3398ToStatus = [
  ...[
    [1, 404],
    [2, 404],
    [3, 404],
    [17, 486],
    [18, 408],
    [19, 480],
    [20, 480],
    [21, 403],
    [22, 410],
    [23, 410],
  ],
  ...[
    [26, 404],
    [27, 502],
    [28, 484],
    [29, 501],
    [31, 480],
    [34, 503],
    [38, 503],
    [41, 503],
    [42, 503],
    [47, 503],
  ],
  ...[
    [55, 403],
    [57, 403],
    [58, 503],
    [65, 488],
    [70, 488],
    [79, 501],
    [87, 403],
    [88, 503],
    [102, 504],
    [111, 500],
  ],
  ...[[127, 500]],
] as const;

describe('causes', () => {
  it('follows RFC 3398 in both directions', () => {
    for (const [status, cause] of rfc3398ToCause) assert.equal(causeOfStatus(status ?? 0), cause, String(status));
    for (const [cause, status] of rfc3398ToStatus) assert.equal(statusOfCause(cause ?? 0), status, String(cause));
  });

  it('has a cause for every final status', () => {
    for (let status = 300; status < 700; status++) {
      const cause = causeOfStatus(status);
      assert.ok(Number.isInteger(cause) && cause >= 1 && cause <= 127, String(status));
    }
  });

  it('has a final status for every cause', () => {
    for (let cause = 1; cause <= 127; cause++) {
      const status = statusOfCause(cause);
      assert.ok(status >= 400 && status < 700, String(cause));
    }
  });

  it('believes a Q.850 value in a Reason header more than the status', () => {
    assert.equal(causeOfReason('Q.850;cause=34;text="no circuit"'), 34);
    assert.equal(causeOfReason('SIP;cause=480, Q.850 ; cause = 27'), 27);
    assert.equal(causeOfReason('SIP;cause=480'), undefined);
    assert.equal(causeOfReason('Q.850;cause=0'), undefined);
    assert.equal(causeOfReason('Q.850;cause=200'), undefined);
    assert.equal(causeOfReason(undefined), undefined);
    assert.equal(causeOfResponse(480, 'Q.850;cause=1'), 1);
    assert.equal(causeOfResponse(480, undefined), 18);
    for (let cause = 1; cause <= 127; cause++) assert.equal(causeOfReason(reasonOfCause(cause)), cause);
  });
});
