import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterAudit } from '../../../../lambda/core/model/model.ts';
import { readResult, type SavedPart } from '../../../../lambda/core/report/saved-result/read-result.ts';
import { reportedAudit } from '../../../../lambda/core/report/saved-result/saved-run.ts';
import { resultSchema } from '../../../docs/result-schema.ts';
import { auditOf, auditWith, clientCa, passed } from '../../findings/compliant-audit.ts';
import { hostileAudit, someVerdicts } from '../hostile-audit.ts';
import { written } from '../written.ts';

const controls = [clientCa];
const run = { startedAt: '2026-11-24T10:00:00.000Z', finishedAt: '2026-11-24T10:05:00.000Z' };
const jsonOf = (clusters: readonly ClusterAudit[]): string => written('json', controls, { clusters, run });

async function* chunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
const read = (text: string, size = 1_000) => Array.fromAsync(readResult(chunks(text, size), 'result.json'));
const clustersOf = (parts: readonly SavedPart[]) => parts.flatMap((it) => (it.part === 'cluster' ? [it.cluster] : []));

const audits = fc
  .array(fc.array(fc.constantFrom(...someVerdicts), { maxLength: 5 }), { maxLength: 3 })
  .map((all) => [hostileAudit(), ...all.map((verdicts) => auditWith(...verdicts))]);

describe('a saved result', () => {
  it('comes back as it was written, wherever its chunks end and however it is laid out', async () => {
    await fc.assert(
      fc.asyncProperty(audits, fc.integer({ min: 1, max: 5_000 }), async (clusters, size) => {
        const text = jsonOf(clusters);
        const parsed = JSON.parse(text);
        for (const laidOut of [text, JSON.stringify(parsed), JSON.stringify(parsed, undefined, 2)])
          expect(clustersOf(await read(laidOut, size))).toEqual(parsed.clusters);
      }),
      { numRuns: 30 },
    );
  });

  const formats = ['table', 'html', 'markdown', 'sarif', 'junit', 'csv', 'asff', 'ocsf', 'oscal'] as const;
  it.each(formats)('says as %s what the audit itself would have said', async (format) => {
    const clusters = [hostileAudit(), auditOf([])];
    const saved = (await read(jsonOf(clusters))).flatMap((part) => {
      if (part.part !== 'cluster') return [];
      return [{ ...reportedAudit(part.cluster, controls), ...(part.sha256 && { resultSha256: part.sha256 }) }];
    });
    const asSaved = written(format, controls, { clusters: saved, run });
    expect(asSaved).toBe(written(format, controls, { clusters, run }));
  });

  it('keeps what a later version adds', async () => {
    const text = jsonOf([auditWith(passed)]).replace('"failures":[]', '"failures":[],"later":{"x":1}');
    expect(clustersOf(await read(text))[0]?.nodes[0]).toMatchObject({ later: { x: 1 } });
  });
});

describe('docs/schema/result-1.json', () => {
  const page = readFileSync('docs/schema/result-1.json', 'utf8');

  it('is what the program reads with (npm run docs)', () => {
    expect(page).toBe(resultSchema());
  });

  it('accepts what the program writes, and nothing without a verdict’s reason', () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(page));
    const result = JSON.parse(jsonOf([hostileAudit()]));
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);

    delete result.clusters[0].nodes[3].verdicts['kubelet-client-ca-file'].because;
    expect(validate(result)).toBe(false);
  });
});
