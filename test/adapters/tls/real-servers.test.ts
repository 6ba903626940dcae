import { connect } from 'node:net';
import type tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';
import { address, ask, clusterCa, clusterOf, nodeAt, nodeName, otherCa, servingCertificate } from './probe.ts';
import { nodeServer, type OpensslOptions, opensslIsThere, opensslServer, rawServer } from './servers.ts';

const year = 365 * 86_400_000;
const asksFor = { clientCa: '(set; the handshake does not show its path)', notes: [] };
const unread = (because: RegExp) => ({ kind: 'unreadable', because: expect.stringMatching(because) });
const unproven = (why: RegExp) =>
  unread(new RegExp(`asks for a client certificate, but is not proven to be this node: .*${why.source}`));
const { name: _, ...withoutName } = nodeAt(address);
const signedBy = (ca: CertificateAuthority, commonName: string, dnsNames: string[] = [], addresses: string[] = []) => ({
  identity: ca.issue({ commonName, dnsNames, addresses }),
});
const self = new CertificateAuthority('ip-10-0-0-9-ca@1764000000');
const local = new CertificateAuthority('localhost');
const noKubelet = unread(
  /^who answered at port 10250 asks for no client certificate, and does not look like a kubelet: /,
);
const overYearAgo = { notBefore: new Date(Date.now() - 2 * year), notAfter: new Date(Date.now() - year) };

type Case = OpensslOptions & Partial<Parameters<typeof ask>[1]>;
const askOpenssl = async ({ node = nodeAt(address), cluster = clusterOf(), ...server }: Case) =>
  ask(await opensslServer(server), { node, cluster });

describe.skipIf(!opensslIsThere())('openssl s_server', () => {
  it.each<[string, Case, object]>([
    ['says nothing by the certificate of another service', signedBy(otherCa, 'r', ['registry.internal']), noKubelet],
    ['says nothing by a self-signed certificate', signedBy(local, 'localhost', ['localhost']), noKubelet],
    ['fails by the name of a node of a cluster', signedBy(otherCa, 'system:node:elsewhere'), { clientCa: '' }],
    ['fails by the address of the node', signedBy(otherCa, 'k', [], [address]), { clientCa: '' }],
    ['fails by the name of the node', signedBy(otherCa, 'k', [nodeName]), { clientCa: '' }],
    [
      'fails by a certificate that a kubelet signs for itself',
      signedBy(self, 'ip-10-0-0-9@1764000000', ['ip-10-0-0-9']),
      { clientCa: '' },
    ],
    ['asks for nothing', {}, { clientCa: '', notes: [] }],
    ['asks for nothing in TLS 1.3', { more: ['-tls1_3'] }, { clientCa: '', notes: [] }],
    [
      'and with a certificate of its own is not proven to be the node',
      { identity: servingCertificate({}, new CertificateAuthority(`${nodeName}-ca@1764000000`)) },
      { clientCa: '', notes: [expect.stringMatching(/not proven: .*not signed by the cluster's CA/)] },
    ],
  ])('without a CA %s', async (_what, given, expected) => {
    expect(await askOpenssl(given)).toMatchObject(expected);
  });

  const rsaExchange: Case = {
    identity: servingCertificate({ key: 'rsa' }),
    more: ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'],
  };
  const weak = (cipher: string, signing: string): Case => ({
    identity: servingCertificate({ key: 'rsa' }),
    more: ['-tls1_2', '-cipher', cipher, '-client_sigalgs', signing, '-sigalgs', signing],
  });
  it.each<[string, Case]>([
    ['an RSA key', { identity: servingCertificate({ key: 'rsa' }) }],
    ['an Ed25519 key', { identity: servingCertificate({ key: 'ed25519' }) }],
    ['RSA-PSS and AES-GCM', weak('ECDHE-RSA-AES128-GCM-SHA256', 'RSA-PSS+SHA256')],
    ['RSA and AES-CBC', weak('ECDHE-RSA-AES256-SHA', 'RSA+SHA256')],
    ['RSA and ChaCha20', weak('ECDHE-RSA-CHACHA20-POLY1305', 'RSA+SHA512')],
    ['its subject alone', signedBy(clusterCa, `system:node:${nodeName}`)],
    ['its name alone', signedBy(clusterCa, 'x', [nodeName])],
    ['its address, when AWS knows the address', { node: withoutName }],
    ['either CA while the cluster has two', { cluster: clusterOf(otherCa.pem + clusterCa.pem) }],
    ['several CAs', { clientCaPem: clusterCa.pem + new CertificateAuthority('front-proxy').pem }],
    ['TLS 1.3 alone', { more: ['-tls1_3'] }],
    ['TLS 1.2 alone', { more: ['-tls1_2'] }],
    ['RSA for the key exchange, which proves its key as well', rsaExchange],
  ])('that asks is the node by %s', async (_what, given) => {
    const proof = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), readAt: expect.stringMatching(/^20.*Z$/) };
    expect(await askOpenssl({ clientCaPem: clusterCa.pem, ...given })).toMatchObject({ ...asksFor, proof });
  });

  it.each<[string, Case, object]>([
    [
      'a CA of the same name, but another',
      { identity: servingCertificate({}, otherCa) },
      unproven(/not signed by the cluster's CA/),
    ],
    [
      'no name of this node',
      signedBy(clusterCa, 'registry', ['registry.internal']),
      unproven(/CN=registry, which does not name this node/),
    ],
    [
      'its address only, which another node may have by now',
      signedBy(clusterCa, 'x', [], [address]),
      unproven(/does not name this node/),
    ],
    ['a wildcard', signedBy(clusterCa, 'x', ['*.eu-central-1.compute.internal']), unproven(/does not name/)],
    [
      'the key usage of clients',
      { identity: servingCertificate({ purpose: 'client' }) },
      unproven(/not one for servers/),
    ],
    ['a validity that is over', { identity: servingCertificate(overYearAgo) }, unproven(/not now/)],
    ['no cluster CA to compare with', { cluster: clusterOf('') }, unproven(/CA is not known/)],
    [
      'another address than the one that AWS knows',
      { node: { ...withoutName, internalIp: '10.99.0.2' } },
      unread(/another node answered/),
    ],
  ])('that asks, with %s, proves nothing', async (_what, given, expected) => {
    expect(await askOpenssl({ clientCaPem: clusterCa.pem, ...given })).toMatchObject(expected);
  });

  const other = signedBy(clusterCa, 'system:node:other', ['other'], [address]);
  it.each<[string, Case, RegExp]>([
    ['is another node of the cluster', other, /another node answered.*system:node:other/],
    ['speaks TLS 1.1 only', { more: ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'] }, /neither TLS 1\.2 nor 1\.3/],
    ['shares no cipher suite', { more: ['-tls1_2', '-cipher', 'eNULL:@SECLEVEL=0'] }, /alert.*HANDSHAKE/],
  ])('that %s is unreadable, with the reason, with a CA and without one', async (_what, given, because) => {
    for (const asking of [{}, { clientCaPem: clusterCa.pem }])
      expect(await askOpenssl({ ...given, ...asking })).toMatchObject(unread(because));
  });
});

describe("Node's own server", () => {
  const server = async (options: tls.TlsOptions = {}) => {
    const { keyPem, certificatePem } = servingCertificate();
    return await nodeServer({ key: keyPem, cert: certificatePem, ...options });
  };

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s that asks is distinguished from one that does not, and one that shows nothing without a certificate is unread',
    async (version) => {
      const versions = { minVersion: version, maxVersion: version };
      const asking = await server({ ...versions, requestCert: true, rejectUnauthorized: false, ca: clusterCa.pem });
      expect(await ask(asking.port)).toMatchObject(asksFor);
      expect(await ask((await server(versions)).port)).toMatchObject({ clientCa: '', notes: [] });
    },
  );

  it('gets a handshake, no certificate and no request', async () => {
    const options = { requestCert: true, rejectUnauthorized: false, ca: clusterCa.pem, maxVersion: 'TLSv1.2' } as const;
    const { port, received } = await server(options);
    await ask(port);
    await new Promise((resolve) => setTimeout(resolve, 50));

    const sent = Buffer.concat(received);
    const types: number[] = [];
    for (let at = 0; at < sent.length; at += 5 + sent.readUInt16BE(at + 3)) types.push(sent[at] ?? 0);
    // Records of the handshake (22, 20), and none of application data (23). A Certificate without any has seven bytes.
    expect(new Set(types)).toEqual(new Set([20, 22]));
    expect(sent.includes(Buffer.from([11, 0, 0, 3, 0, 0, 0]))).toBe(true);
  });

  it('proves nothing by a flight that is replayed: its key did not sign this handshake', async () => {
    const real = await server({ requestCert: true, rejectUnauthorized: false, ca: clusterCa.pem });
    const recorded: Buffer[] = [];
    const recorder = await rawServer((socket) => {
      const through = connect(real.port, '127.0.0.1').on('error', () => socket.destroy());
      through.on('data', (chunk) => recorded.push(chunk));
      socket.pipe(through).pipe(socket);
    });
    expect(await ask(recorder.port)).toMatchObject(asksFor);

    const replay = await rawServer((socket) => socket.write(Buffer.concat(recorded)));
    expect(await ask(replay.port)).toMatchObject({ kind: 'unreadable' });
  });
});
