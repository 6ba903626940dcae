import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { memberRoleName } from '../../lambda/contract/names.ts';
import { type Settings, SettingsError } from './settings.ts';

/** What decides in which accounts a StackSet keeps the member role, as the last synthesis of a settings file had it. */
export type DeploymentLock = z.infer<typeof lockSchema>;

const lockSchema = z.object({
  version: z.literal(1),
  units: z.array(z.string()),
  regions: z.array(z.string()),
  homeRegion: z.string(),
  memberRole: z.string(),
});

/** The lock of these settings; without an organization no StackSet deletes a role, and there is none. */
export const lockOf = ({ organization, regions, homeRegion, roleNamePrefix }: Settings): DeploymentLock | undefined =>
  organization && homeRegion !== undefined
    ? {
        version: 1,
        units: organization.units.toSorted(),
        regions: regions.toSorted(),
        homeRegion,
        memberRole: `${roleNamePrefix}${memberRoleName}`,
      }
    : undefined;

/**
 * What leaves between two deployments, and so what CloudFormation deletes, by the words that `allowRoleRemoval` takes. CloudFormation deletes the
 * stacks of a unit that left, also where another unit of the settings covers its accounts.
 */
export const leaving = (before: DeploymentLock, now: DeploymentLock): readonly { word: string; deletes: string }[] => [
  ...gone(before.units, now.units).map((word) => ({
    word,
    deletes: 'the member role of every account below this unit, also where another unit covers it',
  })),
  ...(before.homeRegion === now.homeRegion
    ? []
    : [{ word: before.homeRegion, deletes: 'the member role of every account, since each has it in homeRegion' }]),
  ...gone(before.regions, now.regions)
    .filter((word) => word !== before.homeRegion || before.homeRegion === now.homeRegion)
    .map((word) => ({ word, deletes: 'the member stack of every account in this Region, with the SSM document' })),
  ...(before.memberRole === now.memberRole
    ? []
    : [{ word: before.memberRole, deletes: 'the member role of every account, since its name changes' }]),
];

const gone = (before: readonly string[], now: readonly string[]) => before.filter((each) => !now.includes(each));

/**
 * Refuses settings by which roles would be deleted that clusters know. EKS doesn't let in a role that is created again, even under the same ARN.
 *
 * @param file the settings, beside which the lock is
 * @returns writes the lock; to be called once the synthesis has succeeded
 * @throws SettingsError naming what leaves, what that deletes, and how to keep the roles
 */
export function heldToLock(settings: Settings, file: string): () => void {
  const now = lockOf(settings);
  if (!now) return () => undefined;

  const path = lockFile(file);
  const before = existsSync(path) ? lockIn(path) : now;
  const refused = leaving(before, now).filter(({ word }) => !settings.allowRoleRemoval.includes(word));
  if (refused.length > 0) throw new SettingsError(refusal(refused, { file, path }));

  return () => {
    const text = `${JSON.stringify(now, undefined, 2)}\n`;
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  };
}

/** `prod.yaml` → `prod.lock.json`: each settings file has its own. */
const lockFile = (file: string): string => `${file.replace(/\.ya?ml$/, '')}.lock.json`;

function lockIn(path: string): DeploymentLock {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new SettingsError(
      `${path}: not a lock of this version; restore the committed file, which says which roles are deployed`,
      { cause },
    );
  }
}

const refusal = (
  refused: ReturnType<typeof leaving>,
  { file, path }: { readonly file: string; readonly path: string },
): string =>
  [
    ...refused.map(
      ({ word, deletes }) => `${file}: '${word}' was deployed and leaves; CloudFormation would delete ${deletes}`,
    ),
    'EKS access entries do not work for a role that is created again, even with the same ARN.',
    'To grow, add the new unit or Region beside the old one. To let something leave, see docs/deploy.md#let-a-unit-or-a-region-leave: first take',
    `its stacks out of the StackSet with --retain-stacks, then write allowRoleRemoval: [${refused.map(({ word }) => word).join(', ')}].`,
    `If it was never deployed, restore ${path}.`,
  ].join('\n');
