import { isWaived } from '../model/is-waived.ts';
import type { Access, AccessStatus, Verdict } from '../model/model.ts';
import { worstFirst } from '../model/statuses.ts';
import type { Control } from './control.ts';
import { clientCaFile } from './controls/client-ca-file.ts';
import { anonymousAuth, authorizationMode, readOnlyPort } from './controls/setting-controls.ts';

interface Part {
  readonly control: Control;
  /** What is in question. */
  readonly about: string;
}

/** What must hold together before a kubelet can be said to know its clients: the client CA alone keeps no client out. */
const parts: readonly Part[] = [
  { control: clientCaFile, about: 'the client CA' },
  { control: anonymousAuth, about: 'anonymous access' },
  { control: readOnlyPort, about: 'the read-only port' },
  { control: authorizationMode, about: 'the authorization' },
];

/** What a node has that passes. */
export const accessMeaning = 'the API server and all clients are authenticated and authorized';

/** The failure that there are signs of, and no proof. */
export const inDoubt = ({ failure }: Pick<Control, 'failure'>): string => `probably ${failure}`;

/** Slugs of the controls that the headline is made of. */
export const accessControls: readonly string[] = parts.map(({ control }) => control.slug);

/** The same by the door that each of them keeps. */
export const accessDoors = {
  clientCa: clientCaFile,
  anonymous: anonymousAuth,
  readOnlyPort,
  authorization: authorizationMode,
} as const satisfies Readonly<Record<string, Control>>;
export type AccessDoor = keyof typeof accessDoors;

/** One node's headline: the worst of the four decides. Waivers are in the verdicts already. */
export function accessOf(verdictOf: (control: Control) => Verdict): Access {
  const judged = parts.map((part) => ({ ...part, status: statusOf(verdictOf(part.control)) }));
  const status = worstFirst.find((each) => judged.some((part) => part.status === each)) ?? 'unknown';
  const those = (wanted: AccessStatus) => judged.filter((part) => part.status === wanted);
  const accepted = those('waived').map(({ control }) => `waived: ${control.failure}`);

  switch (status) {
    case 'pass':
      return { status, because: accessMeaning };
    case 'not-applicable':
      return { status, because: 'AWS runs this kubelet, and it could not be read' };
    case 'waived':
      return { status, because: accepted.join('; ') };
    case 'fail':
      return { status, because: [...those('fail').map(({ control }) => control.failure), ...accepted].join('; ') };
    case 'warn':
      return { status, because: [...those('warn').map(({ control }) => inDoubt(control)), ...accepted].join('; ') };
    case 'unknown':
      return {
        status,
        because: [
          `unknown: ${those('unknown')
            .map(({ about }) => about)
            .join(', ')}`,
          ...accepted,
        ].join('; '),
      };
  }
}

const statusOf = (verdict: Verdict): AccessStatus => (isWaived(verdict) ? 'waived' : verdict.status);
