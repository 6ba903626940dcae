import { describe, expect, it } from 'vitest';
import { environment } from '../../lambda/contract/environment.ts';
import { type RawSettings, settingsFrom, settingsFromEnvironment } from '../../lambda/wiring/settings.ts';

const region = { region: ['eu-west-1'] };
const arn = 'arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod';

describe('settingsFrom', () => {
  it('fills in the defaults', () => {
    expect(settingsFrom(region)).toMatchObject({
      road: { by: 'aws', regions: ['eu-west-1'] },
      names: [],
      sources: ['configz', 'ssm'],
      benchmark: 'cis-eks-1.8.0',
      scope: 'node-group',
      concurrency: 20,
      nodeTimeoutMs: 10_000,
      publish: false,
    });
  });

  it('takes the Region of a cluster ARN, and leaves AWS_REGION out then', () => {
    expect(settingsFrom({ clusters: [arn], defaultRegion: 'eu-west-1' }).road).toEqual({
      by: 'aws',
      regions: ['us-gov-west-1'],
    });
  });

  it('reads a kubeconfig or a proxy by configz alone unless told otherwise', () => {
    expect(settingsFrom({ kubeconfig: 'k' }).sources).toEqual(['configz']);
    expect(settingsFrom({ apiServer: 'http://127.0.0.1:8001' }).sources).toEqual(['configz']);
    expect(settingsFrom({ kubeconfig: 'k', sources: 'ssm,configz,ssm' }).sources).toEqual(['ssm', 'configz']);
  });

  it('asks for handshakes only when told, and last: they tell one setting only', () => {
    expect(settingsFrom({ ...region, sources: 'tls,configz' }).sources).toEqual(['configz', 'tls']);
    expect(settingsFrom({ ...region, sources: 'tls' }).sources).toEqual(['tls']);
  });

  it('knows a control by its slug and by its number', () => {
    expect(settingsFrom({ ...region, controls: '3.2.3' }).controls.map((each) => each.slug)).toEqual([
      'kubelet-client-ca-file',
    ]);
    expect(settingsFrom({ ...region, controls: 'kubelet-client-ca-file' }).controls).toHaveLength(1);
  });

  it.each(['http://localhost:8001', 'http://127.0.0.1:8001/', 'http://127.9.9.9:1', 'http://[::1]:8001'])(
    'accepts the proxy %s',
    (apiServer) => {
      expect(settingsFrom({ apiServer }).road).toMatchObject({ by: 'proxy', url: apiServer });
    },
  );

  it.each<[string, RawSettings, RegExp]>([
    ['no Region at all', {}, /--region/],
    ['an ARN that is none of a cluster', { clusters: ['arn:aws:eks:x:1:cluster/y'] }, /is no ARN of an EKS cluster/],
    ['a Region that is none', { region: ['mars'] }, /'mars'/],
    ['handshakes with a kubeconfig', { kubeconfig: 'k', sources: 'configz,tls' }, /tls needs.*--kubeconfig/],
    ['handshakes with a proxy', { apiServer: 'http://127.0.0.1:1', sources: 'tls' }, /leave tls out with --api-server/],
    ['a proxy on the network', { apiServer: 'http://10.0.0.1:8001' }, /not on this machine/],
    ['a proxy whose name only looks local', { apiServer: 'http://127.0.0.1.example.com' }, /not on this machine/],
    ['a proxy with a password', { apiServer: 'http://u:p@127.0.0.1' }, /no user or password/],
    ['a proxy that is no URL', { apiServer: 'localhost' }, /kubectl proxy/],
    ['two roads', { apiServer: 'http://127.0.0.1:1', kubeconfig: 'k' }, /exclude each other/],
    ['a context without a kubeconfig', { ...region, context: 'c' }, /--kubeconfig/],
    ['a Region beside a kubeconfig', { kubeconfig: 'k', ...region }, /--region/],
    ['a cluster name beside a kubeconfig', { kubeconfig: 'k', clusters: ['prod'] }, /ARN/],
    ['two clusters beside a kubeconfig', { kubeconfig: 'k', clusters: [arn, arn] }, /one cluster/],
    ['an unknown source', { ...region, sources: 'configz,ssh' }, /'ssh'.*configz, ssm/],
    ['a comparison of one source', { ...region, sources: 'ssm', everySource: true }, /only ssm.*configz,ssm/],
    ['an unknown control', { ...region, controls: '9.9.9' }, /'9.9.9'/],
    ['an unknown benchmark', { ...region, benchmark: 'cis-eks-9' }, /cis-eks-1.8.0/],
    ['an unknown scope', { ...region, scope: 'pod' }, /node-group/],
    ['too much concurrency', { ...region, concurrency: '101' }, /1 to 100/],
    ['a concurrency that is no number', { ...region, concurrency: '1e1' }, /'1e1'/],
    ['a time without a unit', { ...region, nodeTimeout: '10' }, /10s/],
    ['a time that is too long', { ...region, nodeTimeout: '6m' }, /5m/],
  ])('refuses %s and says what to do', (_what, raw, message) => {
    expect(() => settingsFrom(raw)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });
});

describe('settingsFromEnvironment', () => {
  it('reads what infra writes', () => {
    const env = {
      AWS_REGION: 'eu-central-1',
      [environment.publish]: 'true',
      [environment.scope]: 'cluster',
      [environment.sources]: 'ssm,configz',
      [environment.everySource]: 'true',
      [environment.controls]: '',
    };
    expect(settingsFromEnvironment(env)).toMatchObject({
      road: { by: 'aws', regions: ['eu-central-1'] },
      publish: true,
      scope: 'cluster',
      sources: ['ssm', 'configz'],
      everySource: true,
    });
  });
});
