import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAwsAuth } from '../../../lambda/core/rbac/aws-auth.ts';

const node = `- rolearn: arn:aws:iam::000000000012:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
`;

describe('the ConfigMap aws-auth', () => {
  it('gives roles and users with their groups, every scalar as text', () => {
    const read = parseAwsAuth({
      mapRoles: node,
      mapUsers: '- userarn: arn:aws:iam::111122223333:user/ann\n  username: 0123\n  groups:\n  - system:masters\n',
      mapAccounts: '- "111122223333"\n',
    });
    expect(read).toMatchObject({
      ok: true,
      value: [
        {
          arn: 'arn:aws:iam::000000000012:role/nodes',
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:bootstrappers', 'system:nodes'],
        },
        { arn: 'arn:aws:iam::111122223333:user/ann', username: '0123', groups: ['system:masters'] },
      ],
    });
  });

  it.each([{}, { mapRoles: '' }, { mapRoles: '# nobody\n' }, { mapRoles: '[]' }])(
    'lets nobody in where it says %o',
    (data) => {
      expect(parseAwsAuth(data)).toEqual({ ok: true, value: [] });
    },
  );

  it.each([
    ['no YAML', 'a: b: c'],
    ['no list', 'rolearn: arn:aws:iam::111122223333:role/x'],
    ['an entry without its ARN', `${node}- username: ann\n  groups: [system:masters]\n`],
    ['groups that are no list', '- rolearn: arn:x\n  groups: system:masters\n'],
    ['a key twice', '- rolearn: arn:x\n  rolearn: arn:y\n'],
    ['two documents', `${node}---\n${node}`],
    ['a custom tag', '- !!js/function "x"\n'],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
    ],
    ['more than there is room for', `- ${'x'.repeat(2_000_000)}`],
  ])('is not read at all with %s', (_, mapRoles) => {
    expect(parseAwsAuth({ mapRoles }).ok).toBe(false);
  });

  it('never throws, whatever is written there', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (mapRoles, mapUsers) => void parseAwsAuth({ mapRoles, mapUsers })));
  });
});
