import { describe, expect, it } from 'vitest';
import { remediationEnvironment } from '../../../lambda/contract/remediation-names.ts';
import { approversFrom } from '../../../lambda/wiring/open/remediation.ts';

const place = { partition: 'aws-cn', accountId: '111122223333' };
const approvers = (text: string | undefined) => approversFrom({ [remediationEnvironment.approvers]: text })(place);

describe('approversFrom', () => {
  it('takes names in the account that is to be fixed, and whole ARNs', () => {
    expect(approvers('role/OnCall,user/ann,arn:aws:iam::444455556666:role/a/b')).toEqual([
      'arn:aws-cn:iam::111122223333:role/OnCall',
      'arn:aws-cn:iam::111122223333:user/ann',
      'arn:aws:iam::444455556666:role/a/b',
    ]);
  });

  it.each([undefined, ''])('wants somebody who may approve: %s', (text) => {
    expect(() => approvers(text)).toThrow('is not set');
  });

  it.each(['everybody', 'role/', 'role/a b', 'role/a,', 'arn:aws:s3:::bucket', Array(11).fill('role/a').join()])(
    'names no approver: %s',
    (text) => {
      expect(() => approvers(text)).toThrow('names no approvers');
    },
  );
});
