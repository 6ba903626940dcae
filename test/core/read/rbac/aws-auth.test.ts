import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAwsAuth } from '../../../../lambda/core/read/rbac/aws-auth.ts';

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
    const common = { from: 'aws-auth', policies: [] };
    const groups = ['system:bootstrappers', 'system:nodes'];
    const [arn, username] = ['arn:aws:iam::000000000012:role/nodes', 'system:node:{{EC2PrivateDNSName}}'];
    const ann = { arn: 'arn:aws:iam::111122223333:user/ann', username: '0123', groups: ['system:masters'] };
    const value = [{ arn, username, groups }, ann].map((each) => ({ ...each, ...common }));
    expect(read).toEqual({ ok: true, value });
  });

  it('gives an entry without name and groups the empty name and none', () => {
    const unnamed = { arn: 'arn:x', username: '', groups: [], from: 'aws-auth', policies: [] };

    expect(parseAwsAuth({ mapRoles: '- rolearn: arn:x\n' })).toEqual({ ok: true, value: [unnamed] });
    expect(parseAwsAuth({ mapUsers: '- userarn: arn:x\n' })).toEqual({ ok: true, value: [unnamed] });
  });

  it('is read with an anchor and its alias', () => {
    const read = parseAwsAuth({ mapRoles: '- rolearn: arn:x\n  groups: &g [ops]\n- rolearn: arn:y\n  groups: *g\n' });
    expect(read.ok && read.value.map(({ arn, groups }) => `${arn} ${groups}`)).toEqual(['arn:x ops', 'arn:y ops']);
  });

  const empty = ['', ' \n', '# x\n', '[]'].map((mapRoles) => ({ mapRoles }));
  it.each([{}, { mapUsers: '|\n' }, ...empty])('lets nobody in where it says %o', (data) => {
    expect(parseAwsAuth(data)).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['no YAML', 'a: b: c'],
    ['no list', 'rolearn: arn:aws:iam::111122223333:role/x'],
    ['an entry without its ARN', `${node}- username: ann\n  groups: [system:masters]\n`],
    ['groups that are no list', '- rolearn: arn:x\n  groups: system:masters\n'],
    ['a key twice', '- rolearn: arn:x\n  rolearn: arn:y\n'],
    ['two documents', `${node}---\n${node}`],
    ['a custom tag', '- !!js/function "x"\n'],
    ['more than there is room for', `- ${'x'.repeat(2_000_000)}`],
  ])('is not read at all with %s', (_, mapRoles) => {
    expect(parseAwsAuth({ mapRoles }).ok).toBe(false);
  });

  const tooMany = 'is no list in YAML of at most 10000 entries';
  const without = (what: string) => `has no ${what}, or something else as username or groups`;
  const long = { mapRoles: '#'.repeat(1_500_001) };
  const misplaced = `entry 2 of mapRoles ${without('rolearn')}: {"userarn":"arn:x"}`;
  const cut = `entry 1 of mapUsers ${without('userarn')}: "${'x'.repeat(98)}…`;
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['the longest text and one more', long, 'mapRoles is longer than 1500000 characters'],
    ['no list', { mapUsers: 'x' }, `mapUsers ${tooMany}`],
    ['more entries than are looked at', { mapRoles: `[${'x,'.repeat(10_001)}]` }, `mapRoles ${tooMany}`],
    ['a user in the place of a role', { mapRoles: `${node}- userarn: arn:x\n` }, misplaced],
    ['an entry of which a line is shown', { mapUsers: `- "${'x'.repeat(200)}"` }, cut],
  ])('says why it is not read: %s', (_, data, because) => {
    expect(parseAwsAuth(data)).toEqual({ ok: false, error: because });
  });

  it('is read up to the longest text and the last entry that is looked at', () => {
    expect(parseAwsAuth({ mapRoles: '#'.repeat(1_500_000) })).toEqual({ ok: true, value: [] });

    const full = parseAwsAuth({ mapRoles: `[${'x,'.repeat(10_000)}]` });
    expect(full).toEqual({ ok: false, error: expect.stringMatching(/^entry 1 of mapRoles has no rolearn, /) });
  });

  it.each([
    ['its ARN', (word: string) => `- rolearn: ${word}\n`],
    ['its user name', (word: string) => `- rolearn: x\n  username: ${word}\n`],
    ['a group', (word: string) => `- rolearn: x\n  groups: [${word}]\n`],
  ])('takes %s of 2,048 characters and no longer one', (_, entryOf) => {
    expect(parseAwsAuth({ mapRoles: entryOf('x'.repeat(2048)) }).ok).toBe(true);
    expect(parseAwsAuth({ mapRoles: entryOf('x'.repeat(2049)) }).ok).toBe(false);
  });

  it('takes no empty ARN and no empty group', () => {
    expect(parseAwsAuth({ mapRoles: "- rolearn: ''\n" }).ok).toBe(false);
    expect(parseAwsAuth({ mapRoles: "- rolearn: x\n  groups: ['']\n" }).ok).toBe(false);
  });

  it('says nothing by what only a prototype has', () => {
    expect(parseAwsAuth(Object.create({ mapRoles: 'x' }))).toEqual({ ok: true, value: [] });
  });

  it('never throws, whatever is written there', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (mapRoles, mapUsers) => void parseAwsAuth({ mapRoles, mapUsers })));
  });
});
