import { expect, it } from 'vitest';
import eks from '../../../lambda/contract/eks-versions.json' with { type: 'json' };
import { versionNotes } from '../../../lambda/core/judge/eks-support.ts';
import { knownVersions } from '../../../lambda/core/read/kubelet/known-versions.ts';

const codes = (version: string | undefined, day: string) =>
  versionNotes({ name: 'payments', ...(version && { version }) }, new Date(`${day}T12:00:00Z`)).map(({ code }) => code);

it.each(Object.entries(eks.versions))(
  'a cluster of %s is noted from the day after its extended support',
  (version, { extendedUntil, standardUntil }) => {
    const after = new Date(Date.parse(extendedUntil) + 86_400_000).toISOString().slice(0, 10);
    expect([standardUntil, extendedUntil, after].map((day) => codes(version, day))).toEqual([
      [],
      [],
      ['kubernetes-unsupported'],
    ]);
  },
);

it('a cluster that is newer than the facts is noted, and one whose version is not known is not', () => {
  expect(codes(`1.${knownVersions.newest + 1}`, '2026-12-03')).toEqual(['kubernetes-not-known']);
  expect([codes(`1.${knownVersions.newest}`, '2026-12-03'), codes(undefined, '2026-12-03')]).toEqual([[], []]);
});
