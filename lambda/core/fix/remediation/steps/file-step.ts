import type { NodeAudit } from '../../../model/model.ts';
import type { FileFacts } from '../../../model/node-facts.ts';
import { printable } from '../../../model/text/printable.ts';
import { isKubeletPath } from '../kubelet-path.ts';
import type { EditableKind } from '../node-places.ts';
import { beyondRunbook } from '../run/runbook-starts.ts';
import { type NodeStep, nodeStep, type SkippedStep } from './planned-step.ts';
import { readingsOf } from './value-source.ts';

interface FileStepOptions {
  readonly slug: string;
  readonly about: { readonly file: keyof FileFacts; readonly property: 'mode' | 'owner' };
  readonly kind: EditableKind;
  readonly audit: NodeAudit;
}

/** chmod or chown. A mode only loses bits: what is stricter than the benchmark asks stays. The kubelet goes on running. */
export function fileStep({ slug, about, kind, audit }: FileStepOptions): NodeStep | SkippedStep {
  const fact = readingsOf(audit)
    .map(({ files }) => files?.[about.file])
    .find((each) => each?.state === 'known');
  if (fact?.state !== 'known') return { control: slug, notPlanned: 'the file was not seen again' };

  const isOurs = isKubeletPath(fact.path);
  const why =
    beyondRunbook(audit.node) ??
    (isOurs
      ? undefined
      : `${printable(fact.path, 300)} is not in the kubelet’s own folders, and nothing touches it but a person`);
  const [before, after] =
    about.property === 'mode'
      ? [octal(fact.mode & 0o7777), octal(fact.mode & 0o644)]
      : [`${printable(fact.owner, 64)}:${printable(fact.group, 64)}`, 'root:root'];
  const command = about.property === 'mode' ? 'chmod' : 'chown';

  return nodeStep({
    control: slug,
    method: about.property === 'mode' ? 'file-mode' : 'file-owner',
    by: why === undefined ? 'runbook' : 'person',
    because: `${about.property} of the file that --${about.file} names is ${before}`,
    changes: [{ kind: about.property, ...(isOurs && { file: fact.path }), before, after }],
    commands: isOurs ? [`sudo ${command} ${after} ${fact.path}`] : [],
    survives: { reboot: kind !== 'al2023', replacement: false },
    cautions: why === undefined ? [] : [why],
  });
}

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');
