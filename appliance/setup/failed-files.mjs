/** A reporter of node:test: the files in which a test failed, one a line. */
// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from there.
export default async function* failedFiles(/** @type {AsyncIterable<any>} */ source) {
  const told = new Set();
  for await (const { type, data } of source) {
    if (type !== 'test:fail' || data.file === undefined || told.has(data.file)) continue;
    told.add(data.file);
    yield `${data.file}\n`;
  }
}
