import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventQps } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ClusterNode } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import { knownVersions, minorVersion, newerThanKnown } from '../../../../lambda/core/read/kubelet/known-versions.ts';
import { casesOf2026_11_28, ownCases, readMachines } from '../../../conformance/recorded-machine.ts';
import { savedMachine } from '../../../conformance/saved-machine.ts';
import { caFile, nodeWith } from './node-with.ts';

const { newest } = knownVersions;
const machine = { status: 'confirmed', instanceId: 'i-0123456789abcdef0' } as const;
const group = { kind: 'managed', name: 'workers' } as const;
const al2023: ClusterNode = { key: machine.instanceId, machine, kind: 'al2023', group };
const next = `v1.${newest + 1}.0`;
const factsOf = (parts: Parameters<typeof nodeWith>[0]) => {
  const facts = effectiveConfiguration(nodeWith(parts), 'ssm');
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};

describe('a kubelet newer than the newest known version', () => {
  const rest = { dropIns: { 'a.conf': { readOnlyPort: 0 } }, flags: ['--anonymous-auth=false'] };
  const { settings, notes } = factsOf({ version: next, file: caFile('/ca'), ...rest });
  const port = { readOnlyPort: 0, 'authentication.anonymous.enabled': false };
  const explicit: Partial<Record<SettingPath, unknown>> = { 'authentication.x509.clientCAFile': '/ca', ...port };
  const because = `nothing sets it, and its default is not known: ${newerThanKnown(next)}`;
  it.each(settingPaths)('has the value of %s where its files or flags say it, and no known default', (path) => {
    const known = { state: 'known', value: explicit[path] };
    expect(settings[path]).toMatchObject(path in explicit ? known : { state: 'unknown', because });
  });

  it('has no known default without a configuration file either', () => {
    const legacy = factsOf({ version: next });
    expect(settingPaths.filter((path) => legacy.settings[path].state === 'known')).toEqual([]);
  });

  it('says so in a note', () => {
    expect(notes).toContain(newerThanKnown(next));
    expect(newerThanKnown(next)).toContain(`newer than 1.${newest}`);
    expect(newerThanKnown(`v1.${newest}.9-eks-1`)).toBeUndefined();
    expect(newerThanKnown(undefined)).toBeUndefined();
  });

  it('is judged as always by its running configuration, with the same note', () => {
    const facts = { ...factsOf({ flags: ['--event-qps=5'] }), via: 'configz' } as const;
    const notesOf = (kubeletVersion: string) => {
      const node: ClusterNode = { ...al2023, kubeletVersion };
      const verdict = evaluate(eventQps, { facts, failures: [], node });
      return verdict.status === 'pass' ? verdict.evidence.notes : verdict.status;
    };
    expect(notesOf(next)).toContain(newerThanKnown(next));
    expect(notesOf(`v1.${newest}.0`)).not.toContain(newerThanKnown(next));
  });
});

describe('files of a kubelet newer than the newest known version', () => {
  const notKnown = `whether a kubelet starts with these files is not known yet: ${newerThanKnown(next)}`;

  it.each([
    [],
    ['--feature-gates=SidecarContainers=true'],
    ['--feature-gates=PreventStaticPodAPIReferences=true'],
    ['--containerd=/run/containerd.sock'],
    ['--storage-driver-db=cadvisor'],
    ['--client-ca-file=/ca'],
  ])('show nothing of a kubelet that was not seen to run, with %s, and are judged on 1.36', (...flags) => {
    const read = (version: string) =>
      effectiveConfiguration(nodeWith({ version, file: caFile('/ca'), flags }), 'files');
    expect(read(next)).toEqual({ ok: false, error: { via: 'files', kind: 'unreadable', because: notKnown } });
    expect(read('v1.36.4')).toMatchObject({ ok: true });
  });

  it('decide no recorded machine, whether or not it starts', () => {
    const machines = casesOf2026_11_28.flatMap(readMachines);
    const read = machines.map((machine) =>
      effectiveConfiguration(savedMachine({ ...machine, version: next }), 'files'),
    );
    expect(machines).toHaveLength(9493);
    expect(read.filter(({ ok }) => ok)).toEqual([]);
  });
});

// What CONTRIBUTING asks for when a version is added.
it('the newest known version is in the page of controls, and machines of it are recorded', () => {
  const recorded = ownCases.map((path) => minorVersion(readMachines(path)[0]?.version) ?? 0);
  const page = readFileSync(new URL('../../../../docs/controls.md', import.meta.url), 'utf8');
  expect(Math.max(...recorded)).toBe(newest);
  expect(page.includes(`1.${knownVersions.oldest} to 1.${newest}`)).toBe(true);
});
