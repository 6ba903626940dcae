import { describe, expect, it } from 'vitest';
import { gapLines, coverageLines as linesOf } from '../../../../lambda/core/report/terminal/coverage-lines.ts';
import type { Coverage } from '../../../../lambda/core/run/coverage.ts';
import { wholeCoverage } from '../../run/complete-run.ts';

const coverageLines = (coverage: Coverage, width = Number.POSITIVE_INFINITY) => linesOf(coverage, { width });
const screen = { width: 1_000, head: '  ! ' };
const counts = { accounts: 12, regions: 31, clusters: { found: 40, audited: 40, gone: 0, failed: 0 } };
const whole: Coverage = { ...wholeCoverage, ...counts };
const problem = (code: string, message: string, remedy: string) => ({ problem: { code, message, remedy } });
const denied = (region: string) => {
  const because = problem('region-denied-by-policy', `${region} is denied`, 'nothing, when it is meant so');
  return { accountId: '111122223333', region, ...because };
};
const noRole = (accountId: string) => {
  return { accountId, ...problem('member-role-missing', `no role in ${accountId}`, 'deploy the member stack there') };
};

describe('the lines about coverage', () => {
  it('are one where everything was looked at', () => {
    expect(coverageLines(whole)).toEqual(['Coverage: 12 accounts, 31 account-Regions, 40 clusters audited']);
  });

  it('count what left and what failed, and what is no gap: booting nodes and machines without a kubelet', () => {
    const clusters = { found: 4, audited: 1, gone: 1, failed: 2 };
    const [line] = coverageLines({ ...whole, accounts: 1, regions: 1, clusters });
    const audited = '1 cluster audited, 1 gone meanwhile, 2 not audited';
    expect(line).toBe(`Coverage: 1 account, 1 account-Region, ${audited}`);
    const [noGap] = coverageLines({ ...whole, bootingNodes: 2, machinesWithoutKubelet: 1 });
    const others = '2 nodes still booting, 1 machine without a kubelet';
    expect(noGap).toBe(`Coverage: 12 accounts, 31 account-Regions, 40 clusters audited, ${others}`);
  });

  it('say a cause that many places have once, with its places and its remedy', () => {
    const cluster = { accountId: '1', region: 'eu-west-1', cluster: 'shop', ...problem('c', 'm', 'r') };
    const roles = Array.from({ length: 47 }, (_, index) => noRole(String(111_122_220_000 + index)));
    expect(gapLines([...roles, cluster], screen)).toEqual([
      '  ! 47 accounts, such as 111122220000: no role in 111122220000',
      '    → deploy the member stack there',
      '  ! 1/eu-west-1/shop: m',
      '    → r',
    ]);
  });

  it('name each place when details are wanted', () => {
    const gaps = Array.from({ length: 30 }, (_, index) => denied(`eu-middle-${index}`));
    const lines = gapLines(gaps, { ...screen, verbose: true }).join();
    for (const { region } of gaps) expect(lines).toContain(`/${region}`);
    expect(lines).toMatch(/ {2}! 30 account-Regions: /);
  });

  it('keep messages apart that say different things, unless there are many', () => {
    const saying = (...words: readonly string[]) =>
      words.map((word, index) => ({ accountId: '1', region: 'r', cluster: `c${index}x`, ...problem('c', word, 'r') }));
    const lines = (gaps: Coverage['gaps']) => gapLines(gaps, screen);
    expect(lines(saying('5 machines of a', '1 machine of a', 'of b'))).toHaveLength(3);
    expect(lines(saying('of a', 'of b', 'of c', 'of d'))).toEqual(['  ! 4 clusters, such as 1/r/c0x: of a', '    → r']);
  });

  it('are no wider than the screen', () => {
    const gaps = Array.from({ length: 30 }, (_, index) => denied(`eu-middle-${index}`));
    const lines = coverageLines({ ...whole, skipped: gaps }, 80).flatMap((each) => each.split('\n'));

    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.join(' ')).toContain('30 account-Regions');
  });
});
