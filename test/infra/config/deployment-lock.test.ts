import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { heldToLock } from '../../../infra/config/deployment-lock.ts';
import { parseSettings, SettingsError } from '../../../infra/config/settings.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

const file = join(folder, 'prod.yaml');
const lock = join(folder, 'prod.lock.json');
const settings = (more: object = {}, units = ['ou-ab12-pilot0000']) =>
  parseSettings({
    organization: { id: 'o-ab12cd34ef', units },
    regions: ['us-east-1', 'eu-west-1'],
    homeRegion: 'eu-west-1',
    ...more,
  });
const refusalOf = (...edited: Parameters<typeof settings>): string => {
  try {
    heldToLock(settings(...edited), file);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
};

beforeEach(() => {
  rmSync(lock, { force: true });
  heldToLock(settings(), file)();
});

it('records the deployment beside its settings, once the synthesis has succeeded', () => {
  expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual({
    version: 1,
    units: ['ou-ab12-pilot0000'],
    regions: ['eu-west-1', 'us-east-1'],
    homeRegion: 'eu-west-1',
    memberRole: 'EksKubeletAuditMember',
  });

  const write = heldToLock(settings({}, ['ou-ab12-pilot0000', 'r-ab12']), file);
  expect(readFileSync(lock, 'utf8')).not.toContain('r-ab12');
  write();
  expect(readFileSync(lock, 'utf8')).toContain('r-ab12');
});

it.each([
  ['a unit', 'ou-ab12-pilot0000', 'the member role of every account below this unit', {}, ['r-ab12']],
  ['a Region', 'us-east-1', 'in this Region, with the SSM document', { regions: ['eu-west-1'] }, undefined],
  ['the home Region', 'eu-west-1', 'each has it in homeRegion', { homeRegion: 'us-east-1' }, undefined],
] as const)(
  'stops where %s leaves, names what is deleted and the way to keep it, until allowRoleRemoval names it',
  (_, word, deleted, more, units) => {
    const said = refusalOf(more, units && [...units]);
    expect(said).toContain(`'${word}' was deployed and leaves; CloudFormation would delete`);
    expect(said).toContain(deleted);
    expect(said).toContain('--retain-stacks');
    expect(said).toContain(`allowRoleRemoval: [${word}]`);

    expect(refusalOf({ ...more, allowRoleRemoval: [word] }, units && [...units])).toBe('');
    expect(refusalOf({ ...more, allowRoleRemoval: ['ou-ab12-another000'] }, units && [...units])).not.toBe('');
  },
);

it('lets nothing more leave by an allowRoleRemoval that was forgotten in the settings', () => {
  const once = { allowRoleRemoval: ['ou-ab12-pilot0000'] };
  heldToLock(settings(once, ['r-ab12']), file)();
  expect(refusalOf(once, ['ou-ab12-other0000'])).toContain("'r-ab12' was deployed and leaves");
});

it('keeps one lock for each settings file, and none for a deployment without an organization', () => {
  const preview = join(folder, 'preview.yml');
  heldToLock(settings({}, ['r-ab12']), preview)();
  expect(existsSync(join(folder, 'preview.lock.json'))).toBe(true);
  expect(readFileSync(lock, 'utf8')).not.toContain('r-ab12');

  heldToLock(parseSettings({}), join(folder, 'own.yaml'))();
  expect(existsSync(join(folder, 'own.lock.json'))).toBe(false);
  // Without its organization the StackSet is not part of the synthesis, and CDK deletes nothing of it.
  heldToLock(parseSettings({}), file)();
  expect(existsSync(lock)).toBe(true);
});

it.each(['{', '{}', '{"version": 2}'])('stops at a lock that it cannot read: %s', (text) => {
  writeFileSync(lock, text);
  expect(refusalOf()).toContain('prod.lock.json: not a lock of this version; restore the committed file');
});
