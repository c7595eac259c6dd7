/** Runs Biome's binary, which comes in one npm package per processor. Arguments are Biome's own. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const name = `@biomejs/cli-linux-${process.arch}/biome`;
try {
  const { status } = spawnSync(createRequire(import.meta.url).resolve(name), process.argv.slice(2), {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} catch {
  process.stderr.write(`holdfast: ${name} is not installed: the linter runs on Linux x64 and arm64. Run: npm ci\n`);
  process.exitCode = 1;
}
