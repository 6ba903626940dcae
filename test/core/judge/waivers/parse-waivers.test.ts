import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWaivers } from '../../../../lambda/core/judge/waivers/parse-waivers.ts';

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
const options = { benchmark: 'cis-eks-1.8.0', now: new Date('2026-11-28T12:00:00Z'), longestWaiver: 365 } as const;
const fileOf = (...entries: readonly object[]) => JSON.stringify({ waivers: entries });
const errorsOf = (content: string) => {
  const parsed = parseWaivers(content, options);
  return parsed.ok ? [] : parsed.error;
};

const everyone = 'name names everyone of a kind; write a name, or a part of one, behind the last : or /';
const shape = "the file must hold 'waivers:', a list of entries, and may hold 'allowedProxyHolders:', and nothing else";

describe('a file of waivers', () => {
  it('is read as YAML, where nothing needs quotes, and as JSON', () => {
    const { nodeGroup: _, region: __, ...written } = { ...sound, control: '3.2.3' };
    const fields = Object.entries(written).map(([name, value]) => `    ${name}: ${value}\n`);
    const yaml = `# why: https://tickets.example/17\nwaivers:\n  -\n${fields.join('')}`;
    const value = [{ ...written, control: 'kubelet-client-ca-file', nodeGroup: '*' }];
    expect(parseWaivers(yaml, options)).toStrictEqual({ ok: true, value });
    const json = [{ ...sound, nodeGroupKind: 'managed' }];
    expect(parseWaivers(fileOf(sound), options)).toEqual({ ok: true, value: json });
  });

  it.each([
    [{ nodeGroup: 'legacy' }, 'managed'],
    [{ nodeGroup: 'legacy', nodeGroupKind: 'karpenter' }, 'karpenter'],
    [{ nodeGroup: '*' }, undefined],
    [{ nodeGroup: '*', nodeGroupKind: 'self-managed' }, 'self-managed'],
  ])('of %j is about node groups of kind %s', (change, kind) => {
    const parsed = parseWaivers(fileOf({ ...sound, ...change }), options);
    expect(parsed.ok && parsed.value.map((each) => each.nodeGroupKind)).toEqual([kind]);
  });

  it('names a script in place of a control, under every one', () => {
    const { control, ...rest } = sound;
    const script = 'ab'.repeat(32);
    const value = [{ ...rest, script, control: '*', nodeGroupKind: 'managed' }];
    expect(parseWaivers(fileOf({ ...rest, script }), options)).toEqual({ ok: true, value });
    expect(errorsOf(fileOf({ ...rest, script, control }, { ...rest, script: 'AB'.repeat(32) }))).toEqual([
      expect.stringContaining("waiver 1: unknown field 'control'"),
      'waiver 2: script is no SHA-256 of 64 lower-case hexadecimal digits',
    ]);
  });

  it('may hold none', () => {
    expect(parseWaivers('waivers: []', options)).toEqual({ ok: true, value: [] });
  });

  it.each(['eu-west-1', 'us-gov-west-1', 'us-isob-east-1', 'eusc-de-east-1'])('knows the Region %s', (region) => {
    expect(errorsOf(fileOf({ ...sound, region }))).toEqual([]);
  });

  const known = 'control, cluster, nodeGroup, nodeGroupKind, account, region, reason, owner, expires';
  const nearest = 'kubelet-client-ca-file, kubelet-event-qps, client-ca-expiry; the command controls lists all';
  const kinds = 'managed, karpenter, auto-scaling-group, auto-mode, fargate, hybrid, self-managed';
  const moving = `a\u001b[31m${'b'.repeat(80)}`;
  const knownAre = `known fields are ${known}`;
  it.each<[string, object, string]>([
    ['an unknown field', { nodegroup: 'x' }, "unknown field 'nodegroup'; did you mean 'nodeGroup'?"],
    ['an unknown field', { expiry: 'x' }, "unknown field 'expiry'; did you mean 'expires'?"],
    [
      'many unknown fields',
      Object.fromEntries([...'abcdefg'].map((each) => [each.repeat(9), 1])),
      `${[...'abcde'].map((each) => `unknown field '${each.repeat(9)}'; `).join('')}2 more unknown fields; ${knownAre}`,
    ],
    ['moving text', { [moving]: 1 }, `unknown field 'a ${'b'.repeat(80)}'; ${knownAre}`],
    [
      'an unknown control',
      { control: 'kubelet-client-ca' },
      `no control 'kubelet-client-ca' in cis-eks-1.8.0; the nearest: ${nearest}`,
    ],
    ['no owner', { owner: undefined }, 'owner is missing or no text'],
    ['several owners', { owner: ['a', 'b'] }, 'owner is missing or no text'],
    ['a blank reason', { reason: ' ' }, 'reason is blank'],
    ['a long reason', { reason: 'r'.repeat(201) }, 'reason is longer than 200 characters'],
    ['a long owner', { owner: 'o'.repeat(101) }, 'owner is longer than 100 characters'],
    ['a long control', { control: 'c'.repeat(101) }, 'control is longer than 100 characters'],
    ['a long cluster', { cluster: 'c'.repeat(101) }, 'cluster is longer than 100 characters'],
    ['a long node group', { nodeGroup: 'n'.repeat(257) }, 'nodeGroup is longer than 256 characters'],
    ['a reason that moves a terminal', { reason: 'a\u001b[31mb' }, 'reason is not one line of printable text'],
    ['a reason of two lines', { reason: 'a\nb' }, 'reason is not one line of printable text'],
    ['no date', { expires: 'tomorrow' }, 'expires is no date such as 2026-12-31'],
    ['a short account', { account: '12345678901' }, 'account is no account number of 12 digits'],
    ['a Region that is none', { region: 'Ireland' }, 'region is no Region such as eu-west-1'],
    ['a kind that is none', { nodeGroupKind: 'mine' }, `nodeGroupKind is not one of ${kinds}`],
  ])('reports %s, and in which entry', (_, change, text) => {
    expect(errorsOf(fileOf(sound, { ...sound, ...change }))).toEqual([`waiver 2: ${text}`]);
  });

  it('reports an entry that is none', () => {
    const text = `is no entry with the fields ${known}`;
    expect(errorsOf('waivers: [[], x]')).toEqual([`waiver 1: ${text}`, `waiver 2: ${text}`]);
  });

  it.each([
    '2026-02-30',
    '2026-13-01',
    '2026-00-01',
    '2026-1-31',
    '2026-01-1',
    '26-12-31',
    '12026-12-31',
    '2026-12-311',
    '+002026-12-31',
    '+012026-12',
    '2026/12/31',
    '2026-12-31 ',
    '',
    ' 2026-12-31',
    '2026-12-31T00:00:00Z',
  ])('takes %j for no date', (expires) => {
    expect(errorsOf(fileOf({ ...sound, expires }))).toEqual(['waiver 1: expires is no date such as 2026-12-31']);
  });

  it('takes texts as long as they may be, and the spaces around words off', () => {
    const long = { ...sound, cluster: 'c'.repeat(100), nodeGroup: 'n'.repeat(256), expires: '2027-02-28' };
    const [reason, owner] = ['r'.repeat(198), 'o'.repeat(98)];
    const parsed = parseWaivers(fileOf({ ...long, reason: ` ${reason} `, owner: ` ${owner} ` }), options);
    expect(parsed).toEqual({ ok: true, value: [{ ...long, nodeGroupKind: 'managed', reason, owner }] });
  });

  it('may be as long as it may, and hold as many as it may', () => {
    const comment = (length: number) => `waivers: [] # ${'x'.repeat(length - 14)}`;
    expect(errorsOf(comment(512 * 1024))).toEqual([]);
    expect(errorsOf(comment(512 * 1024 + 1))).toEqual(['the file is longer than 524288 characters']);
    const many = (count: number) => errorsOf(`waivers: [${'x,'.repeat(count)}]`);
    expect(many(2000)).toHaveLength(2000);
    expect(many(2001)).toEqual(['2001 waivers are more than 2000']);
  });

  it('reports every error at once', () => {
    const errors = errorsOf(fileOf({ ...sound, owner: '' }, sound, { ...sound, expires: '', cluster: '' }));
    const third = ['cluster is blank', 'expires is no date such as 2026-12-31'].map((each) => `waiver 3: ${each}`);
    expect(errors).toEqual(['waiver 1: owner is blank', ...third]);
  });

  const escaped = 'a text hides a character behind an escape; write the character itself';
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nwaivers: [${'*b,'.repeat(20)}]`;
  it.each([
    ['no YAML', 'waivers: [', 'line 1: not valid YAML or JSON (BAD_INDENT)'],
    ['a repeated key', 'waivers: []\nwaivers: []', 'line 2: not valid YAML or JSON (DUPLICATE_KEY)'],
    ['two documents', 'waivers: []\n---\nwaivers: []', 'line 2: not valid YAML or JSON (MULTIPLE_DOCS)'],
    ['a tag', 'waivers:\n  - control: !foo x', 'line 2: not valid YAML or JSON (TAG_RESOLVE_FAILED)'],
    ['a list without a name', '- control: 3.2.3', shape],
    ['more than the list', 'waivers: []\nversion: 1', shape],
    ['no list', 'waivers: x', shape],
    ['no list of holders', 'allowedProxyHolders: x', shape],
    ['nothing', '', shape],
    ['an empty object', '{}', shape],
    ['a star that is written as an escape', 'waivers:\n  - cluster: "\\x2a"', `line 2: ${escaped}`],
    ['a letter of JSON that is', '{"waivers": [{"control": "\\u0033.2.3"}]}', `line 1: ${escaped}`],
    ['an alias bomb', bomb, 'aliases that repeat too much'],
    ['a megabyte', `# ${'x'.repeat(1_000_000)}`, 'the file is longer than 524288 characters'],
  ])('refuses %s', (_, content, text) => {
    expect(errorsOf(content)).toEqual([text]);
  });

  describe('who may hold nodes/proxy', () => {
    const owned = { reason: 'until it moves', owner: 'sre', expires: '2026-12-31' };
    const holder = { kind: 'ServiceAccount', name: 'monitoring/agent', cluster: 'prod-*', ...owned };
    const fields = 'kind, name, cluster, account, region, reason, owner, expires';
    const holdersOf = (...entries: readonly object[]) => JSON.stringify({ allowedProxyHolders: entries });

    it.each(['User', 'Group', 'ServiceAccount', 'IAM'])('may be a %s, which is about one holder alone', (kind) => {
      const entry = { cluster: 'prod-*', ...owned, account: '012345678901', region: 'eu-west-1' };
      const name = 'n'.repeat(300);
      const written = holdersOf({ ...entry, kind, name, reason: ` ${entry.reason} `, owner: ' sre ' });
      const value = [{ ...entry, control: 'cluster-proxy-holders', nodeGroup: '*', holder: { kind, name } }];
      expect(parseWaivers(written, { ...options, benchmark: 'cis-eks-1.2.0' })).toEqual({ ok: true, value });
    });

    it.each([
      ['everyone', { name: '**' }, everyone],
      ['everyone, with spaces', { name: ' * ' }, everyone],
      ['every ARN', { name: 'arn:*' }, everyone],
      ['everyone of the system', { name: 'system:*' }, everyone],
      ['everyone of a kind', { name: '*:*' }, everyone],
      ['what every ARN begins with', { name: 'arn*' }, everyone],
      ['what everyone of the system begins with', { name: '*s*' }, everyone],
      ['letters between stars, which most names have', { name: '*d*e*v*' }, everyone],
      ['every role of an account', { name: 'arn:aws:iam::111122223333:role/*' }, everyone],
      ['an escaped star', { name: 'team\\*' }, 'name has a backslash; a star cannot be escaped'],
      ['a name that reads otherwise', { name: 'team\u202ea' }, 'name is not one line of printable text'],
      ['a long name', { name: 'n'.repeat(301) }, 'name is longer than 300 characters'],
      ['a long cluster', { cluster: 'c'.repeat(101) }, 'cluster is longer than 100 characters'],
      ['another kind', { kind: 'Role' }, 'kind is not one of User, Group, ServiceAccount, IAM'],
      ['nobody who answers for it', { owner: ' ' }, 'owner is blank'],
      ['no end', { expires: 'never' }, 'expires is no date such as 2026-12-31'],
      ['a node group', { nodeGroup: 'x' }, `unknown field 'nodeGroup'; known fields are ${fields}`],
    ])('is refused with %s', (_, change, text) => {
      expect(errorsOf(holdersOf(holder, { ...holder, ...change }))).toEqual([`allowed proxy holder 2: ${text}`]);
    });

    it('is refused where an entry is none', () => {
      const error = `allowed proxy holder 1: is no entry with the fields ${fields}`;
      expect(errorsOf('allowedProxyHolders: [x]')).toEqual([error]);
    });

    it('counts to the bound of the file', () => {
      const many = (count: number) => errorsOf(`waivers: [x]\nallowedProxyHolders: [${'x,'.repeat(count)}]`);
      expect(many(1999)).toHaveLength(2000);
      expect(many(2000)).toEqual(['2001 waivers are more than 2000']);
    });
  });

  it('never throws, whatever is in it', () => {
    const content = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json());
    const answers = fc.property(content, (each) => typeof parseWaivers(each, options).ok === 'boolean');
    fc.assert(answers, { numRuns: 500 });
  });
});

it.each(['waivers', 'allowedProxyHolders'])('%s hold for as long as the settings allow, to the day', (list) => {
  const { nodeGroup: _, control: __, ...common } = sound;
  const entry = list === 'waivers' ? sound : { ...common, kind: 'User', name: 'jane' };
  const errors = (expires: string, longestWaiver = 365) => {
    const parsed = parseWaivers(JSON.stringify({ [list]: [{ ...entry, expires }] }), { ...options, longestWaiver });
    return parsed.ok ? [] : parsed.error;
  };

  expect([errors('2027-11-28'), errors('2026-12-05', 7)]).toEqual([[], []]);
  const tooLate = / 1: expires is after 2027-11-28, the last day that longestWaiver \(365 days\) allows$/;
  expect(errors('2027-11-29')).toEqual([expect.stringMatching(tooLate)]);
});

const texts = ['control', 'cluster', 'nodeGroup', 'reason', 'owner'];
it.each(texts)('holds no character in %s that hides or reorders text', (field) => {
  const error = `waiver 1: ${field} is not one line of printable text`;
  for (const character of ['\u0007', '\u202e', '\u200b', '\u001b[2J', '\n'])
    expect(errorsOf(fileOf({ ...sound, [field]: `a${character}b` }))).toContain(error);
});
