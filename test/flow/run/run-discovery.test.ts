import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../lambda/core/operator-error.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';

const request = {
  runId: 'run',
  startedAt: '2026-11-25T05:00:00.000Z',
  regions: [],
  names: [],
  signal: new AbortController().signal,
};
const hub = (): FakeHub => fakeHub(new FakeOrganization().add('111122223333', { 'eu-west-1': ['blue'] }));

describe('runDiscovery', () => {
  it('stores what it found', async () => {
    const ports = hub();
    const discovery = await runDiscovery(ports, request);

    expect(discovery.items).toHaveLength(2);
    expect(await ports.runs.discovery('run')).toEqual(discovery);
  });

  it('finds the same again in the same run, whatever happened since, and asks nobody', async () => {
    const ports = hub();
    const first = await runDiscovery(ports, request);
    ports.organization.add('222222222222', { 'eu-west-1': ['green'] });
    const asked = ports.organization.asked.length;

    expect(await runDiscovery(ports, { ...request, startedAt: '2026-11-26T05:00:00.000Z' })).toEqual(first);
    expect(ports.organization.asked).toHaveLength(asked);
    expect(ports.runs.written).toEqual(['run/discovery']);
  });

  it('looks again in another run', async () => {
    const ports = hub();
    await runDiscovery(ports, request);
    ports.organization.add('222222222222', { 'eu-west-1': ['green'] });
    expect((await runDiscovery(ports, { ...request, runId: 'next' })).accounts).toBe(2);
  });

  it('stores nothing when it could not be done', async () => {
    const ports = hub();
    ports.organization.accounts = () => {
      throw new OperatorError('organization-forbidden', 'may not list accounts');
    };
    await expect(runDiscovery(ports, request)).rejects.toThrow('may not list accounts');
    expect(ports.runs.written).toEqual([]);
  });
});
