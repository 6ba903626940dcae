import { describe, expect, it } from 'vitest';
import { coverageLines as linesOf } from '../../../../lambda/core/report/terminal/coverage-lines.ts';
import type { Coverage } from '../../../../lambda/core/run/coverage.ts';
import { wholeCoverage } from '../../run/complete-run.ts';

const coverageLines = (coverage: Coverage, width = Number.POSITIVE_INFINITY) => linesOf(coverage, width);
const counts = { accounts: 12, regions: 31, clusters: { found: 40, audited: 40, gone: 0, failed: 0 } };
const whole: Coverage = { ...wholeCoverage, ...counts };
const problem = (code: string, message: string, remedy: string) => ({ problem: { code, message, remedy } });
const denied = (region: string) => {
  const because = problem('region-denied-by-policy', `${region} is denied`, 'nothing, when it is meant so');
  return { accountId: '111122223333', region, ...because };
};
const slow = (region: string) => {
  return { ...denied(region), ...problem('other', `ListClusters in ${region} failed`, 'try again') };
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

  it('name every gap, and tell once what to do about all that have the same remedy', () => {
    const cluster = { accountId: '1', region: 'eu-west-1', cluster: 'shop', ...problem('c', 'm', 'r') };
    expect(coverageLines({ ...whole, gaps: [noRole('1'), cluster, noRole('2')] }).slice(1)).toEqual([
      '  ! 1: no role in 1',
      '  ! 2: no role in 2',
      '    deploy the member stack there',
      '  ! 1 eu-west-1 shop: m',
      '    r',
    ]);
  });

  it('tell one cause in many Regions of an account once, with the name of each Region', () => {
    const skipped = [denied('eu-north-1'), noRole('2'), denied('eu-south-1'), denied('ap-east-1')];

    expect(coverageLines({ ...whole, skipped }).slice(1)).toEqual([
      '  Left out on purpose:',
      '  - 111122223333: 3 Regions denied by policy: eu-north-1, eu-south-1, ap-east-1',
      '    nothing, when it is meant so',
      '  - 2: no role in 2',
      '    deploy the member stack there',
    ]);
  });

  it('show one message where the cause has no short name', () => {
    const regions = '111122223333: 2 Regions (eu-west-1, eu-west-2), such as eu-west-1';
    const [, line] = coverageLines({ ...whole, gaps: [slow('eu-west-1'), slow('eu-west-2')] });
    expect(line).toBe(`  ! ${regions}: ListClusters in eu-west-1 failed`);
  });

  it('name the Regions in which one thing failed without an account, or Security Hub CSPM is off', () => {
    const two = ['eu-west-1', 'eu-west-2'].map(slow).map(({ accountId: _, ...place }) => place);
    const off = ['eu-west-1', 'eu-west-2'].map((region) => ({
      ...denied(region),
      ...problem('security-hub-off', 'off', 'turn it on'),
    }));
    expect(coverageLines({ ...whole, gaps: [...two, ...off] }).slice(1)).toMatchSnapshot();
    expect(coverageLines({ ...whole, gaps: off.slice(1) }).slice(1)).toMatchSnapshot();
  });

  it('are no wider than the screen', () => {
    const gaps = Array.from({ length: 30 }, (_, index) => denied(`eu-middle-${index}`));
    const lines = coverageLines({ ...whole, gaps }, 80).flatMap((each) => each.split('\n'));

    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.join(' ')).toContain('eu-middle-29');
  });
});
