import { connect } from 'node:net';
import type tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Cluster, ClusterNode } from '../../../lambda/core/model/model.ts';
import { CertificateAuthority, type KeyAndCertificate } from '../../lab/kubernetes/certificates.ts';
import { address, ask, clusterCa, clusterOf, nodeAt, nodeName, otherCa, servingCertificate } from './probe.ts';
import { nodeServer, opensslIsThere, opensslServer, rawServer } from './servers.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const kept = <T extends { close(): Promise<void> }>(server: T): T => {
  closing.push(() => server.close());
  return server;
};

const year = 365 * 86_400_000;
const asksFor = { clientCa: '(set; CA names: CN=kubernetes)', notes: [] };
const unread = (because: RegExp) => ({ kind: 'unreadable', because: expect.stringMatching(because) });
const unproven = (why: RegExp) =>
  unread(new RegExp(`asks for a client certificate, but is not proven to be this node: .*${why.source}`));

interface Case {
  readonly identity?: KeyAndCertificate;
  readonly clientCaPem?: string;
  readonly arguments?: readonly string[];
  readonly node?: ClusterNode;
  readonly cluster?: Cluster;
}
const withoutName: ClusterNode = (({ name: _, ...node }) => node)(nodeAt(address));

describe.skipIf(!opensslIsThere())('openssl s_server', () => {
  const askOpenssl = async ({ identity = servingCertificate(), clientCaPem, arguments: more, ...rest }: Case) => {
    const server = kept(
      await opensslServer({ identity, ...(clientCaPem && { clientCaPem }), ...(more && { arguments: more }) }),
    );
    return ask(server.port, rest);
  };

  it.each(['ec', 'rsa', 'ed25519'] as const)('with a CA and a key of kind %s asks, and is the node', async (key) => {
    const answer = await askOpenssl({ identity: servingCertificate({ key }), clientCaPem: clusterCa.pem });
    expect(answer).toMatchObject({
      ...asksFor,
      proof: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), readAt: expect.stringMatching(/^20.*Z$/) },
    });
  });

  it.each([
    ['is of another service', otherCa.issue({ commonName: 'registry.internal', dnsNames: ['registry.internal'] })],
    [
      'is a self-signed one',
      new CertificateAuthority('localhost').issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
    ],
  ])('without a CA says nothing of a kubelet where its certificate %s', async (_what, identity) => {
    expect(await askOpenssl({ identity })).toMatchObject({
      via: 'tls',
      ...unread(/^who answered at port 10250 asks for no client certificate, and does not look like a kubelet: /),
    });
  });

  it.each([
    ['by the name of a node of a cluster', { commonName: 'system:node:elsewhere', dnsNames: [], addresses: [] }],
    ['by the address of the node', { commonName: 'k', dnsNames: [], addresses: [address] }],
    ['by the name of the node', { commonName: 'k', dnsNames: [nodeName], addresses: [] }],
  ])('without a CA fails where its certificate looks like that of a kubelet, %s', async (_what, names) => {
    expect(await askOpenssl({ identity: otherCa.issue(names) })).toMatchObject({ clientCa: '' });
  });

  it('without a CA fails where its certificate is one that a kubelet signs for itself', async () => {
    const self = new CertificateAuthority('ip-10-0-0-9-ca@1764000000');
    const identity = self.issue({ commonName: 'ip-10-0-0-9@1764000000', dnsNames: ['ip-10-0-0-9'], addresses: [] });
    expect(await askOpenssl({ identity })).toMatchObject({ clientCa: '' });
  });

  it.each([
    ['ECDHE-RSA-AES128-GCM-SHA256', 'RSA-PSS+SHA256'],
    ['ECDHE-RSA-AES256-SHA', 'RSA+SHA256'],
    ['ECDHE-RSA-CHACHA20-POLY1305', 'RSA+SHA512'],
  ])('is understood with %s and %s', async (cipher, signing) => {
    const answer = await askOpenssl({
      identity: servingCertificate({ key: 'rsa' }),
      clientCaPem: clusterCa.pem,
      arguments: ['-cipher', cipher, '-client_sigalgs', signing, '-sigalgs', signing],
    });
    expect(answer).toMatchObject(asksFor);
  });

  it('without a CA asks for nothing', async () => {
    expect(await askOpenssl({})).toMatchObject({ clientCa: '', notes: [] });
  });

  it('without a CA and with a certificate of its own asks for nothing, and is not proven to be the node', async () => {
    const self = new CertificateAuthority(`${nodeName}-ca@1764000000`);
    expect(await askOpenssl({ identity: servingCertificate({}, self) })).toMatchObject({
      clientCa: '',
      notes: [expect.stringMatching(/not proven: .*not signed by the cluster's CA/)],
    });
  });

  it.each([
    [
      'a CA of the same name, but another',
      { identity: servingCertificate({}, otherCa) },
      /not signed by the cluster's CA/,
    ],
    [
      'no name of this node',
      { identity: clusterCa.issue({ commonName: 'registry', dnsNames: ['registry.internal'] }) },
      /CN=registry, which does not name this node/,
    ],
    [
      'its address only, which another node may have by now',
      { identity: clusterCa.issue({ commonName: 'x', addresses: [address] }) },
      /does not name this node/,
    ],
    [
      'a wildcard',
      { identity: clusterCa.issue({ commonName: 'x', dnsNames: ['*.eu-central-1.compute.internal'] }) },
      /does not name/,
    ],
    ['the key usage of clients', { identity: servingCertificate({ purpose: 'client' }) }, /not one for servers/],
    [
      'a validity that is over',
      {
        identity: servingCertificate({
          notBefore: new Date(Date.now() - 2 * year),
          notAfter: new Date(Date.now() - year),
        }),
      },
      /not now/,
    ],
    ['no cluster CA to compare with', { cluster: clusterOf('') }, /CA is not known/],
    [
      'another address than the one that AWS knows',
      { node: { ...withoutName, internalIp: '10.99.0.2' } },
      /another node answered/,
    ],
  ] as const)('that asks, with %s, proves nothing', async (_what, given, because) => {
    const answer = await askOpenssl({ clientCaPem: clusterCa.pem, ...given });
    expect(answer).toMatchObject(because.source.startsWith('another') ? unread(because) : unproven(because));
  });

  it.each([undefined, clusterCa.pem])(
    'that is another node of the cluster tells nothing (CA %#)',
    async (clientCaPem) => {
      const identity = clusterCa.issue({ commonName: 'system:node:other', dnsNames: ['other'], addresses: [address] });
      const answer = await askOpenssl({ identity, ...(clientCaPem && { clientCaPem }) });
      expect(answer).toMatchObject(unread(/another node answered.*system:node:other/));
    },
  );

  it('is the node by its subject alone, and by its name alone', async () => {
    const bySubject = clusterCa.issue({ commonName: `system:node:${nodeName}` });
    const byName = clusterCa.issue({ commonName: 'x', dnsNames: [nodeName] });
    for (const identity of [bySubject, byName])
      expect(await askOpenssl({ identity, clientCaPem: clusterCa.pem })).toMatchObject(asksFor);
  });

  it('is the node by its address when AWS tells the address', async () => {
    expect(await askOpenssl({ clientCaPem: clusterCa.pem, node: withoutName })).toMatchObject(asksFor);
  });

  it('is the node under either CA while the cluster has two', async () => {
    expect(
      await askOpenssl({ clientCaPem: clusterCa.pem, cluster: clusterOf(otherCa.pem + clusterCa.pem) }),
    ).toMatchObject(asksFor);
  });

  it('that names several CAs shows them', async () => {
    const more = new CertificateAuthority('front-proxy');
    expect(await askOpenssl({ clientCaPem: clusterCa.pem + more.pem })).toMatchObject({
      clientCa: '(set; CA names: CN=kubernetes; CN=front-proxy)',
    });
  });

  it.each([undefined, clusterCa.pem])(
    'that speaks TLS 1.3 only is unreadable, with the reason (CA %#)',
    async (clientCaPem) => {
      const answer = await askOpenssl({ arguments: ['-tls1_3'], ...(clientCaPem && { clientCaPem }) });
      expect(answer).toMatchObject(unread(/TLS 1\.3 only, where the request for a client certificate is encrypted/));
    },
  );

  it('that shares no cipher suite is unreadable, with the reason', async () => {
    const answer = await askOpenssl({
      identity: servingCertificate({ key: 'rsa' }),
      arguments: ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'],
    });
    expect(answer).toMatchObject(unread(/alert 40/));
  });
});

describe("Node's own server", () => {
  const server = async (options: tls.TlsOptions = {}) => {
    const { keyPem, certificatePem } = servingCertificate();
    return kept(await nodeServer({ key: keyPem, cert: certificatePem, ...options }));
  };

  it('that asks is told from one that does not', async () => {
    const asking = await server({ requestCert: true, rejectUnauthorized: false, ca: clusterCa.pem });
    const silent = await server();

    expect(await ask(asking.port)).toMatchObject(asksFor);
    expect(await ask(silent.port)).toMatchObject({ clientCa: '', notes: [] });
  });

  it('gets one ClientHello, and not a byte more', async () => {
    const { port, received } = await server({ requestCert: true, ca: clusterCa.pem });
    await ask(port);
    await new Promise((resolve) => setTimeout(resolve, 50));

    const sent = Buffer.concat(received);
    expect([sent[0], sent[5]]).toEqual([22, 1]);
    expect(sent.length).toBe(5 + sent.readUInt16BE(3));
  });

  it('is unreadable when it speaks TLS 1.3 only', async () => {
    const { port } = await server({ minVersion: 'TLSv1.3', requestCert: true });
    expect(await ask(port)).toMatchObject(unread(/TLS 1\.3 only/));
  });
});

describe('a flight that was recorded', () => {
  it('proves nothing when it is replayed: its key did not sign this handshake', async () => {
    const { keyPem, certificatePem } = servingCertificate();
    const real = kept(await nodeServer({ key: keyPem, cert: certificatePem, requestCert: true, ca: clusterCa.pem }));
    const recorded: Buffer[] = [];
    const recorder = kept(
      await rawServer((socket) => {
        const through = connect(real.port, '127.0.0.1').on('error', () => socket.destroy());
        through.on('data', (chunk) => recorded.push(chunk));
        socket.pipe(through).pipe(socket);
      }),
    );
    expect(await ask(recorder.port)).toMatchObject(asksFor);

    const replay = kept(await rawServer((socket) => socket.write(Buffer.concat(recorded))));
    expect(await ask(replay.port)).toMatchObject(unproven(/did not prove that it holds the key/));
  });
});
