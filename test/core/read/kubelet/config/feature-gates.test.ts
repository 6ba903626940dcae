import { describe, expect, it } from 'vitest';
import { kubeletReleases, releaseOf } from '../../../../../lambda/contract/kubelet-facts.ts';
import { gateProblem } from '../../../../../lambda/core/read/kubelet/config/start-check.ts';

const problem = (gates: string, minor: number, accepted: readonly string[] = []) => {
  const release = releaseOf(minor);
  if (!release) throw new Error(`1.${minor} is not known`);
  const pairs = [...gates.matchAll(/(\S*)=(\w+)/g)].map(([, gate = '', on]) => [gate, on === 'true'] as const);
  return gateProblem(new Map(pairs), { release, accepted: new Set(accepted) })?.replace('the feature gate ', '');
};

describe.each(kubeletReleases)('a kubelet 1.$minor', ({ minor, gates }) => {
  const all = new Set(kubeletReleases.flatMap((each) => [...each.gates.keys()]));

  it('starts with each of its gates as it is by default, alone or with all others', () => {
    const byDefault = [...gates].map(([name, gate]) => `${name}=${gate.default}`);
    const named = byDefault.filter((pair) => !pair.startsWith('All'));
    expect([...byDefault, named.join(' '), ''].map((each) => problem(each, minor))).toEqual(
      [...byDefault, '', ''].map(() => undefined),
    );
  });

  it('takes the other value of a gate unless it is locked, or another gate needs it', () => {
    for (const [name, { default: on, locked, needs }] of gates) {
      const isNeeded = [...gates.values()].some((each) => each.default && each.needs.includes(name));
      const lacks = !on && needs.some((needed) => !gates.get(needed)?.default);
      const found = problem(`${name}=${!on}`, minor);
      if (locked) expect(found).toBe(`${name} can't be ${!on} in a kubelet 1.${minor}: it is locked to ${on}`);
      else if (isNeeded || lacks) expect(found).toMatch(/ needs \w+, which is off$/);
      else expect([name, found]).toEqual([name, undefined]);
    }
  });

  it('stops at a gate of another version with either value, although it has started with it', () => {
    const others = [...all].filter((name) => !gates.has(name));
    expect(others.length).toBeGreaterThan(0);
    for (const name of others) {
      const wasThere = kubeletReleases.some((each) => each.minor < minor && each.gates.has(name));
      const because = wasThere ? 'is gone from' : 'is in no list of those of';
      for (const on of [true, false])
        expect(problem(`${name}=${on}`, minor, [name])).toBe(`${name} ${because} a kubelet 1.${minor}`);
    }
  });

  it('stops at a gate that no version has, unless it has started with it', () => {
    for (const name of ['New', 'NewThing', 'Brand-New', 'ALLBETA', ''])
      expect(problem(`${name}=true`, minor)).toBe(`${name || '""'} is in no list of those of a kubelet 1.${minor}`);
    expect(problem('NewThing=true', minor, ['NewThing'])).toBeUndefined();
  });
});

// What a kubelet 1.36.3 did that was started with each.
it.each([
  ['SidecarContainers=true PreventStaticPodAPIReferences=true', undefined],
  ['PodLifecycleSleepAction=true RelaxedDNSSearchValidation=true', undefined],
  ['KubeletPSI=false', "KubeletPSI can't be false in a kubelet 1.36: it is locked to true"],
  ['GracefulNodeShutdown=false', 'GracefulNodeShutdownBasedOnPodPriority needs GracefulNodeShutdown, which is off'],
  ['AllBeta=false', undefined],
  ['AllBeta=true', undefined],
  ['AllAlpha=true', undefined],
])('a kubelet 1.36 with %s', (gates, because) => {
  expect(problem(gates, 36)).toBe(because);
});
