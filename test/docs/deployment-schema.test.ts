import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { parseSettings } from '../../infra/config/settings.ts';
import { everySetting, ownRemediation } from '../infra/synthesise.ts';
import { deploymentSchema } from './deployment-schema.ts';

const file = 'docs/schema/deployment-1.json';
const page = readFileSync(file, 'utf8');
const validate = new Ajv2020({ strict: false, formats: { email: true } }).compile(JSON.parse(page));

/** What the schema finds wrong: the path of each field. */
function faultsOf(settings: unknown): readonly string[] {
  validate(settings);
  return (validate.errors ?? []).map(({ instancePath, params: { additionalProperty } }) =>
    additionalProperty === undefined ? instancePath : `${instancePath}/${additionalProperty}`,
  );
}

describe('the schema of deployment.yaml', () => {
  it('is made from the schema of the synthesis (npm run docs)', () => {
    expect(page).toBe(deploymentSchema());
  });

  it('describes each field with the words of deployment.yaml', () => {
    const { properties } = JSON.parse(page);
    for (const [name, { description }] of Object.entries<{ description?: string }>(properties))
      expect(description, name).toMatch(/^[A-Z].{15,}/);
    expect(properties.schedule.description).toMatch(/^An expression of EventBridge Scheduler/);
    expect(properties.organization.properties.units.description).toContain('the root (r-…)');
  });

  it.each([
    {},
    everySetting,
    ownRemediation,
    { controls: ['3.2.3', 'kubelet-event-qps'], nodeTimeout: '500ms', schedule: 'rate(12 hours)' },
  ])('takes what the synthesis takes: %j', (settings) => {
    expect(() => parseSettings(settings)).not.toThrow();
    expect(faultsOf(settings)).toEqual([]);
  });

  it.each([
    [{ shedule: 'rate(1 day)' }, '/shedule'],
    [{ schedule: 'daily' }, '/schedule'],
    [{ securityHub: { insight: true } }, '/securityHub/insight'],
    [{ scope: 'pod' }, '/scope'],
    [{ sources: ['ssm', 'ssm'] }, '/sources'],
    [{ accounts: [111122223333] }, '/accounts/0'],
    [{ controls: ['3.2.12'] }, '/controls/0'],
    [{ maxConcurrentNodes: 101 }, '/maxConcurrentNodes'],
    [{ nodeTimeout: '10' }, '/nodeTimeout'],
    [{ logRetentionDays: 31 }, '/logRetentionDays'],
    [{ remediation: { approvers: ['Oncall'] } }, '/remediation/approvers/0'],
  ])('refuses %j as the synthesis does', (settings, fault) => {
    expect(() => parseSettings(settings)).toThrow();
    expect(faultsOf(settings)).toEqual([fault]);
  });

  // docs/organization.yaml is copied over deployment.yaml before it is used.
  it.each(['deployment.yaml', 'docs/organization.yaml'])('is named by %s, from where that is used', (settings) => {
    const text = readFileSync(settings, 'utf8');
    const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(path).toBe(file);
    expect(existsSync(path)).toBe(true);
    expect(faultsOf(parseDocument(text).toJS() ?? {})).toEqual([]);
  });
});
