import { describe, expect, it } from 'vitest';
import type { KubeletFacts } from '../../../../lambda/core/model/model.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import type { NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';
import { nodeWith } from './node-with.ts';

const factsOf = (node: NodeFiles): KubeletFacts => {
  const facts = effectiveConfiguration(node, 'ssm');
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};

describe('what the flags alone say', () => {
  const hostname = (flags: readonly string[]) => factsOf(nodeWith({ flags })).flags?.['hostname-override'];
  const origin = { from: 'flag', flag: 'hostname-override' };

  it('is the name that the node was given, or that it was given none', () => {
    expect(hostname([])).toEqual({ state: 'known', value: undefined, origin });
    expect(hostname(['--hostname-override='])).toEqual({ state: 'known', value: '', origin });
    const long = hostname([`--hostname-override=a\u0007${'b'.repeat(400)}`]);
    expect(long).toEqual({ state: 'known', value: `a ${'b'.repeat(297)}…`, origin });
  });

  it('is not known where it cannot be read from the text of ps', () => {
    const commandLine = { from: 'ps', line: 'kubelet --hostname-override=a b --read-only-port=0 x --v=2' } as const;
    const facts = factsOf({ commandLine, files: new Map(), directories: new Map() });
    const unread = (flag: string) => ({
      state: 'unknown',
      because: `the flag --${flag} can't be read from the text of ps`,
    });
    expect(facts.flags).toEqual({ 'hostname-override': unread('hostname-override') });
    expect(facts.settings.readOnlyPort).toEqual(unread('read-only-port'));
    expect(facts.notes[0]).toBe('the command line comes from ps, which loses empty values and blanks inside values');
  });
});
