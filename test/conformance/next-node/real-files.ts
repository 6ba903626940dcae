import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { controlNamed } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { judgeNextNode } from '../../../lambda/core/next-node/judge/judge-next-node.ts';
import type { NextNodeGroup } from '../../../lambda/core/next-node/read/carriers/carrier.ts';
import { type FileKind, userDataKinds } from '../../../lambda/core/next-node/read/carriers/file-kinds.ts';
import { declaredBy } from '../../../lambda/core/next-node/read/carriers/recognize.ts';
import { scriptArguments } from '../../../packaging/script-arguments.ts';

/**
 * `npm run conformance:real-files -- [--explain] [--list LIST] FOLDER`: what this program says of files of public repositories, beside what a person says. The files
 * belong to others and aren't part of this project: FOLDER has them under the names of the list, which says where each is and its SHA-256. Exit code 1 when a
 * control passes that the person doesn't pass.
 */
const {
  values: { explain, list = new URL('real-files.json', import.meta.url).pathname },
  positionals: [folder = '.'],
} = scriptArguments('npm run conformance:real-files -- [--explain] [--list LIST] FOLDER', {
  options: { explain: { type: 'boolean' }, list: { type: 'string' } },
  words: 'any',
});

const realFile = z.object({
  file: z.string(),
  format: z.string(),
  sha256: z.string(),
  /** A person's verdict for each control. */
  controls: z.record(z.string(), z.string()),
  why: z.string(),
  /** It has directives of a template: no node gets this text. */
  template: z.boolean().optional(),
  groups: z.record(z.string(), z.string()).optional(),
});

const count = { pass: 0, 'given up': 0, unknown: 0, wrong: 0, missing: 0, template: 0 };
for (const real of z.array(realFile).parse(JSON.parse(readFileSync(list, 'utf8')))) {
  const outcome = outcomeOf(real);
  count[outcome.is] += 1;
  if (outcome.is === 'wrong' || (explain && outcome.is !== 'pass'))
    process.stdout.write(`${outcome.is}: ${real.file} (${real.format}): ${outcome.because}\n`);
}
const passing = count.pass + count['given up'];
const share = ((100 * count['given up']) / Math.max(passing, 1)).toFixed(1);
const ofPassing = `files that a person passes ${passing}: passed ${count.pass}, given up ${count['given up']} (${share} %)`;
const ofOthers = `others unknown ${count.unknown}, wrong ${count.wrong}; templates ${count.template}, not found ${count.missing}`;
process.stdout.write(`${ofPassing}; ${ofOthers}\n`);
process.exitCode = count.wrong > 0 ? 1 : 0;

type RealFile = z.infer<typeof realFile>;

function outcomeOf(real: RealFile): { readonly is: keyof typeof count; readonly because: string } {
  const path = join(folder, real.file);
  const bytes = existsSync(path) ? readFileSync(path) : undefined;
  if (!bytes || createHash('sha256').update(bytes).digest('hex') !== real.sha256)
    return { is: 'missing', because: 'the folder has no such file of this SHA-256' };
  const as = userDataKinds.find((kind): kind is FileKind & typeof kind => kind === real.format);
  const declared = declaredBy({ name: real.file, bytes, ...(as && { as }) });
  const judged = declared.ok ? declared.value.groups.flatMap((group) => judgedGroup(group, real, bytes)) : [];
  const faults = declared.ok ? judged.flatMap(({ because }) => because ?? []) : [declared.error];
  const because = [...new Set(faults), real.why].join(' | ');
  if (judged.some(({ expected, because: fault }) => expected !== 'pass' && fault === undefined))
    return { is: 'wrong', because };
  if (real.template) return { is: 'template', because };
  if (!Object.values(real.controls).every((each) => each === 'pass')) return { is: 'unknown', because };
  return { is: judged.length > 0 && faults.length === 0 ? 'pass' : 'given up', because };
}

/** Each control with what the person says, and why it doesn't pass. */
function judgedGroup(group: NextNodeGroup, { file, controls, groups }: RealFile, bytes: Buffer) {
  const { audit } = judgeNextNode(group, {
    controls: Object.keys(controls).map((slug) => controlNamed(slug, 'cis-eks-1.8.0')),
    file: { name: file, text: bytes.toString('utf8') },
    kubeletVersion: 'v1.34.2',
    ami: 'standard',
  });
  return Object.entries(audit.verdicts).map(([slug, verdict]) => {
    const expected = groups?.[group.name] ?? controls[slug];
    if (verdict?.status === 'pass') return { expected };
    const reason = verdict && 'because' in verdict ? verdict.because : '';
    return { expected, because: `${group.name}: ${verdict?.status}: ${reason}` };
  });
}
