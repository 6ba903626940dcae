import type { KubeletFacts, ReadFailure, SettingFact } from '../../model/model.ts';
import type { Proof, ServingCertificateFacts } from '../../model/node-facts.ts';
import { proven } from '../../model/proven.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { settingFacts, unknownFact } from '../kubelet/setting-facts.ts';

/** Which server answered, by its certificate and the proof that it holds the certificate's key. */
export type ServerIdentity =
  /** The node that was meant: signed by the cluster's CA, key proven, and it names the node. */
  | { readonly is: 'this-node' }
  /** A kubelet of this cluster, but of another node. */
  | { readonly is: 'another-node'; readonly because: string }
  /** `looksLikeKubelet`: its certificate is one that kubelets make, or names the node. */
  | { readonly is: 'unproven'; readonly because: string; readonly looksLikeKubelet: boolean };

interface HandshakeFactsOptions {
  /** The port that was asked, `port 10250`. */
  readonly at: string;
  readonly asksForCertificate: boolean;
  readonly identity: ServerIdentity;
  readonly servingCertificate?: ServingCertificateFacts;
  readonly proof: Proof;
}

/**
 * What a handshake shows of the kubelet's client CA: a kubelet asks for a client certificate exactly when it has one (measured on 1.29 to 1.35).
 * Without a client CA a server need not prove that it is the node, and must look like a kubelet; with one, only the node itself counts.
 */
export function handshakeFacts({
  at,
  asksForCertificate,
  identity,
  servingCertificate,
  proof,
}: HandshakeFactsOptions): Result<KubeletFacts, ReadFailure> {
  const showing = { ...(servingCertificate && { servingCertificate }) };
  const failure = (because: string): Result<never, ReadFailure> =>
    err({ via: 'tls', kind: 'unreadable', because, ...showing });
  if (identity.is === 'another-node') return failure(`another node answered at ${at}: ${identity.because}`);
  if (asksForCertificate && identity.is === 'unproven')
    return failure(
      `who answered at ${at} asks for a client certificate, but is not proven to be this node: ${identity.because}`,
    );

  if (!asksForCertificate && identity.is === 'unproven' && !identity.looksLikeKubelet)
    return failure(
      `who answered at ${at} asks for no client certificate, and does not look like a kubelet: ${identity.because}`,
    );

  const notes =
    identity.is === 'this-node'
      ? []
      : [
          `who answered at ${at} asks for no client certificate; that it is this node is not proven: ${identity.because}`,
        ];
  return ok(proven({ via: 'tls', settings: settingsOf(asksForCertificate ? set : ''), notes, ...showing }, proof));
}

function settingsOf(clientCa: string): KubeletFacts['settings'] {
  const fact: SettingFact = { state: 'known', value: clientCa, origin: { from: 'handshake' } };
  return settingFacts((path) =>
    path === 'authentication.x509.clientCAFile' ? fact : unknownFact('the TLS handshake says nothing about it'),
  );
}

/** In place of the path, which a handshake does not tell. */
const set = '(set; the handshake does not show its path)';
