import { describe, expect, it } from 'vitest';
import { deletedBy, sourceOf } from '../../../../../lambda/core/fix/remediation/steps/value-source.ts';
import type { KubeletFacts, Origin } from '../../../../../lambda/core/model/model.ts';
import { unknownFact } from '../../../../../lambda/core/read/kubelet/setting-facts.ts';
import { judgedNode, nodeOfKind, running, seen } from '../failing-audit.ts';

const port = (value: number, origin: Origin) => seen('al2', { settings: { readOnlyPort: { value, origin } } });
const untold = (because: string, via: KubeletFacts['via'] = 'ssm'): KubeletFacts => {
  const facts = seen('al2');
  return { ...facts, via, settings: { ...facts.settings, readOnlyPort: unknownFact(because) } };
};
const file: Origin = { from: 'file', file: '/etc/kubernetes/a' };
const source = (...[facts, ...otherFacts]: readonly KubeletFacts[]) =>
  sourceOf('readOnlyPort', judgedNode({ ...(facts && { facts }), otherFacts }, nodeOfKind('al2')));

describe('where a value comes from', () => {
  it.each<Origin>([
    file,
    { from: 'flag', flag: 'read-only-port' },
    { from: 'drop-in', file: '/etc/kubernetes/a.d/b.conf' },
    { from: 'default', of: 'configuration file' },
  ])('is known from a node’s own files: $from', (origin) => {
    const reading = port(1, origin);
    expect(source(reading)).toEqual({ state: 'found', reading, fact: { state: 'known', value: 1, origin } });
    const saved: KubeletFacts = { ...reading, via: 'files' };
    const found = { state: 'found', reading: saved, fact: saved.settings.readOnlyPort };
    expect(source(running(reading), saved)).toEqual(found);
  });

  it.each<[string, readonly KubeletFacts[]]>([
    ['nothing was read', []],
    ['only what runs was read', [running(port(1, file)), { ...running(port(1, file)), via: 'direct' }]],
    ['the files tell no place of it', [port(1, { from: 'node', file: 'setting x' })]],
    // A source that got it from elsewhere is not asked: its origin is not in a file.
    ['another source does not know it', [untold('x', 'configz'), untold('x', 'tls')]],
  ])('is not known where %s', (_, readings) => {
    const because = 'only the running value is known, and not which file or flag it comes from';
    expect(source(...readings)).toEqual({ state: 'unknown', because: `${because}: SSM shows that (--complete)` });
  });

  it('is that of the first reading that has it, and of the first reason where none does', () => {
    const found = port(2, file);

    expect(source(untold('one'), found)).toEqual({ state: 'found', reading: found, fact: found.settings.readOnlyPort });
    expect(source(untold('one'), untold('two', 'files'))).toEqual({ state: 'unknown', because: 'one' });
    expect(source(port(1, { from: 'running' }), untold('two', 'files'))).toEqual({ state: 'unknown', because: 'two' });
  });
});

it('what deletes a value is a drop-in, of a default only', () => {
  expect(deletedBy({ from: 'default', of: 'configuration file', deletedBy: '/a.conf' })).toBe('/a.conf');
  expect(deletedBy({ from: 'default', of: 'configuration file' })).toBeUndefined();
  expect(deletedBy(file)).toBeUndefined();
});
