import type { ClusterNode, KubeletFacts, Origin, SettingFact } from '../../../model/model.ts';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { originText } from '../../../model/text/origin-text.ts';
import type { Control } from '../../control.ts';
import { describe, titleOf } from './about.ts';
import { evidence, shown } from './evidence.ts';

/** A known value, and all that may be needed to judge it. */
interface KnownSetting {
  readonly value: SettingValue | undefined;
  readonly origin: Origin;
  readonly facts: KubeletFacts;
  readonly node?: ClusterNode | undefined;
}

/** What a control makes of a known value. */
export type Ruling = { readonly holds: boolean; readonly notes?: readonly string[] } | { readonly unclear: string };

interface Definition
  extends Pick<
      Control,
      'slug' | 'failure' | 'expected' | 'severity' | 'alsoKnownAs' | 'runningIsAmbiguous' | 'caveats'
    >,
    Partial<Pick<Control, 'suspectWhenRefused' | 'numbers'>> {
  readonly setting: SettingPath;
  /** What is required, as the title's first half: `Kubelet must reject anonymous requests`. */
  readonly must: string;
  /** Why it matters; given how a person names the setting. */
  readonly why: (setting: string) => string;
  readonly rule: (seen: KnownSetting) => Ruling;
}

/** A control about one setting: its texts name that setting because they are made from it, and what is not known stays unknown. */
export function settingControl({ setting, must, why, rule, ...rest }: Definition): Control {
  const about = { kind: 'setting', setting } as const;

  return {
    suspectWhenRefused: false,
    numbers: {},
    ...rest,
    about,
    title: titleOf(must, about),
    rationale: why(describe(about)),
    judge: (facts, options) => {
      const fact = facts.settings[setting];
      if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };

      const ruling = rule({ value: fact.value, origin: fact.origin, facts, node: options?.node });
      if ('unclear' in ruling) return { status: 'unknown', because: ruling.unclear };

      const { holds, notes = [] } = ruling;
      const { pendingRestart } = fact;
      if (holds && fact.mayGoOn !== undefined) return { status: 'unknown', because: fact.mayGoOn };
      if (holds && pendingRestart !== undefined) return { status: 'unknown', because: afterRestart(setting, fact) };
      return {
        status: holds ? 'pass' : 'fail',
        evidence: evidence({
          facts,
          setting,
          fact,
          expected: rest.expected,
          notes: [
            ...notes,
            ...(fact.mayGoOn === undefined
              ? []
              : [`a flag that the list does not show could change it: ${fact.mayGoOn}`]),
            ...(pendingRestart === undefined ? [] : [`it fails from the next restart on: ${pendingRestart}`]),
          ],
        }),
      };
    },
  };
}

/** A value of files that are newer than the process: no proof of what runs, but what a restart brings is worth knowing. */
function afterRestart(
  setting: SettingPath,
  { value, origin, pendingRestart }: Extract<SettingFact, { readonly state: 'known' }>,
): string {
  const then = value === undefined || value === '' ? 'is not set' : `is ${shown(value)}`;
  return `what runs is not known: ${pendingRestart}; after a restart ${setting} ${then} (${originText(origin)}), which passes`;
}
