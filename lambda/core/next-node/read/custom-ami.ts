import { ok } from '../../model/result.ts';
import { originText } from '../../model/text/origin-text.ts';
import { printable } from '../../model/text/printable.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import type { WithoutHash } from './types.ts';

/** A custom image has its own defaults, units and files. What the user data says is reported, and nothing passes because of it. */
export function ofCustomAmi({ reading, joins, places }: WithoutHash): WithoutHash {
  const stops = joins.status === 'no' && joins.by === 'bootstrap';
  return {
    reading: reading.ok
      ? ok({
          ...reading.value,
          settings: settingFacts((setting) => {
            const fact = reading.value.settings[setting];
            const said =
              fact.state === 'known' && fact.origin.from === 'user-data'
                ? `; ${printable(originText(fact.origin))} sets it to ${printable(String(fact.value ?? '(not set)'), 100)}`
                : '';
            return unknownFact(`the AMI is not EKS-optimized, and may set ${setting} itself${said}`);
          }),
        })
      : reading,
    joins: stops ? joins : { status: 'unknown', because: 'the AMI is not EKS-optimized: its bootstrap is not known' },
    places,
  };
}
