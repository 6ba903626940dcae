import type { Control } from '../../../judge/control.ts';
import type { KubeletFacts, NodeAudit, Origin, SettingFact } from '../../../model/model.ts';
import type { SettingPath } from '../../../model/settings.ts';

type KnownFact = Extract<SettingFact, { readonly state: 'known' }>;

/** Where the value of one setting comes from at the next start of the kubelet. */
export interface FoundSource {
  readonly state: 'found';
  readonly reading: KubeletFacts;
  readonly fact: KnownFact;
}

type ValueSource = FoundSource | { readonly state: 'unknown'; readonly because: string };

/** Every reading of a node, the one that was judged first. */
export const readingsOf = ({ facts, otherFacts = [] }: NodeAudit): readonly KubeletFacts[] => [
  ...(facts ? [facts] : []),
  ...otherFacts,
];

/** The running configuration shows a value, but not what set it; only the command line and the files show that. */
export function sourceOf(setting: SettingPath, audit: NodeAudit): ValueSource {
  const readings = readingsOf(audit).filter(({ via }) => via === 'ssm' || via === 'files');

  for (const reading of readings) {
    const fact = reading.settings[setting];
    if (fact.state === 'known' && setBy.has(fact.origin.from)) return { state: 'found', reading, fact };
  }
  const unknown = readings.map((each) => each.settings[setting]).find((fact) => fact.state === 'unknown');
  return {
    state: 'unknown',
    because:
      unknown?.state === 'unknown'
        ? unknown.because
        : 'only the running value is known, and not which file or flag it comes from: SSM shows that (--complete)',
  };
}

const setBy: ReadonlySet<Origin['from']> = new Set(['flag', 'drop-in', 'file', 'default']);

/** Whether the node's files already say what the control asks for, so that a restart is all that is missing. */
export const isRightAfterRestart = (control: Control, { reading }: { readonly reading: KubeletFacts }): boolean =>
  control.judge(reading).status === 'pass';

/** The drop-in that deletes a key by `null`: the default then applies, and only that file can change it. */
export const deletedBy = (origin: Origin): string | undefined =>
  origin.from === 'default' ? origin.deletedBy : undefined;
