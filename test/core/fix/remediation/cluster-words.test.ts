import { describe, expect, it } from 'vitest';
import { isKubeletPath } from '../../../../lambda/core/fix/remediation/node-places.ts';
import { clusterWords } from '../../../../lambda/core/fix/remediation/snippets/snippets-for.ts';
import type { Cluster } from '../../../../lambda/core/model/model.ts';
import { clusterWith } from './failing-audit.ts';

const { cluster } = clusterWith;
const certificate = '-----BEGIN CERTIFICATE-----\nTUlJRA==\n-----END CERTIFICATE-----\n';

describe('what a snippet says of the cluster', () => {
  it('is its name, Region, address and CA, as AWS has them', () => {
    expect(clusterWords(cluster)).toEqual({
      name: 'blue',
      region: 'eu-west-1',
      endpointUrl: 'https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
      certificate: btoa(certificate),
    });
  });

  it('is its name where nothing else is known', () => {
    const { arn: _, endpoint: __, ...bare } = cluster;
    expect(clusterWords(bare)).toEqual({ name: 'blue' });
  });

  const endpoint = cluster.endpoint!;
  const named = (name: string): Cluster => ({ ...cluster, name });
  const inRegion = (region: string): Cluster => ({ ...cluster, arn: { ...cluster.arn!, region } });
  const at = (url: string): Cluster => ({ ...cluster, endpoint: { ...endpoint, url } });
  const of = (caPem: string): Cluster => ({ ...cluster, endpoint: { ...endpoint, caPem } });

  it.each<[string, Cluster, keyof ReturnType<typeof clusterWords>, boolean]>([
    ['a name of 100 characters', named(`0${'_'.repeat(99)}`), 'name', true],
    ['a name of 101 characters', named('x'.repeat(101)), 'name', false],
    ['a name that begins with a dash', named('-x'), 'name', false],
    ['a name with a space', named('a b'), 'name', false],
    ['a name with a second line', named('a\nb'), 'name', false],
    ['no name', named(''), 'name', false],
    ['a Region of one letter', inRegion('x'), 'region', true],
    ['a Region of 41 characters', inRegion('x'.repeat(41)), 'region', false],
    ['a Region in capitals', inRegion('EU-WEST-1'), 'region', false],
    ['a Region with a quote', inRegion("eu'"), 'region', false],
    ['a Region with a line before', inRegion('\neu'), 'region', false],
    ['an address without TLS', at('http://example.com'), 'endpointUrl', false],
    ['an address with a path', at('https://example.com/x'), 'endpointUrl', false],
    ['an address behind other words', at('x https://example.com'), 'endpointUrl', false],
    ['the longest address', at(`https://${'x'.repeat(253)}`), 'endpointUrl', true],
    ['an address that is too long', at(`https://${'x'.repeat(254)}`), 'endpointUrl', false],
    ['an address without a host', at('https://'), 'endpointUrl', false],
    ['a CA of eight certificates', of(certificate.repeat(8)), 'certificate', true],
    ['a CA of nine certificates', of(certificate.repeat(9)), 'certificate', false],
    ['a CA between blanks', of(`  ${certificate}\n\n${certificate}  `), 'certificate', true],
    ['a CA with words before it', of(`x${certificate}`), 'certificate', false],
    ['a CA with words behind it', of(`${certificate}x`), 'certificate', false],
    ['a CA with a quote in it', of(certificate.replace('TUl', "T'l")), 'certificate', false],
    ['a CA that is a key', of(certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY')), 'certificate', false],
    ['an empty CA', of(''), 'certificate', false],
  ])('is not made of what has another form: %s', (_, odd, word, isTaken) => {
    const { [word]: found, ...others } = clusterWords(odd);
    const { [word]: _known, ...same } = clusterWords(cluster);

    expect(found !== undefined).toBe(isTaken);
    expect(others).toEqual(same);
  });
});

describe('a path in the kubelet’s own folders', () => {
  const folders = ['kubernetes/kubelet/config.json', 'kubernetes/a', 'eksctl/kubelet.yaml', 'eks/kubelet/environment'];
  const sound = ['kubelet/config.json.d/40-nodeadm.conf', 'A_b.c-1', 'x'.repeat(239)];
  const others = sound.map((name) => `kubernetes/${name}`);
  const all = [...folders, ...others].map((path) => `/etc/${path}`);
  it.each([...all, '/var/lib/kubelet/config.yaml'])('is %s', (path) => {
    expect(isKubeletPath(path)).toBe(true);
  });

  const names = ['', '/', '//a', '/a/', '/../shadow', '/.hidden', '/_a', '/a b', '/a\n', '/$(reboot)', 'x/a'];
  const below = [...names, `/${'x'.repeat(240)}`].map((path) => `/etc/kubernetes${path}`);
  const elsewhere = ['/etc/eksx/a', '/etc/shadow', '/var/lib/a', 'etc/kubernetes/a', '/x/etc/kubernetes/a', ''];
  it.each([...below, ...elsewhere])('is not %j', (path) => {
    expect(isKubeletPath(path)).toBe(false);
  });
});
