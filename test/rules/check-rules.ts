import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { faultsIn, instead } from './code-rules.ts';
import { type Counts, compared, type Place } from './exceptions.ts';

// `npm run lint` runs this after Biome: the rules of code-rules.ts, and Biome's limit of complexity. Both have today's exceptions in exceptions.json, by rule
// and file. `node test/rules/check-rules.ts --shrink` writes smaller counts into it, and never greater ones.
const { shrink } = parseArgs({ options: { shrink: { type: 'boolean', default: false } } }).values;
const root = join(import.meta.dirname, '../..');
const list = join(import.meta.dirname, 'exceptions.json');

const byRule: readonly Place[] = globSync('{lambda,infra,packaging,test}/**/*.ts', { cwd: root })
  .toSorted()
  .flatMap((file) => faultsIn(file, readFileSync(join(root, file), 'utf8')).map((fault) => ({ file, ...fault })));

/** What Biome reports as information: its lint passes with it, and this list is the limit. */
function tooComplex(): readonly Place[] {
  const options = ['--only=complexity/noExcessiveCognitiveComplexity', '--reporter=json', '--max-diagnostics=none'];
  const printed = execFileSync('biome', ['lint', ...options], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1e8,
  });
  const place = z.object({ path: z.string(), start: z.object({ line: z.number() }) });
  const { summary, diagnostics } = z
    .object({ summary: z.object({ unchanged: z.number() }), diagnostics: z.array(z.object({ location: place })) })
    .parse(JSON.parse(printed));
  if (summary.unchanged === 0) throw new Error('Biome read no file');
  return diagnostics.map(({ location }) => ({
    rule: 'too-complex',
    file: location.path,
    line: location.start.line,
  }));
}

const allowed = z.record(z.string(), z.record(z.string(), z.number())).parse(JSON.parse(readFileSync(list, 'utf8')));
const { over, counts, stale } = compared([...byRule, ...tooComplex()], allowed);
if (shrink) write(counts);
for (const { rule, file, lines, most } of over)
  console.log(`${file}:${lines.join(',')} ${rule}: ${lines.length}, and at most ${most}; ${instead(rule)}`);
if (stale > 0 && !shrink)
  console.log(`${stale} exceptions are no longer needed: node test/rules/check-rules.ts --shrink`);
process.exitCode = over.length > 0 ? 1 : 0;

function write(counts: Counts): void {
  writeFileSync(list, `${JSON.stringify(counts, undefined, 2)}\n`);
}
