import { connect } from 'node:net';
import { tlsSource } from '../../../lambda/adapters/tls/connection-sources.ts';
import type { Dial } from '../../../lambda/adapters/tls/open-connection.ts';
import type { Cluster, ClusterNode, NodeReading } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import { compliant } from '../../core/findings/compliant-audit.ts';
import { readAll as readings } from '../../fakes/ask-ports.ts';
import { cluster, clusterNode } from '../../fakes/ports.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';
import { seconds } from '../../patience.ts';

export const clusterCa = new CertificateAuthority('kubernetes');
export const otherCa = new CertificateAuthority('kubernetes');
export const nodeName = 'ip-10-99-0-1.eu-central-1.compute.internal';
export const address = '10.99.0.1';

export const clusterOf = (caPem = clusterCa.pem, name = 'prod'): Cluster => {
  const { endpoint } = compliant.cluster;
  return { ...cluster, name, ...(endpoint && { endpoint: { ...endpoint, caPem } }) };
};

export const nodeAt = (internalIp?: string, more: Partial<ClusterNode> = {}): ClusterNode =>
  clusterNode(internalIp ?? 'no-address', { name: nodeName, ...(internalIp !== undefined && { internalIp }), ...more });

/** A kubelet's serving certificate, as its CSR asks for it. */
export const servingCertificate = (more: Partial<Parameters<CertificateAuthority['issue']>[0]> = {}, ca = clusterCa) =>
  ca.issue({ commonName: `system:node:${nodeName}`, dnsNames: [nodeName], addresses: [address], ...more });

type SourceOptions = Partial<Parameters<typeof tlsSource>[0]> & {
  /** Where every address leads. */
  readonly port?: number;
};

/** The real source with a way to loopback, and a list of what it dialled. */
export function probe({ port = 1, ...options }: SourceOptions = {}) {
  const dialled: string[] = [];
  const loopback: Dial = () => connect({ host: '127.0.0.1', port });
  const source = tlsSource({
    clock: { now: () => new Date(), sleep: async () => undefined },
    networks: async () => ok(['10.99.0.0/16']),
    concurrency: 20,
    nodeTimeoutMs: seconds(2),
    ...options,
    dial: (to, on) => {
      dialled.push(`${to}:${on}`);
      return (options.dial ?? loopback)(to, on);
    },
  });
  return { source, dialled };
}

export const readAll = (
  source: KubeletSource,
  nodes: readonly ClusterNode[],
  { cluster = clusterOf(), signal = new AbortController().signal } = {},
): Promise<readonly NodeReading[]> => readings(source, cluster, nodes, signal);

/** What was read of one node: the client CA as it would be shown, or why not. */
export async function ask(
  port: number,
  { node = nodeAt(address), cluster = clusterOf() }: { readonly node?: ClusterNode; readonly cluster?: Cluster } = {},
) {
  const [reading] = await readAll(probe({ port }).source, [node], { cluster });
  if (!reading) throw new Error('the source said nothing about the node');
  if (!reading.result.ok) return reading.result.error;

  const { settings, notes, proof } = reading.result.value;
  const fact = settings['authentication.x509.clientCAFile'];
  return { clientCa: fact.state === 'known' ? fact.value : undefined, notes, proof };
}
