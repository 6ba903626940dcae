import { describe, expect, it } from 'vitest';
import { gapsOf, notAudited } from '../../../lambda/core/run/tally.ts';
import { answer, blue, problem, region } from './complete-run.ts';

const ofRegion = { accountId: '111122223333', region: 'eu-west-1' };
const ofCluster = { ...ofRegion, cluster: 'blue' };
const unread = { nodeGroup: 'managed workers', problem: { ...problem, code: 'nodes-unread' } };
const incomplete = {
  code: 'incomplete',
  message: 'not all of it was looked at',
  remedy: 'see the log of this item',
};
const memory = { ...problem, code: 'object-refused' } as const;
const document = { ...problem, code: 'document-missing' } as const;
const refused = (rejected: number, notSent: number) => ({
  findings: { ...answer(blue).findings, rejected, notSent },
});
const notTaken = (findings: string) => ({
  code: 'findings-not-taken',
  message: `Security Hub did not take ${findings}`,
  remedy: 'see in the log of this item, or of the terminal, why each was refused; the next run sends them again',
});

describe('gapsOf', () => {
  it.each([
    ['nothing was left out', {}, []],
    ['a source stood in for another', { problems: [problem] }, []],
    ['it failed', { status: 'failed', problems: [problem] } as const, [problem]],
    ['it failed, nobody knows why', { status: 'failed' } as const, [incomplete]],
    ['it was not listed whole', { complete: false, problems: [problem, incomplete] }, [problem]],
    [
      'it missed the memory, the document and more',
      { status: 'failed', problems: [problem, memory, document, memory] } as const,
      [problem, memory, document],
    ],
    [
      'it missed the document and the memory',
      { complete: false, decisive: document, problems: [document, problem, memory] },
      [document, memory],
    ],
    ['one finding was refused', refused(1, 0), [notTaken('1 finding')]],
    ['two findings were not sent', refused(0, 2), [notTaken('2 findings')]],
    ['it is gone', { status: 'gone', complete: false, problems: [problem], gaps: [unread] } as const, []],
  ])('says of a cluster: %s', (_what, change, problems) => {
    expect(gapsOf(answer(blue, change))).toStrictEqual(problems.map((each) => ({ ...ofCluster, problem: each })));
  });

  it('names node groups behind what is wrong with the whole', () => {
    expect(gapsOf(answer(blue, { gaps: [unread] }))).toStrictEqual([{ ...ofCluster, ...unread }]);
    expect(gapsOf(answer(blue, { complete: false, gaps: [unread] }))).toStrictEqual([
      { ...ofCluster, problem: incomplete },
      { ...ofCluster, ...unread },
    ]);
  });

  it('says of a Region what kept its findings from being taken', () => {
    expect(gapsOf(answer(region))).toStrictEqual([]);
    expect(gapsOf(answer(region, { problems: [problem] }))).toStrictEqual([{ ...ofRegion, problem }]);
    expect(gapsOf(answer(region, refused(1, 1)))).toStrictEqual([{ ...ofRegion, problem: notTaken('2 findings') }]);
  });
});

describe('notAudited', () => {
  const remedy = 'audit it again; a deployed run that is started again under its id audits only what is missing';

  it('says what of an item is missing', () => {
    expect(notAudited(blue)).toStrictEqual({
      ...ofCluster,
      problem: { code: 'not-audited', message: 'cluster blue was not audited', remedy },
    });
    expect(notAudited(region)).toStrictEqual({
      ...ofRegion,
      problem: { code: 'not-audited', message: 'gone clusters were not looked for', remedy },
    });
  });
});
