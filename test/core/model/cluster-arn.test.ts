import { describe, expect, it } from 'vitest';
import { clusterArnOf, parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';

const parts = { partition: 'aws', region: 'eu-west-1', accountId: '111122223333' };
const arn = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod';

describe('the ARN of a cluster', () => {
  it('is read into its parts, and made of them', () => {
    expect(parseClusterArn(arn)).toEqual({ arn, ...parts, name: 'prod' });
    expect(clusterArnOf(parts, 'prod')).toEqual({ arn, ...parts, name: 'prod' });
  });

  it.each([
    'arn:aws-cn:eks:cn-north-1:111122223333:cluster/a',
    'arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/A_b-0',
    `arn:aws:eks:eusc-de-east-1:111122223333:cluster/${'a'.repeat(100)}`,
  ])('may be %s', (text) => {
    const read = parseClusterArn(text);
    expect(read && clusterArnOf(read, read.name)).toEqual(read);
    expect(read?.arn).toBe(text);
  });

  const noClusters = ['ec2:eu-west-1:111122223333:cluster/prod', 'eks:1u-west-1:111122223333:cluster/prod'];
  const noAccounts = ['eks:eu-west-1:11112222333:cluster/prod', 'eks:eu-west-1:1111222233334:cluster/prod'];
  const names = ['nodegroup/prod', 'cluster/-prod', 'cluster/pr od', `cluster/${'a'.repeat(101)}`];
  const noNames = names.map((name) => `eks:eu-west-1:111122223333:${name}`);
  const others = ['', 'prod', `${arn}/`, ` ${arn}`, `${arn}\n`, arn.replace('aws', 'azure')];
  const all = [...noClusters, ...noAccounts, ...noNames].map((rest) => `arn:aws:${rest}`);
  it.each([...others, ...all])('is not %j', (text) => {
    expect(parseClusterArn(text)).toBeUndefined();
  });
});
