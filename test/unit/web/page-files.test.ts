import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { pageFolder } from '../../../appliance/web/page-folder.js';

const folder = pageFolder(resolve(import.meta.dirname, '../../../appliance/web'));
const root = resolve(folder, '../../..');

describe('page files', () => {
  it('are checked by the compiler, though they are not compiled', () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  it('take nothing from elsewhere and hold nothing inline', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      const urls = [...text.matchAll(/https?:\/\/[^\s"')]+/g)].map((match) => match[0]);
      assert.deepEqual(
        urls.filter((url) => url !== 'http://www.w3.org/2000/svg'),
        [],
        name,
      );
      if (name.endsWith('.html')) assert.doesNotMatch(text, /<style|style=|\son[a-z]+=|<script>/);
    }
  });

  it('name only elements that the page has', () => {
    const pages = readdirSync(folder).filter((file) => file.endsWith('.html'));
    const html = pages.map((file) => readFileSync(join(folder, file), 'utf8')).join();
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]));
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const match of text.matchAll(/(?:byId|setText)\('([^']+)'/g)) {
        assert.ok(ids.has(match[1]), `${name}: ${match[1]}`);
      }
    }
  });
});
