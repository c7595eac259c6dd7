import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMessage, parseDeltaSeconds, parseMessage, parseNameAddr } from '../../src/sip/index.js';
import type { Row } from './rfc4475-rows.js';
import { header, value } from './rfc4475-rows.js';
import { semanticRows } from './rfc4475-semantics.js';
import { syntaxRows } from './rfc4475-syntax.js';
import { readVector, vectorNames } from './rfc4475-vectors.js';

const rows: Readonly<Record<string, Row>> = { ...syntaxRows, ...semanticRows };

describe('RFC 4475', () => {
  it('is here, all of it', () => {
    assert.deepEqual(vectorNames(), Object.keys(rows).sort());
    assert.equal(Object.keys(rows).length, 49);
  });

  for (const [name, row] of Object.entries(rows)) {
    it(`${row.clause} ${name}: ${row.verdict}${row.note === undefined ? '' : ` (${row.note})`}`, () => {
      const result = parseMessage(readVector(name));
      if (row.verdict === 'accept') {
        assert.ok(result.ok, result.ok ? '' : result.error.reason);
        row.check(result.value);
        const again = parseMessage(formatMessage(result.value));
        assert.ok(again.ok, again.ok ? '' : again.error.reason);
        assert.deepEqual(formatMessage(again.value), formatMessage(result.value));
        return;
      }
      assert.ok(!result.ok, 'must not be accepted');
      const { status, reason, drop, salvaged } = result.error;
      assert.deepEqual(
        { status, reason, drop },
        { status: row.status, reason: row.reason, drop: row.verdict === 'drop' },
      );
      if (drop) return;
      assert.ok(salvaged?.kind === 'request');
      assert.ok(salvaged.headers.has('Via'), 'an answer knows its way');
      if (name !== 'insuf')
        for (const field of ['From', 'To', 'Call-ID', 'CSeq']) assert.ok(salvaged.headers.has(field));
    });
  }

  it('takes no header from a value: an overflowing number is the default', () => {
    const bytes = readVector('scalar02').toString('latin1');
    const sane = bytes.replace('36893488147419103232', '7').replace('Max-Forwards: 300', 'Max-Forwards: 70');
    const message = value(parseMessage(Buffer.from(sane, 'latin1')));
    assert.equal(parseDeltaSeconds(header(message.headers, 'Expires')), undefined);
    const contact = value(parseNameAddr(header(message.headers, 'Contact')));
    assert.equal(parseDeltaSeconds(contact.parameters.get('expires') ?? ''), undefined);
    const response = readVector('scalarlg').toString('latin1').replace('9292394834772304023312', '7');
    const parsed = value(parseMessage(Buffer.from(response, 'latin1')));
    assert.equal(parseDeltaSeconds(header(parsed.headers, 'Retry-After')), undefined);
  });
});
