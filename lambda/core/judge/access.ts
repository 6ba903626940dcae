import type { Access, AccessStatus, Verdict } from '../model/model.ts';
import { worstFirst } from '../model/statuses.ts';
import { verdictStanding } from '../model/verdict-parts.ts';
import type { Control } from './control.ts';
import { clientCaFile } from './controls/client-ca-file.ts';
import { anonymousAuth, authorizationMode, readOnlyPort } from './controls/setting-controls.ts';

/** What must hold together before a kubelet can be said to know its clients: the client CA alone keeps no client out. */
const parts = [
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
  const judged = parts.map((part) => ({ ...part, status: verdictStanding(verdictOf(part.control)) }));
  const status = worstFirst.find((each) => judged.some((part) => part.status === each)) ?? 'unknown';
  const each = (wanted: AccessStatus, words: (part: (typeof judged)[number]) => string) =>
    judged.filter((part) => part.status === wanted).map(words);
  const accepted = each('waived', ({ control }) => `waived: ${control.failure}`);
  const because: Readonly<Record<AccessStatus, readonly string[]>> = {
    pass: [accessMeaning],
    'not-applicable': ['AWS runs this kubelet, and it could not be read'],
    waived: accepted,
    fail: [...each('fail', ({ control }) => control.failure), ...accepted],
    warn: [...each('warn', ({ control }) => inDoubt(control)), ...accepted],
    unknown: [`unknown: ${each('unknown', ({ about }) => about).join(', ')}`, ...accepted],
  };
  return { status, because: because[status].join('; ') };
}
