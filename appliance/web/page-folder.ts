import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of the page's own files (HTML, CSS, scripts), which the compiler does not copy: beside this file, or in the
 * source tree above the build folder.
 */
export function pageFolder(from: string = import.meta.dirname): string {
  const beside = join(from, 'page');
  if (existsSync(join(beside, 'index.html'))) return beside;
  for (let above = dirname(from); above !== dirname(above); above = dirname(above)) {
    const inSource = join(above, 'appliance', 'web', 'page');
    if (existsSync(join(inSource, 'index.html'))) return inSource;
  }
  throw new Error(`the page's files are missing: no appliance/web/page above ${from}`);
}
