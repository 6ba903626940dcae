import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, format, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { parseSync, Visitor } from 'oxc-parser';

// `npm run imports`: the import rules of .dependency-cruiser.mjs. dependency-cruiser does not know TypeScript 7 and may miss imports. A second parser checks
// that it has seen every one.

const { options, ...ruleSet } = await extractDepcruiseConfig(join(import.meta.dirname, '../.dependency-cruiser.mjs'));
const { output } = await cruise(['lambda', 'infra', 'packaging', 'test'], { ...options, ruleSet, validate: true });
if (typeof output === 'string') throw new Error(output);

/** What the file imports, as it is written: static, dynamic, re-exported, and in a type as `import('…')`. */
function importsIn(file: string): readonly string[] {
  const { program, module } = parseSync(file, readFileSync(file, 'utf8'));
  const found = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string') found.push(source.value);
    },
    TSImportType({ source }) {
      found.push(source.value);
    },
  }).visit(program);
  return found;
}

function unseenImports({ modules }: ICruiseResult): readonly string[] {
  const sources = modules.filter(({ source }) => /^(?:lambda|infra|packaging|test)\/.*\.ts$/.test(source));
  if (sources.length === 0) throw new Error('no file was read');
  return sources.flatMap(({ source, dependencies }) => {
    const seen = new Set(dependencies.map(({ module }) => module));
    return [...new Set(importsIn(source))]
      .filter((each) => !seen.has(each) && !seen.has(each.replace(/^node:/, '')))
      .map((each) => `  error unseen-import: ${source} → ${each}\n`);
  });
}

const unseen = unseenImports(output);
// Its warning about TypeScript is answered by the second parser.
const environment = { ...output.summary.environment, issues: [] };
const { output: report, exitCode } = await format(
  { ...output, summary: { ...output.summary, environment } },
  { outputType: 'err' },
);
process.stdout.write(`${report}`);
if (unseen.length > 0)
  process.stdout.write(
    `${unseen.join('')}  the import rules do not see these: write them as 'import type' at the top\n`,
  );
process.exitCode = exitCode > 0 || unseen.length > 0 ? 1 : 0;
