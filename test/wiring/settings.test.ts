import { describe, expect, it } from 'vitest';
import { environment } from '../../lambda/contract/environment.ts';
import { controlNamed, controlsOf } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { type RawSettings, settingsFrom, settingsFromEnvironment } from '../../lambda/wiring/settings.ts';

const region = { region: ['eu-west-1'] };
const arn = 'arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod';

describe('settingsFrom', () => {
  it('fills in the defaults', () => {
    expect(settingsFrom(region)).toMatchObject({
      accessPath: { by: 'aws', regions: ['eu-west-1'] },
      names: [],
      sources: ['configz', 'ssm'],
      benchmark: 'auto',
      scope: 'node-group',
      maxConcurrentNodes: 20,
      nodeTimeoutMs: 10_000,
      publish: false,
    });
  });

  it('takes the Region of a cluster ARN, and leaves AWS_REGION out then', () => {
    expect(settingsFrom({ clusters: [arn], defaultRegion: 'us-gov-east-1' }).accessPath).toEqual({
      by: 'aws',
      regions: ['us-gov-west-1'],
      homeRegion: 'us-gov-east-1',
      accounts: { kind: 'own' },
    });
  });

  it('takes every account of the organization, every Region of them, and our member role', () => {
    expect(settingsFrom({ organization: true, defaultRegion: 'eu-west-1' })).toMatchObject({
      accessPath: {
        by: 'aws',
        regions: [],
        homeRegion: 'eu-west-1',
        accounts: { kind: 'organization', units: [], exclude: [] },
        memberRole: 'EksKubeletAuditMember',
      },
      inVpc: 'unknown',
    });
  });

  it('takes single accounts, once each, with a role of another name and only the Regions that are named', () => {
    const account = ['111122223333', '444455556666', '111122223333'];
    expect(settingsFrom({ account, memberRole: 'Auditor', region: ['us-east-1', 'us-east-1'] }).accessPath).toEqual({
      by: 'aws',
      regions: ['us-east-1'],
      homeRegion: 'us-east-1',
      accounts: { kind: 'accounts', accounts: ['111122223333', '444455556666'] },
      memberRole: 'Auditor',
    });
  });

  it('reads a kubeconfig or a proxy by configz alone unless sources are named', () => {
    expect(settingsFrom({ kubeconfig: 'k' }).sources).toEqual(['configz']);
    expect(settingsFrom({ apiServer: 'http://127.0.0.1:8001' }).sources).toEqual(['configz']);
    expect(settingsFrom({ kubeconfig: 'k', sources: 'ssm,configz,ssm' }).sources).toEqual(['ssm', 'configz']);
  });

  it('asks for handshakes only when they are named, and last: they show one setting only', () => {
    expect(settingsFrom({ ...region, sources: 'tls,configz' }).sources).toEqual(['configz', 'tls']);
    expect(settingsFrom({ ...region, sources: 'tls' }).sources).toEqual(['tls']);
    expect(settingsFrom({ ...region, sources: 'tls,ssm,configz,direct' }).sources).toEqual([
      'direct',
      'ssm',
      'configz',
      'tls',
    ]);
    expect(settingsFrom({ kubeconfig: 'k', sources: 'direct' }).sources).toEqual(['direct']);
  });

  it.each(['http://localhost:8001', 'http://127.0.0.1:8001/', 'http://127.9.9.9:1', 'http://[::1]:8001'])(
    'accepts the proxy %s',
    (apiServer) => {
      expect(settingsFrom({ apiServer }).accessPath).toMatchObject({ by: 'proxy', url: apiServer });
    },
  );

  it.each<[string, RawSettings, RegExp]>([
    ['no Region at all', {}, /--region/],
    [
      'an ARN that is none of a cluster',
      { clusters: ['arn:aws:eks:x:1:cluster/y'] },
      /is not the ARN of an EKS cluster/,
    ],
    ['a Region that is none', { region: ['mars'] }, /'mars'/],
    ['the organization and accounts of it', { ...region, organization: true, account: ['111122223333'] }, /exclude/],
    ['an account that is none', { ...region, account: ['1111-2222-3333'] }, /'1111-2222-3333'.*12 digits/],
    ['accounts with a kubeconfig', { kubeconfig: 'k', account: ['111122223333'] }, /leave them out with --kubeconfig/],
    ['the organization with a proxy', { apiServer: 'http://127.0.0.1:1', organization: true }, /--organization/],
    ['a member role for the own account', { ...region, memberRole: 'Auditor' }, /--organization or --account/],
    ['a member role with a path', { ...region, organization: true, memberRole: 'a/b' }, /'a\/b'.*without path/],
    ['the organization from nowhere', { organization: true }, /AWS_REGION/],
    ['the organization from a Region that is none', { organization: true, defaultRegion: 'mars' }, /'mars'/],
    ['a broken ARN beside accounts', { ...region, organization: true, clusters: ['arn:aws:x'] }, /not the ARN/],
    ['handshakes with a kubeconfig', { kubeconfig: 'k', sources: 'configz,tls' }, /tls needs.*--kubeconfig/],
    ['a token with a proxy', { apiServer: 'http://127.0.0.1:1', sources: 'direct' }, /proxy keeps its own to itself/],
    ['handshakes with a proxy', { apiServer: 'http://127.0.0.1:1', sources: 'tls' }, /leave tls out with --api-server/],
    ['a proxy on the network', { apiServer: 'http://10.0.0.1:8001' }, /not on this machine/],
    ['a proxy whose name only looks local', { apiServer: 'http://127.0.0.1.example.com' }, /not on this machine/],
    ['a proxy with a password', { apiServer: 'http://u:p@127.0.0.1' }, /no user or password/],
    ['a proxy that is not a URL', { apiServer: 'localhost' }, /kubectl proxy/],
    ['two access paths', { apiServer: 'http://127.0.0.1:1', kubeconfig: 'k' }, /exclude each other/],
    ['a context without a kubeconfig', { ...region, context: 'c' }, /--kubeconfig/],
    ['a Region beside a kubeconfig', { kubeconfig: 'k', ...region }, /--region/],
    ['a cluster name beside a kubeconfig', { kubeconfig: 'k', clusters: ['prod'] }, /ARN/],
    ['two clusters beside a kubeconfig', { kubeconfig: 'k', clusters: [arn, arn] }, /one cluster/],
    ['an unknown source', { ...region, sources: 'configz,ssh' }, /'configz,ssh': not a source; one of direct, configz/],
    [
      'a comparison of one source',
      { ...region, sources: 'ssm', everySource: true },
      /'ssm'.*only one; add ssm or conf/,
    ],
    ['a complete audit of no machine', { ...region, sources: 'configz', complete: true }, /--complete.*only ssm sees/],
    ['a complete audit of a kubeconfig by configz alone', { kubeconfig: 'k', complete: true }, /add ssm/],
    ['an unknown control', { ...region, controls: '9.9.9' }, /'9.9.9'/],
    [
      'a control of the cluster by SSM',
      { ...region, controls: '4.1.10', sources: 'ssm' },
      /'4.1.10'.*'ssm'.*add direct/,
    ],
    ['an unknown benchmark', { ...region, benchmark: 'cis-eks-9' }, /cis-eks-1.8.0/],
    ['an unknown scope', { ...region, scope: 'pod' }, /node-group/],
    ['too many nodes at once', { ...region, maxConcurrentNodes: '101' }, /1 to 100/],
    ['a number that is none', { ...region, maxConcurrentNodes: '1e1' }, /'1e1'/],
    ['a time without a unit', { ...region, nodeTimeout: '10' }, /10s/],
    ['a time that is too long', { ...region, nodeTimeout: '6m' }, /5m/],
  ])('refuses %s and says what to do', (_what, raw, message) => {
    expect(() => settingsFrom(raw)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });
});

it.each<[string, RawSettings, readonly [string, boolean][]]>([
  [
    'what configz shows, where it is asked first',
    {},
    [
      ['3.2.1', true],
      ['3.1.1', false],
      ['3.2.8', false],
    ],
  ],
  [
    'what is shown by the first, in whatever order they are named',
    { sources: 'tls,configz,ssm' },
    [
      ['3.2.1', true],
      ['3.1.1', false],
    ],
  ],
  [
    'all, when SSM is asked first',
    { sources: 'ssm' },
    [
      ['3.2.1', true],
      ['3.1.1', true],
      ['3.2.8', true],
    ],
  ],
  ['all, when it is to be complete', { complete: true }, [['3.1.1', true]]],
  ['all, when SSM reads every node anyway', { everySource: true }, [['3.1.1', true]]],
  [
    'what a handshake shows',
    { sources: 'tls' },
    [
      ['3.2.3', true],
      ['3.2.1', false],
    ],
  ],
  [
    'what configz shows through a kubeconfig',
    { region: [], kubeconfig: 'k' },
    [
      ['3.2.1', true],
      ['3.1.1', false],
    ],
  ],
])('looks at %s, and names everything else but what is opt-in as left out', (_, raw, expected) => {
  const { controls, leftOut } = settingsFrom({ ...region, ...raw });
  const slugs = (some: typeof controls) => some.map(({ slug }) => slug);
  for (const [number, isLookedAt] of expected)
    expect(slugs(isLookedAt ? controls : leftOut)).toContain(controlNamed(number, 'cis-eks-1.8.0').slug);
  const whole = controlsOf('cis-eks-1.8.0').filter(({ optIn }) => !optIn);
  expect(slugs([...controls, ...leftOut]).toSorted()).toEqual(slugs(whole).toSorted());
});

it('looks at the controls that are named, and leaves nothing out then', () => {
  expect(settingsFrom({ ...region, controls: '3.1.1,3.2.3' })).toMatchObject({
    controls: ['3.1.1', '3.2.3'].map((number) => ({ slug: controlNamed(number, 'cis-eks-1.8.0').slug })),
    leftOut: [],
  });
});

describe('settingsFromEnvironment', () => {
  const env = {
    AWS_REGION: 'eu-central-1',
    [environment.publish]: 'true',
    [environment.scope]: 'cluster',
    [environment.sources]: 'ssm,configz,tls',
    [environment.everySource]: 'true',
    [environment.complete]: 'true',
    [environment.controls]: '',
    [environment.regions]: 'eu-central-1,us-east-1',
    [environment.accounts]: '{"kind":"organization","units":["ou-ab12-cdef3456"],"exclude":["111122223333"]}',
    [environment.inVpc]: 'true',
  };

  it('reads what infra writes', () => {
    expect(settingsFromEnvironment(env)).toMatchObject({
      accessPath: {
        by: 'aws',
        regions: ['eu-central-1', 'us-east-1'],
        homeRegion: 'eu-central-1',
        accounts: { kind: 'organization', units: ['ou-ab12-cdef3456'], exclude: ['111122223333'] },
        memberRole: 'EksKubeletAuditMember',
      },
      publish: true,
      scope: 'cluster',
      sources: ['ssm', 'configz', 'tls'],
      everySource: true,
      controls: controlsOf('cis-eks-1.8.0').filter(({ optIn }) => !optIn),
      leftOut: [],
      inVpc: true,
    });
  });

  it('is about every enabled Region of the own account, from outside a VPC, when nothing is said', () => {
    expect(settingsFromEnvironment({ AWS_REGION: 'eu-central-1' })).toMatchObject({
      accessPath: { regions: [], accounts: { kind: 'own' }, memberRole: 'EksKubeletAuditMember' },
      inVpc: false,
    });
  });

  it.each([
    ['no JSON', 'all'],
    ['a kind that is none', '{"kind":"everybody"}'],
    ['a field too many', '{"kind":"own","accounts":[]}'],
    ['an account that is none', '{"kind":"accounts","accounts":["1"]}'],
    ['no account at all', '{"kind":"accounts","accounts":[]}'],
    ['a unit that is none', '{"kind":"organization","units":["*"],"exclude":[]}'],
    ['something left out', '{"kind":"organization"}'],
  ])('audits no account by mistake: accounts that are %s are refused', (_what, accounts) => {
    expect(() => settingsFromEnvironment({ ...env, [environment.accounts]: accounts })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(environment.accounts) }),
    );
  });

  it('names the variable that is missing, and a Region that is none', () => {
    expect(() => settingsFromEnvironment({})).toThrow(/AWS_REGION/);
    expect(() => settingsFromEnvironment({ ...env, [environment.regions]: 'mars' })).toThrow(/'mars'/);
  });
});
