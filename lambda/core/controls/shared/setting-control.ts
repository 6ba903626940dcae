import type { Control, Surroundings } from '../../control.ts';
import type { SettingPath, SettingValue } from '../../kubelet/settings.ts';
import type { KubeletFacts, Origin } from '../../model.ts';
import { describe } from './about.ts';
import { evidence } from './evidence.ts';

/** A known value, and all that may be needed to judge it. */
interface SeenSetting {
  readonly value: SettingValue | undefined;
  readonly origin: Origin;
  readonly facts: KubeletFacts;
  readonly surroundings: Surroundings;
}

/** What a control makes of a known value. `shownAs` replaces the value in the evidence where the bare value would mislead. */
export type Ruling =
  | { readonly holds: boolean; readonly notes?: readonly string[]; readonly shownAs?: string }
  | { readonly unclear: string };

interface Definition
  extends Pick<Control, 'slug' | 'expected' | 'severity' | 'alsoKnownAs' | 'caveats'>,
    Partial<Pick<Control, 'suspectWhenRefused' | 'numbers'>> {
  readonly setting: SettingPath;
  /** What the kubelet does when all is well, as the title's first half: `kubelet turns anonymous clients away`. */
  readonly claim: string;
  /** The title's end, after the setting's path: `is false`. */
  readonly must: string;
  /** Why it matters; given how a person names the setting. */
  readonly why: (setting: string) => string;
  readonly rule: (seen: SeenSetting) => Ruling;
}

/** A control about one setting: its texts name that setting because they are made from it, and what is not known stays unknown. */
export function settingControl({ setting, claim, must, why, rule, ...rest }: Definition): Control {
  const about = { kind: 'setting', setting } as const;

  return {
    suspectWhenRefused: false,
    numbers: {},
    ...rest,
    about,
    title: `${claim}: ${setting} ${must}`,
    rationale: why(describe(about)),
    judge: (facts, surroundings = {}) => {
      const fact = facts.settings[setting];
      if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };

      const ruling = rule({ value: fact.value, origin: fact.origin, facts, surroundings });
      if ('unclear' in ruling) return { status: 'unknown', because: ruling.unclear };

      const { holds, notes = [], shownAs } = ruling;
      const shown = shownAs === undefined ? fact : { value: shownAs, origin: fact.origin };
      return {
        status: holds ? 'pass' : 'fail',
        evidence: evidence({ facts, setting, fact: shown, expected: rest.expected, notes }),
      };
    },
  };
}
