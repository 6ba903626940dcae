import { type AccessState, accessStates } from '../model/access-states.ts';
import type { Access, AccessStatus, Verdict } from '../model/model.ts';
import { verdictStanding } from '../model/verdict-parts.ts';
import type { Control } from './control.ts';
import { clientCaFile } from './controls/client-ca-file.ts';
import { anonymousAuth, authorizationMode, readOnlyPort } from './controls/setting-controls.ts';

/** The doors of a kubelet, each with the control that keeps it: the client CA alone keeps no client out. */
export const accessDoors = {
  clientCa: clientCaFile,
  anonymous: anonymousAuth,
  readOnlyPort,
  authorization: authorizationMode,
} as const satisfies Readonly<Record<string, Control>>;
type AccessDoor = keyof typeof accessDoors;

const doorNames: Readonly<Record<AccessDoor, string>> = {
  clientCa: 'the client CA',
  anonymous: 'anonymous access',
  readOnlyPort: 'the read-only port',
  authorization: 'the authorization',
};

const doors = Object.keys(accessDoors) as readonly AccessDoor[];

/** The failure that there are signs of, and no proof. */
export const inDoubt = ({ failure }: Pick<Control, 'failure'>): string => `probably ${failure}`;

/** Slugs of the controls that decide the state of a node. */
export const accessControls: readonly string[] = Object.values(accessDoors).map(({ slug }) => slug);

/** One node's state: the worst that fits. Waivers are in the verdicts already. */
export function accessOf(verdictOf: (control: Control) => Verdict): Access {
  const found = doors.map((door) => [door, verdictStanding(verdictOf(accessDoors[door]))] as const);
  const standings = new Map(found);
  const state = stateOf(standings);
  const { status } = accessStates[state];
  return { status, state, because: becauseOf(status, standings), doors: Object.fromEntries(found) };
}

type Standings = ReadonlyMap<AccessDoor, AccessStatus>;

function stateOf(standings: Standings): AccessState {
  const has = (status: AccessStatus) => doors.some((door) => standings.get(door) === status);
  if (doors.some((door) => door !== 'clientCa' && standings.get(door) === 'fail')) return 'strangers-get-in';
  if (has('fail')) return 'api-server-not-authenticated';
  if (has('warn')) return 'refuses-api-server';
  if (has('unknown')) return 'not-read';
  if (has('waived')) return 'waived';
  return has('pass') ? 'closed' : 'run-by-aws';
}

function becauseOf(status: AccessStatus, standings: Standings): string {
  const each = (wanted: AccessStatus, words: (door: AccessDoor) => string) =>
    doors.filter((door) => standings.get(door) === wanted).map(words);
  const accepted = each('waived', (door) => `waived: ${accessDoors[door].failure}`);
  const because: Readonly<Record<AccessStatus, readonly string[]>> = {
    pass: [accessStates.closed.en.meaning],
    'not-applicable': [accessStates['run-by-aws'].en.meaning],
    waived: accepted,
    fail: [...each('fail', (door) => accessDoors[door].failure), ...accepted],
    warn: [...each('warn', (door) => inDoubt(accessDoors[door])), ...accepted],
    unknown: [`unknown: ${each('unknown', (door) => doorNames[door]).join(', ')}`, ...accepted],
  };
  return because[status].join('; ');
}
