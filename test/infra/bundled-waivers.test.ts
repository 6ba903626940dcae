import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it, vi } from 'vitest';
import { addWaivers } from '../../infra/bundle.ts';
import { SettingsError } from '../../infra/config/settings.ts';
import { environment } from '../../lambda/contract/environment.ts';
import { bundledFunctions } from '../made-once.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { resourcesOf, templatesOf } from './synthesise.ts';

const directory = temporaryFolder();
const file = join(directory, 'prod-waivers.yaml');
const bundle = join(directory, 'audit');
beforeAll(async () => cpSync(await bundledFunctions(), bundle, { recursive: true }));

const add = (text: string) => {
  writeFileSync(file, text);
  return addWaivers(bundle, { waivers: file, benchmark: 'cis-eks-1.8.0', longestWaiver: 365 });
};
const good = `waivers:
  - { control: 3.2.3, cluster: prod-*, reason: replaced in January, owner: team-a, expires: 2026-12-31 }
`;

it('lie beside the code, once they were checked', async () => {
  await add(good);
  expect(readFileSync(join(bundle, 'waivers.yaml'), 'utf8')).toBe(good);
});

it('stop the synthesis with what is wrong with them, by the program’s own words', async () => {
  const added = add(good.replace('owner', 'ownr'));
  await expect(added).rejects.toThrow(SettingsError);
  await expect(added).rejects.toThrow(`the waivers of '${file}' cannot be used: waiver 1: owner is missing`);
});

it('stop the synthesis when there is no such file', async () => {
  await expect(
    addWaivers(bundle, { waivers: 'nowhere.yaml', benchmark: 'cis-eks-1.8.0', longestWaiver: 365 }),
  ).rejects.toThrow("cannot read the waivers in 'nowhere.yaml'; 'waivers' names a file beside the settings");
});

it('are read by the function from there, and stop it when they are broken', async () => {
  const surroundings = { AWS_REGION: 'eu-west-1', [environment.waivers]: 'waivers.yaml' };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  writeFileSync(join(bundle, 'waivers.yaml'), 'waivers: [none]');
  const { handler } = await import(pathToFileURL(join(bundle, 'item.mjs')).href);

  const region = { kind: 'region', partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
  const event = { runId: 'run', startedAt: '2026-11-25T05:00:00Z', item: region };
  await expect(handler(event, { awsRequestId: 'x', getRemainingTimeInMillis: () => 60_000 })).rejects.toThrow(
    "the waivers of 'waivers.yaml' cannot be used: waiver 1: is no entry",
  );
  vi.unstubAllEnvs();
});

it('are named to the functions that audit and sum up, and to no other', () => {
  const functions = resourcesOf(templatesOf({ waivers: 'waivers.yaml' })['EksKubeletAudit']!, 'AWS::Lambda::Function');
  const told = functions.filter((each) => JSON.stringify(each.Properties).includes(environment.waivers));
  expect(told.map(({ Properties }) => Properties['FunctionName'])).toEqual([
    'eks-kubelet-audit-item',
    'eks-kubelet-audit-summarise',
  ]);
  expect(JSON.stringify(told)).toContain(`"${environment.waivers}":"waivers.yaml"`);
});
