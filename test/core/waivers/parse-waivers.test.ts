import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWaivers } from '../../../lambda/core/waivers/parse-waivers.ts';

const sound = {
  control: 'kubelet-client-ca-file',
  cluster: 'prod-*',
  nodeGroup: 'legacy',
  account: '012345678901',
  region: 'eu-west-1',
  reason: 'replaced in January',
  owner: 'team-payments',
  expires: '2026-12-31',
};
const fileOf = (...entries: readonly object[]) => JSON.stringify({ waivers: entries });
const errorsOf = (content: string) => {
  const parsed = parseWaivers(content, 'cis-eks-1.8.0');
  return parsed.ok ? [] : parsed.error;
};

describe('a file of waivers', () => {
  it('is read as YAML, where nothing needs quotes', () => {
    const content = `
# why: https://tickets.example/17
waivers:
  - control: 3.2.3
    cluster: prod-*
    account: 012345678901
    reason: replaced in January
    owner: team-payments
    expires: 2026-12-31
`;
    expect(parseWaivers(content, 'cis-eks-1.8.0')).toEqual({
      ok: true,
      value: [
        {
          control: 'kubelet-client-ca-file',
          cluster: 'prod-*',
          nodeGroup: '*',
          account: '012345678901',
          reason: 'replaced in January',
          owner: 'team-payments',
          expires: '2026-12-31',
        },
      ],
    });
  });

  it('is read as JSON', () => {
    expect(parseWaivers(fileOf(sound), 'cis-eks-1.8.0')).toEqual({
      ok: true,
      value: [{ ...sound, nodeGroupKind: 'managed' }],
    });
  });

  it.each([
    [{ nodeGroup: 'legacy' }, 'managed'],
    [{ nodeGroup: 'legacy', nodeGroupKind: 'karpenter' }, 'karpenter'],
    [{ nodeGroup: '*' }, undefined],
    [{ nodeGroup: '*', nodeGroupKind: 'self-managed' }, 'self-managed'],
  ])('of %j is about node groups of kind %s', (change, kind) => {
    const parsed = parseWaivers(fileOf({ ...sound, ...change }), 'cis-eks-1.8.0');
    expect(parsed.ok && parsed.value.map((each) => each.nodeGroupKind)).toEqual([kind]);
    expect(errorsOf(fileOf({ ...sound, nodeGroupKind: 'mine' }))).toEqual([
      expect.stringContaining('nodeGroupKind is none of managed, karpenter'),
    ]);
  });

  it('may hold none', () => {
    expect(parseWaivers('waivers: []', 'cis-eks-1.8.0')).toEqual({ ok: true, value: [] });
  });

  it.each(['eu-west-1', 'us-gov-west-1', 'us-isob-east-1', 'eusc-de-east-1'])('knows the Region %s', (region) => {
    expect(errorsOf(fileOf({ ...sound, region }))).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['an unknown field', { ...sound, nodegroup: 'x' }, "unknown field 'nodegroup'; did you mean nodeGroup?"],
    ['an unknown field', { ...sound, expiry: 'x' }, "unknown field 'expiry'; did you mean expires?"],
    ['an unknown control', { ...sound, control: 'kubelet-client-ca' }, "no control 'kubelet-client-ca'"],
    ['a number of no control', { ...sound, control: '9.9.9' }, "no control '9.9.9'"],
    ['no owner', { ...sound, owner: undefined }, 'owner is missing'],
    ['a blank reason', { ...sound, reason: ' ' }, 'reason is blank'],
    ['a long reason', { ...sound, reason: 'r'.repeat(201) }, 'reason is longer than 200 characters'],
    ['a reason that moves a terminal', { ...sound, reason: 'a\u001b[31mb' }, 'reason is not one line'],
    ['a reason of two lines', { ...sound, reason: 'a\nb' }, 'reason is not one line'],
    ['no date', { ...sound, expires: 'tomorrow' }, 'expires is no date'],
    ['a day that is none', { ...sound, expires: '2026-02-30' }, 'expires is no date'],
    ['a short account', { ...sound, account: '12345678901' }, 'account is no account number'],
    ['a Region that is none', { ...sound, region: 'Ireland' }, 'region is no Region'],
    ['no entry', [], 'is no entry'],
  ])('tells %s, and in which entry', (_, entry, text) => {
    const [error, ...others] = errorsOf(fileOf(sound, entry));
    expect(others).toEqual([]);
    expect(error).toContain('waiver 2: ');
    expect(error).toContain(text);
  });

  it('tells every error at once', () => {
    expect(errorsOf(fileOf({ ...sound, owner: '' }, sound, { ...sound, expires: '', cluster: '' }))).toEqual([
      'waiver 1: owner is blank',
      'waiver 3: cluster is blank',
      'waiver 3: expires is no date such as 2026-12-31',
    ]);
  });

  it.each([
    ['no YAML', 'waivers: [', 'not valid YAML or JSON'],
    ['a repeated key', 'waivers: []\nwaivers: []', 'line 2'],
    ['two documents', 'waivers: []\n---\nwaivers: []', 'not valid'],
    ['a list without a name', '- control: 3.2.3', "'waivers:'"],
    ['more than the list', 'waivers: []\nversion: 1', "'waivers:'"],
    ['nothing', '', "'waivers:'"],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nwaivers: [${'*b,'.repeat(20)}]`,
      'aliases',
    ],
    ['a megabyte', `# ${'x'.repeat(1_000_000)}`, 'longer than'],
  ])('refuses %s', (_, content, text) => {
    expect(errorsOf(content).join()).toContain(text);
  });

  describe('who may hold nodes/proxy', () => {
    const holder = {
      kind: 'ServiceAccount',
      name: 'monitoring/agent',
      cluster: 'prod-*',
      reason: 'until it moves',
      owner: 'sre',
      expires: '2026-12-31',
    };
    const holdersOf = (...entries: readonly object[]) => JSON.stringify({ allowedProxyHolders: entries });

    it('is a list beside the waivers, each about one holder and nothing else', () => {
      expect(parseWaivers(holdersOf(holder), 'cis-eks-1.2.0')).toEqual({
        ok: true,
        value: [
          {
            control: 'cluster-proxy-holders',
            cluster: 'prod-*',
            nodeGroup: '*',
            holder: { kind: 'ServiceAccount', name: 'monitoring/agent' },
            reason: 'until it moves',
            owner: 'sre',
            expires: '2026-12-31',
          },
        ],
      });
    });

    it.each([
      ['everyone', { name: '**' }, 'names everyone'],
      ['another kind', { kind: 'Role' }, 'is none of User, Group, ServiceAccount, IAM'],
      ['nobody who answers for it', { owner: ' ' }, 'owner is blank'],
      ['no end', { expires: 'never' }, 'expires is no date'],
      ['a node group', { nodeGroup: 'workers' }, "unknown field 'nodeGroup'"],
    ])('is refused with %s', (_, change, text) => {
      expect(errorsOf(holdersOf(holder, { ...holder, ...change })).join()).toMatch(
        new RegExp(`^allowed proxy holder 2: .*${text}`),
      );
    });

    it('counts to the bound of the file', () => {
      expect(errorsOf(holdersOf(...Array.from({ length: 2001 }, () => holder))).join()).toContain('more than 2000');
    });
  });

  it('never throws, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json()), (content) => {
        expect(typeof parseWaivers(content, 'cis-eks-1.8.0').ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
