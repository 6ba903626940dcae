import { describe, expect, it } from 'vitest';
import { wantedClusters } from '../../../lambda/core/run/discovery.ts';
import { arn } from '../findings/compliant-audit.ts';
import { blue, green, region } from './complete-run.ts';

const { accountId } = arn;
const elsewhere = 'arn:aws:eks:eu-central-1:111122223333:cluster/blue';
const otherAccount = { ...blue, accountId: '999988887777' };
const otherRegion = { ...blue, region: 'eu-central-1' };

describe('wantedClusters', () => {
  it('is every cluster and Region where none was named', () => {
    const wanted = wantedClusters([]);
    expect(wanted.all).toBe(true);
    expect([blue, green, region].map(wanted.has)).toEqual([true, true, true]);
    expect(wanted.missingFrom([])).toEqual([]);
    expect(wanted.regionsOf(accountId, [])).toBe('any');
    expect(wanted.regionsOf(accountId, ['b', 'a', 'b'])).toEqual(['b', 'a']);
  });

  it('is by its name any cluster that is called so, wherever it is', () => {
    const wanted = wantedClusters(['blue']);
    expect(wanted.all).toBe(false);
    expect([blue, otherAccount, otherRegion, green, region].map(wanted.has)).toEqual([true, true, true, false, false]);
    expect(wanted.regionsOf(accountId, [])).toBe('any');
    expect(wanted.regionsOf(accountId, ['eu-west-1', 'eu-west-1'])).toEqual(['eu-west-1']);
  });

  it('is by its ARN that one alone', () => {
    const wanted = wantedClusters([arn.arn]);
    expect(wanted.all).toBe(false);
    expect([blue, otherAccount, otherRegion, green, region].filter(wanted.has)).toEqual([blue]);
  });

  it('is by ARNs in their Regions only, of those that are configured', () => {
    const wanted = wantedClusters([arn.arn, elsewhere, `${elsewhere}-2`]);
    expect(wanted.regionsOf(accountId, [])).toEqual(['eu-west-1', 'eu-central-1']);
    expect(wanted.regionsOf(accountId, ['us-east-1', 'eu-central-1'])).toEqual(['eu-central-1']);
    expect(wanted.regionsOf('999988887777', [])).toEqual([]);
  });

  it('is in any Region, when a name is given beside an ARN', () => {
    const wanted = wantedClusters([arn.arn, 'green']);
    expect(wanted.regionsOf(accountId, [])).toBe('any');
    expect([blue, otherAccount, green].map(wanted.has)).toEqual([true, false, true]);
  });

  it('misses each name of which there is no item, once', () => {
    const wanted = wantedClusters(['green', arn.arn, 'black', 'black']);
    expect(wanted.missingFrom([])).toEqual(['green', arn, 'black']);
    expect(wanted.missingFrom([otherRegion, green, region])).toEqual([arn, 'black']);
    expect(wanted.missingFrom([blue, green])).toEqual(['black']);
  });
});
