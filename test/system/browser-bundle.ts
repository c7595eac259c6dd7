import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** One script for a page of a CommonJS package and all that it needs; the package becomes the global `name`. */
export function browserBundle(packageName: string, name: string): string {
  const modules = new Map<string, string>();
  const entry = createRequire(import.meta.url).resolve(packageName);
  const wrap = (file: string): void => {
    if (modules.has(file)) return;
    const near = createRequire(file);
    const source = readFileSync(file, 'utf8');
    modules.set(file, '');
    if (file.endsWith('.json')) {
      modules.set(file, `module.exports = ${source};`);
      return;
    }
    const whole = source.replace(/\brequire\((['"])([^'"]+)\1\)/g, (call, _quote, wanted: string) => {
      const found = resolved(near, wanted);
      if (found === undefined) return call;
      wrap(found);
      return `require(${JSON.stringify(found)})`;
    });
    modules.set(file, whole);
  };
  wrap(entry);
  const functions = [...modules].map(
    ([file, text]) => `${JSON.stringify(file)}: function (module, exports, require) {\n${text}\n}`,
  );
  return `var ${name} = (function (files) {
  const made = {};
  const process = { env: {}, nextTick: (f) => queueMicrotask(f) };
  function require(file) {
    if (made[file]) return made[file].exports;
    const module = (made[file] = { exports: {} });
    files[file](module, module.exports, require);
    return module.exports;
  }
  return require(${JSON.stringify(entry)});
})({\n${functions.join(',\n')}\n});`;
}

/** Where a package has a file for browsers, that one. */
function resolved(near: NodeJS.Require, wanted: string): string | undefined {
  if (wanted === 'debug') return near.resolve('debug/src/browser.js');
  // The trailing slash means the package, not the module of Node.js with that name.
  if (wanted === 'events') return near.resolve('events/');
  try {
    const found = near.resolve(wanted);
    return dirname(found) === '.' ? undefined : found;
  } catch {
    return undefined;
  }
}
