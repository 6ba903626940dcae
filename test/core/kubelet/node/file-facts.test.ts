import { describe, expect, it } from 'vitest';
import { restartPending } from '../../../../lambda/core/kubelet/node/file-facts.ts';
import type { FileTimes } from '../../../../lambda/core/kubelet/node-files.ts';

const config = '/etc/kubernetes/kubelet/config.json';
const folder = '/etc/kubernetes/kubelet/config.json.d';
const startedAt = 1_000;
const before = { modified: 999.9, changed: 999.94 };

const pending = (times: Readonly<Record<string, FileTimes>>, started: number | undefined = startedAt) =>
  restartPending({ times: new Map(Object.entries(times)), ...(started !== undefined && { startedAt: started }) }, [
    config,
    folder,
  ]);

describe('what the files say of a kubelet that runs', () => {
  it('is what it read when all of them are older', () => {
    expect(pending({ [config]: before, [folder]: before })).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, FileTimes>>]>([
    ['was written', { [config]: { modified: 1_000.01, changed: 1_000.01 }, [folder]: before }],
    ['was written as it started', { [config]: { modified: 999.96, changed: 999 }, [folder]: before }],
    [
      'was moved there, with its old time (mv, cp -p, touch -d)',
      { [config]: { modified: 1, changed: 1_001 }, [folder]: before },
    ],
    ['has a time in the future', { [config]: { modified: 2_000, changed: 999 }, [folder]: before }],
    [
      'lost a drop-in, or a sub-folder of it did',
      { [config]: before, [folder]: before, [`${folder}/site`]: { modified: 1_200, changed: 1_200 } },
    ],
    [
      'is reached by a link that was made anew',
      { [config]: before, [folder]: before, '/etc/kubernetes/kubelet': { modified: 1_500, changed: 1_500 } },
    ],
  ])('is not known to run where something %s', (_, times) => {
    expect(pending(times)).toMatch(/ changed after the kubelet started$/);
  });

  it('names the first, and counts the others', () => {
    const after = { modified: 1_001, changed: 1_001 };
    expect(pending({ [config]: after, [folder]: after })).toBe(
      `${config} and 1 more path changed after the kubelet started`,
    );
  });

  it('is not known to run where no time could be told', () => {
    expect(pending({ [config]: 'unknown', [folder]: before })).toBe(`when ${config} changed is not known`);
    expect(pending({ [config]: before })).toBe(`when ${folder} changed is not known`);
    expect(restartPending({ times: new Map([[config, before]]) }, [config])).toContain(
      'when the kubelet started is not known',
    );
  });

  it('is nothing where there are no files at all', () => {
    expect(restartPending({ times: new Map() }, [])).toBeUndefined();
  });
});
